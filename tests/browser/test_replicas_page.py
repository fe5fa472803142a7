"""What the page shows of the database: older sessions on request, and a round that began at another replica."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from real_page import Candidate
from real_server import Server

from interviewer.events import Setup, Started
from interviewer.store import EventStore, NewEvent, default_url

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STORED = 53
FIRST = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


def test_older_sessions_are_shown_on_request(page: Any, tiny_server: Server) -> None:
    store = EventStore(default_url(tiny_server.folder / "data"))
    for number in range(STORED):
        started = NewEvent(
            "start", Started(Setup("tiny", "IC3", "all", 60, 4)), FIRST + timedelta(days=number)
        )
        store.create(f"s{number}", "local", f"Round {number}", started)
    me = Candidate(page, tiny_server)
    me.open()
    me.open_tab("Past sessions")
    labels = page.locator("#mr-sessions label")
    labels.nth(49).wait_for()
    assert labels.count() == 50
    assert "Round 52" in labels.first.inner_text()
    page.click("#mr-older")
    labels.nth(STORED - 1).wait_for()
    assert "Round 0 " in labels.last.inner_text()
    page.wait_for_selector("#mr-older", state="detached")

    # Deleting the oldest leaves the others shown.
    labels.last.click()
    page.wait_for_selector("#mr-delete:not([disabled])")
    page.click("#mr-delete")
    page.get_by_text("The session was deleted.").wait_for()
    assert labels.count() == STORED - 1
    assert [item.id for item in store.list()] == [f"s{number}" for number in range(STORED - 1, 0, -1)]
    store.close()
    assert me.errors == []


def test_a_browser_that_comes_to_another_replica_goes_on(page: Any, tiny_server: Server) -> None:
    """The cookie belongs to the host, whatever the port: the other replica's page opens the same round."""
    other = Server(tiny_server.folder, tiny_server.pack)
    me = Candidate(page, tiny_server)
    me.open()
    me.start()
    me.say("The cache holds keys and values of every layer, so it grows with the length.")
    heard, said = me.heard, me.said
    try:
        other.start()
        tiny_server.kill()
        me.server = other
        me.open()
        me.wait_turn()
        assert (me.heard, me.said) == (heard, said)
        me.say("It takes two numbers for each head and layer.")
        assert me.said == [*said, "It takes two numbers for each head and layer."]
    finally:
        other.kill()
