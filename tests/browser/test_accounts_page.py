"""Two people on one server, in the browser: signing in, each with their own rounds, and signing out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from real_page import DESK, PHONE, Candidate
from real_server import Server

from interviewer.access.accounts import Accounts

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PASSWORDS = {"ann": "a quiet harbour at dawn", "bob": "three spoons of barley"}
AXE = "async () => (await axe.run({ resultTypes: ['violations'] })).violations.map(({ id }) => id)"


@pytest.fixture
def guarded_server(chromium: Any, tmp_path: Path) -> Iterator[Server]:
    """A server with two accounts, on the small pack."""
    accounts = Accounts(tmp_path / "users.json")
    for name, password in PASSWORDS.items():
        accounts.add(name, password)
    running = Server(
        tmp_path,
        Path(__file__).parents[1] / "packs" / "tiny",
        settings={"MOCKROUND_AUTH": str(accounts.path)},
    )
    try:
        running.start()
        yield running
    finally:
        running.kill()


def sign_in(page: Any, name: str, password: str) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_two_people_each_with_their_own(page: Any, guarded_server: Server) -> None:
    axe = pytest.importorskip("axe_playwright_python.base", reason="make install-dev").AXE_SCRIPT
    me = Candidate(page, guarded_server)
    page.goto(f"{guarded_server.url}/?tab=home")
    page.wait_for_url("**/login**")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.evaluate(axe)
        assert page.evaluate(AXE) == []
        me.shoot(f"sign-in-{scheme}")
    page.set_viewport_size(PHONE)
    me.shoot("sign-in-phone")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.set_viewport_size(DESK)

    sign_in(page, "ann", "not this one at all")
    assert page.get_by_role("alert").inner_text() == "Name or password is wrong."
    assert page.get_by_label("Name").input_value() == "ann"
    page.get_by_label("Password").fill(PASSWORDS["ann"])
    page.keyboard.press("Enter")
    page.wait_for_url(f"{guarded_server.url}/?tab=home")
    page.locator("#mr-account", has_text="Signed in as ann").wait_for()
    page.get_by_role("tab", name="Interview", exact=True).click()
    page.locator("#mr-start-button").click()
    page.locator("#mr-chat [data-testid=bot]").nth(1).wait_for()
    me.shoot("signed-in")

    page.get_by_role("button", name="Sign out", exact=True).click()
    page.wait_for_url("**/login")
    sign_in(page, "bob", PASSWORDS["bob"])
    page.locator("#mr-account", has_text="Signed in as bob").wait_for()
    # The same browser, another person: Ann's open round is not his.
    page.get_by_role("tab", name="Interview", exact=True).click()
    page.locator("#mr-start-button").wait_for()
    page.get_by_role("tab", name="Past sessions").click()
    page.locator("#mr-sessions-note", has_text="No session is stored yet").wait_for()

    page.get_by_role("button", name="Sign out", exact=True).click()
    sign_in(page, "ann", PASSWORDS["ann"])
    page.locator("#mr-chat [data-testid=bot]").nth(1).wait_for()
    wrong = [error for error in me.errors if "status of 401" not in error]
    assert (wrong, me.foreign) == ([], [])
