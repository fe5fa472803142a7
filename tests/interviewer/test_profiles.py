"""What candidates say of themselves, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from round_world import START
from sqlalchemy import update

from interviewer.errors import StoreConflict, StoreUnavailable
from interviewer.profiles import Profile, ProfileStore
from interviewer.store import EventStore, profiles

DATE = date(2026, 3, 20)


@pytest.fixture
def store(store_url: str) -> Iterator[EventStore]:
    opened = EventStore(store_url)
    yield opened
    opened.close()


def rate(area: str, claim: int) -> object:
    def change(profile: Profile) -> Profile:
        return profile.model_copy(update={"ratings": {**profile.ratings, area: claim}})

    return change


def test_a_profile_is_empty_until_something_is_said(store: EventStore) -> None:
    assert ProfileStore(store).load("local", "tiny") == Profile()


def test_it_comes_back_as_it_was_for_its_owner_and_pack_alone(store: EventStore) -> None:
    kept = ProfileStore(store)
    said = Profile(interview_on=DATE, level="IC3", ratings={"math": 4})
    assert kept.change("local", "tiny", lambda _: said, START) == said
    assert kept.load("local", "tiny") == said
    assert kept.load("local", "other") == kept.load("somebody", "tiny") == Profile()
    kept.change("local", "tiny", lambda before: before.model_copy(update={"interview_on": None}), START)
    assert kept.load("local", "tiny") == said.model_copy(update={"interview_on": None})


def test_changes_of_several_at_once_are_all_kept(store: EventStore) -> None:
    kept = ProfileStore(store)
    areas = [f"area-{n}" for n in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda area: kept.change("local", "tiny", rate(area, 2), START), areas))  # type: ignore[arg-type]
    assert kept.load("local", "tiny").ratings == dict.fromkeys(areas, 2)


def test_a_change_from_an_old_reading_is_made_again(store: EventStore) -> None:
    kept, other = ProfileStore(store), ProfileStore(store)
    calls = []

    def slow(profile: Profile) -> Profile:
        if not calls:
            other.change("local", "tiny", lambda _: Profile(level="IC5"), START)
        calls.append(profile)
        return profile.model_copy(update={"interview_on": DATE})

    assert kept.change("local", "tiny", slow, START) == Profile(interview_on=DATE, level="IC5")
    assert len(calls) == 2


def test_a_change_that_never_gets_through_says_so(store: EventStore) -> None:
    kept, other = ProfileStore(store), ProfileStore(store)

    def beaten(profile: Profile) -> Profile:
        other.change("local", "tiny", lambda before: before.model_copy(update={"level": "IC1"}), START)
        return profile

    with pytest.raises(StoreConflict):
        kept.change("local", "tiny", beaten, START)


def test_it_is_deleted_for_good(store: EventStore) -> None:
    kept = ProfileStore(store)
    kept.change("local", "tiny", lambda _: Profile(level="IC1"), START)
    for _ in range(2):
        kept.forget("local", "tiny")
        assert kept.load("local", "tiny") == Profile()


def test_a_damaged_profile_is_a_sentence(store: EventStore) -> None:
    kept = ProfileStore(store)
    kept.change("local", "tiny", lambda _: Profile(level="IC1"), START)
    with store.transaction(writes=True) as connection:
        connection.execute(update(profiles).values(data={"interview_on": "soon"}))
    with pytest.raises(StoreUnavailable, match="cannot be read"):
        kept.load("local", "tiny")
