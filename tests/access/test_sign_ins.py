"""Sign-ins are kept in the database until they are ended or too old, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from round_world import Clock
from sqlalchemy import func, select

from interviewer.access.sign_ins import SignIns
from interviewer.store import EventStore, sign_ins


@pytest.fixture
def store(store_url: str) -> Iterator[EventStore]:
    opened = EventStore(store_url)
    yield opened
    opened.close()


def test_a_sign_in_is_its_owners_until_it_is_ended(store: EventStore) -> None:
    kept = SignIns(store, Clock())
    one, other = kept.begin("ann", 60), kept.begin("ann", 60)
    assert one != other
    assert kept.is_open("ann", one)
    assert not kept.is_open("bob", one)
    assert not kept.end("bob", one)
    assert kept.end("ann", one)
    assert not kept.end("ann", one)
    assert (kept.is_open("ann", one), kept.is_open("ann", other)) == (False, True)


def test_all_of_an_owner_end_at_once(store: EventStore) -> None:
    kept = SignIns(store, Clock())
    anns, bobs = [kept.begin("ann", 60) for _ in range(3)], kept.begin("bob", 60)
    assert kept.end_all("ann") == 3
    assert not any(kept.is_open("ann", one) for one in anns)
    assert kept.is_open("bob", bobs)
    assert kept.end_all("ann") == 0


def test_what_is_too_old_is_over_and_forgotten(store: EventStore) -> None:
    clock = Clock()
    kept = SignIns(store, clock)
    old = kept.begin("ann", 60)
    clock.tick(61)
    assert not kept.is_open("ann", old)
    assert kept.end_all("ann") == 0
    kept.begin("bob", 60)
    with store.transaction() as connection:
        assert connection.execute(select(func.count()).select_from(sign_ins)).scalar() == 1
