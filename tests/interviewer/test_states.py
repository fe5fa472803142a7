"""A session's state is that of its whole log, however little of the log is read again."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable, Iterator

import pytest
from round_world import START, asks, setup_of
from sqlalchemy import update

from interviewer.errors import StoreConflict, UnknownThing
from interviewer.events import (
    Answered,
    Assessed,
    Event,
    OwnQuestion,
    Paused,
    Payload,
    Resumed,
    Said,
    SecondOpinion,
    Started,
    Utterance,
)
from interviewer.interview import fold_all
from interviewer.states import States, bytes_of
from interviewer.store import EventStore, NewEvent, events
from rubrics import Assessment, Criterion, CriterionAssessment, Evidence, JudgeRecord, Rubric, Verdict


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


def told(store: EventStore, session_id: str, answer: str) -> tuple[Event, ...]:
    """A session of four events."""
    begin(store, session_id)
    asked = asks("kv-cache", "What is cached?")
    append(store, Said(Utterance.INTRO, "Hello."), asked, Answered(answer), session_id=session_id)
    return store.load(session_id)


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


def test_sessions_are_kept_up_to_so_many_bytes(store: CountingStore) -> None:
    one_of_them = bytes_of(fold_all(told(store, "s0", "word " * 400)))
    states = States(store, max_bytes=int(2.5 * one_of_them))
    for name in ("s1", "s2", "s3"):
        told(store, name, "word " * 400)
        states.load(name)
    store.read = 0
    for name in ("s3", "s2"):
        states.load(name)
    assert store.read == 0
    states.load("s1")
    assert store.read == 4, "the one that was looked at longest ago had gone"
    store.read = 0
    states.load("s2")
    assert store.read == 0
    states.load("s3")
    assert store.read == 4


def test_a_session_that_grows_takes_the_place_of_others(store: CountingStore) -> None:
    short = bytes_of(fold_all(told(store, "s1", "Keys.")))
    told(store, "s2", "Keys.")
    states = States(store, max_bytes=2 * short + 10)
    for name in ("s1", "s2"):
        states.load(name)
    judged = Assessed(0, assessed(sentences(0, 0), "These words show"))
    states.append("s2", 4, [NewEvent("judged", judged, START)])
    store.read = 0
    states.load("s2")
    assert store.read == 0
    states.load("s1")
    assert store.read == 4


def test_a_session_that_is_longer_than_all_that_is_kept_is_kept_while_it_is_in_use(
    store: CountingStore,
) -> None:
    states = States(store, max_bytes=1)
    told(store, "s1", "Keys.")
    states.load("s1")
    store.read = 0
    states.load("s1")
    assert store.read == 0


BACKGROUND = "She trained models on many machines. " * 300


def own(place: int) -> tuple[OwnQuestion, ...]:
    """A question of the candidate's own with eight criteria."""
    criteria = tuple(Criterion(id=f"c{n}", text=f"Says thing {n} of {place}.") for n in range(8))
    return (OwnQuestion("own:1", f"What is {place}?", Rubric(criteria=criteria), f"It is {place}."),)


def sentences(place: int, turn: int) -> list[str]:
    """Five that are said nowhere else, 160 characters each."""
    words = "the slowest rank holds all of them, which a flight recorder shows; you look at the network"
    return [f"In case {place} of {turn}, {n} {words} before {place} of the loaders." for n in range(5)]


def assessed(said: list[str], rationale: str) -> Assessment:
    """Six criteria, half of them shown by a sentence, as it comes from a log."""
    criteria = tuple(
        CriterionAssessment(
            f"criterion-{n}",
            Verdict.MET if n % 2 else Verdict.MISSING,
            n / 7,
            (Evidence(n * 300, n * 300 + len(said[n // 2]), said[n // 2]),) if n % 2 else (),
            f"{rationale} {n}",
        )
        for n in range(6)
    )
    return Assessment(1 / 3, 1, 1 / 7, criteria, (), None, JudgeRecord("j", "m", "sha", None))


def long_round(place: int) -> list[Payload]:
    """Twelve answers with what two judges say of them."""
    payloads: list[Payload] = [Said(Utterance.INTRO, "Hello.")]
    for turn in range(12):
        said = sentences(place, turn)
        payloads += [
            asks("kv-cache", f"What do you look at first in case {place} of {turn}? " * 8),
            Answered(" ".join(said)),
            Assessed(turn, assessed(said, "These words are close to"), f"You named {place}. " * 10),
            SecondOpinion(turn, assessed(said, f"With {place} of {turn}: probabilities of")),
        ]
    return payloads


SESSIONS: dict[str, Callable[[int], list[Payload]]] = {
    "long": lambda place: [Started(setup_of()), *long_round(place)],
    "resume": lambda place: [
        Started(
            setup_of(
                background=f"{place} {BACKGROUND}",
                relevance={f"question-{n}": (n + 1 / 3) / 350 for n in range(350)},
            )
        )
    ],
    "own": lambda place: [Started(setup_of(own=own(place), question_ids=("own:1",)))],
}


@pytest.mark.parametrize("kind", SESSIONS)
def test_what_is_counted_is_about_what_a_session_takes(store: CountingStore, kind: str) -> None:
    for place in range(12):
        first, *more = (NewEvent(f"k{n}", payload, START) for n, payload in enumerate(SESSIONS[kind](place)))
        store.create(f"s{place}", "local", "Round", first, more=more)
    states = States(store)
    states.load("s0")
    gc.collect()
    tracemalloc.start()
    kept = [states.load(f"s{place}") for place in range(1, 12)]
    gc.collect()
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    counted = sum(map(bytes_of, kept))
    assert taken / 1.5 < counted < taken * 1.5
