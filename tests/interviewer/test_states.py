"""A session's state is that of its whole log, however little of the log is read again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from round_world import START, asks, setup_of
from sqlalchemy import update

from interviewer.errors import StoreConflict, UnknownThing
from interviewer.events import Answered, Event, Paused, Payload, Resumed, Started
from interviewer.interview import fold_all
from interviewer.states import States
from interviewer.store import EventStore, NewEvent, events


class CountingStore(EventStore):
    """Counts the events that were read."""

    read = 0

    def load(self, session_id: str, from_seq: int = 1) -> tuple[Event, ...]:
        """As EventStore does."""
        found = super().load(session_id, from_seq)
        self.read += len(found)
        return found


@pytest.fixture
def store(store_url: str) -> Iterator[CountingStore]:
    opened = CountingStore(store_url)
    yield opened
    opened.close()


def begin(store: EventStore, session_id: str = "s1") -> None:
    store.create(session_id, "local", "Round", NewEvent("start", Started(setup_of()), START))


def append(store: EventStore, *payloads: Payload, session_id: str = "s1") -> None:
    last = store.load(session_id)[-1].seq
    store.append(
        session_id, last, [NewEvent(f"k{last + n}", payload, START) for n, payload in enumerate(payloads, 1)]
    )


def test_a_state_is_the_fold_of_the_whole_log(store: CountingStore) -> None:
    states = States(store)
    begin(store)
    assert states.load("s1") == fold_all(store.load("s1"))
    for payloads in ([asks("kv-cache", "What is cached?")], [Answered("Keys."), Paused()], [], [Resumed()]):
        append(store, *payloads) if payloads else None
        assert states.load("s1") == fold_all(store.load("s1"))
    assert States(store).load("s1") == states.load("s1")


def test_what_was_folded_is_not_read_again(store: CountingStore) -> None:
    states = States(store)
    begin(store)
    append(store, asks("kv-cache", "What is cached?"), Answered("Keys."))
    states.load("s1")
    store.read = 0
    states.load("s1")
    assert store.read == 0, "the last event's digest says that the log is the same"


def test_what_is_appended_here_is_not_read(store: CountingStore) -> None:
    states = States(store)
    begin(store)
    last = states.load("s1").seq
    store.read = 0
    for payload in (asks("kv-cache", "What is cached?"), Answered("Keys."), Paused()):
        states.append("s1", last, [NewEvent(f"k{last}", payload, START)])
        last += 1
        assert states.load("s1").seq == last
    assert store.read == 0
    assert states.load("s1") == fold_all(store.load("s1"))


def test_what_others_append_between_is_read(store: CountingStore) -> None:
    states = States(store)
    begin(store)
    states.load("s1")
    append(store, asks("kv-cache", "What is cached?"))
    states.append("s1", 2, [NewEvent("own", Answered("Keys."), START)])
    assert states.load("s1") == fold_all(store.load("s1"))


def test_a_conflict_is_told_and_changes_no_state(store: CountingStore) -> None:
    states = States(store)
    begin(store)
    before = states.load("s1")
    with pytest.raises(StoreConflict):
        states.append("s1", 0, [NewEvent("k", Paused(), START)])
    assert states.load("s1") == before


def test_a_log_without_digests_is_compared_by_its_last_event(store: CountingStore) -> None:
    states = States(store)
    begin(store)
    with store.transaction(writes=True) as connection:
        connection.execute(update(events).values(digest=None))
    states.load("s1")
    store.read = 0
    states.load("s1")
    assert store.read == 1


def test_a_deleted_session_is_unknown(store: CountingStore) -> None:
    states = States(store)
    begin(store)
    states.load("s1")
    store.delete("s1")
    with pytest.raises(UnknownThing):
        states.load("s1")


def test_a_log_that_was_put_back_to_an_older_copy_is_read_anew(store: CountingStore) -> None:
    states = States(store)
    begin(store)
    append(store, asks("kv-cache", "What is cached?"), Answered("Keys."))
    states.load("s1")
    store.delete("s1")
    begin(store)
    assert states.load("s1") == fold_all(store.load("s1"))
    append(store, asks("nccl", "Who is missing?"), Answered("A rank."))
    assert states.load("s1") == fold_all(store.load("s1"))
    store.delete("s1")
    begin(store)
    append(store, asks("nccl", "Who is missing?"), Answered("Nobody."))
    assert states.load("s1") == fold_all(store.load("s1")), "the same length, another last event"


def test_few_sessions_are_kept(store: CountingStore) -> None:
    states = States(store, size=1)
    for name in ("s1", "s2"):
        begin(store, name)
        append(store, asks("kv-cache", "What is cached?"), session_id=name)
        states.load(name)
    store.read = 0
    states.load("s2")
    assert store.read == 0
    states.load("s1")
    assert store.read == 2
