"""Two services on one database, and two pages of one session: every step happens once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from round_world import START, World, collect, make_world, settle

from interviewer.build import Parts
from interviewer.errors import StoreConflict, UnknownThing, WrongMoment
from interviewer.events import Answered, Assessed, Event, Said, Utterance
from interviewer.owners import LOCAL_OWNER
from interviewer.service import StartRequest
from interviewer.store import NewEvent
from interviewer.views import Spoken

ANSWER = "credit 0.3 The cache grows with every token."


def answers(events: tuple[Event, ...]) -> list[str]:
    return [event.payload.text for event in events if isinstance(event.payload, Answered)]


def spoken(events: tuple[Event, ...], utterance: Utterance) -> int:
    return sum(isinstance(e.payload, Said) and e.payload.utterance is utterance for e in events)


async def test_two_services_answer_the_same_turn(parts: Parts, store_url: str) -> None:
    """Two replicas on one database: one answer is taken, the other page hears that it was too late."""
    one = make_world(parts, store_url)
    two = one.again()
    view = await one.start(questions=2)
    texts = ["credit 0.3 from one", "credit 0.3 from two"]
    for turn in range(3):
        results = await asyncio.gather(
            *(
                world.say(view.id, f"{words} {turn}", turn=turn)
                for world, words in zip((one, two), texts, strict=True)
            ),
            return_exceptions=True,
        )
        refused = [result for result in results if isinstance(result, BaseException)]
        assert all(isinstance(error, WrongMoment) for error in refused), refused
        await asyncio.gather(*(world.look(view.id) for world in (one, two)))
        events = one.store.load(view.id)
        assert len(answers(events)) == turn + 1
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assessed = [e.payload.turn for e in one.store.load(view.id) if isinstance(e.payload, Assessed)]
    assert assessed == [0, 1, 2]
    assert await one.service.view(view.id, LOCAL_OWNER) == await two.service.view(view.id, LOCAL_OWNER)
    for world in (one, two):
        await world.service.aclose()


async def test_two_services_get_the_same_message(parts: Parts, store_url: str) -> None:
    one = make_world(parts, store_url)
    two = one.again()
    view = await one.start()
    results = await asyncio.gather(
        *(world.say(view.id, ANSWER, client_event_id="key", turn=0) for world in (one, two, one, two))
    )
    assert len({result.seq for result in results}) == 1
    assert answers(one.store.load(view.id)) == [ANSWER]
    assert spoken(one.store.load(view.id), Utterance.FOLLOW_UP) == 1
    for world in (one, two):
        await world.service.aclose()


@pytest.mark.parametrize("after", [False, True])
async def test_a_message_stored_by_a_twin_at_any_moment_is_not_refused(
    parts: Parts, store_url: str, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    """Another replica stores the same message just before, or just after, this one asks whether it is there."""
    first = make_world(parts, store_url)
    view = await first.start()
    # One that remembers nothing of the session asks before it appends.
    world = first.again()
    holds = world.store.holds
    asked: list[str] = []

    def twin_stores(session_id: str, wanted: str) -> bool:
        asked.append(wanted)
        monkeypatch.setattr(world.store, "holds", holds)
        found = holds(session_id, wanted) if after else False
        last = world.store.load(session_id)[-1].seq
        world.store.append(session_id, last, [NewEvent("c:key", Answered(ANSWER), START)])
        return found if after else holds(session_id, wanted)

    monkeypatch.setattr(world.store, "holds", twin_stores)
    view = await world.say(view.id, ANSWER, client_event_id="key", turn=0)
    assert asked == ["c:key"]
    assert answers(world.store.load(view.id)) == [ANSWER]
    for one in (first, world):
        await one.service.aclose()


async def test_a_message_stored_by_a_twin_just_before_it_is_appended_is_not_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is remembered is older than the log; the twin's answer was judged, or was not, when ours comes."""
    view = await world.start()
    append = world.store.append
    twin = world.again()
    for turn, judged in enumerate((False, True)):
        if judged:
            await twin.say(view.id, ANSWER, client_event_id=f"key-{turn}", turn=turn)
        else:
            new = [NewEvent(f"c:key-{turn}", Answered(ANSWER), START)]
            append(view.id, world.store.load(view.id)[-1].seq, new)
        view = await world.say(view.id, ANSWER, client_event_id=f"key-{turn}", turn=turn)
        assert answers(world.store.load(view.id)) == [ANSWER] * (turn + 1)
        assert view.turn == turn + 1
    await twin.service.aclose()


async def test_a_replica_that_remembers_an_older_moment_takes_the_answer_to_the_next(
    parts: Parts, store_url: str
) -> None:
    one = make_world(parts, store_url)
    two = one.again()
    view = await one.start()
    for turn, world in enumerate((one, two, one, two)):
        view = await world.say(view.id, f"credit 0.3 answer {turn}", turn=turn)
        assert view.turn == turn + 1 or view.turn is None
    assert answers(one.store.load(view.id)) == [f"credit 0.3 answer {turn}" for turn in range(4)]
    for world in (one, two):
        await world.service.aclose()


async def test_what_is_remembered_of_a_session_lets_nobody_else_in(parts: Parts, store_url: str) -> None:
    """Another process gives the session to somebody, or deletes it, while this one remembers whose it was."""
    one = make_world(parts, store_url)
    view = await one.start()
    one.store.change_owner(LOCAL_OWNER, "ann")
    with pytest.raises(UnknownThing):
        await one.say(view.id, ANSWER)
    assert answers(one.store.load(view.id)) == []
    one.store.change_owner("ann", LOCAL_OWNER)
    one.store.delete(view.id)
    with pytest.raises(UnknownThing):
        await one.say(view.id, ANSWER)
    await one.service.aclose()


async def test_two_services_greet_once(parts: Parts, store_url: str) -> None:
    one = make_world(parts, store_url)
    two = one.again()
    view = await one.service.start(StartRequest("systems", "IC3", seed=1), LOCAL_OWNER)
    views = await asyncio.gather(*(world.look(view.id) for world in (one, two)))
    events = one.store.load(view.id)
    assert views[0] == views[1]
    assert spoken(events, Utterance.INTRO) == spoken(events, Utterance.QUESTION) == 1
    for world in (one, two):
        await world.service.aclose()


async def test_what_is_told_is_what_the_interviewer_said(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another page answers the moment the question is stored: the answer is not shown as the interviewer's words."""
    append = world.store.append

    def answered_at_once(
        session_id: str, after_seq: int, new: list[NewEvent], *more: Any
    ) -> tuple[Event, ...]:
        stored = append(session_id, after_seq, new, *more)
        payload = stored[-1].payload
        if isinstance(payload, Said) and payload.utterance is Utterance.QUESTION:
            monkeypatch.setattr(world.store, "append", append)
            append(session_id, stored[-1].seq, [NewEvent("c:other", Answered(ANSWER), START)])
        return stored

    monkeypatch.setattr(world.store, "append", answered_at_once)
    view = await world.service.start(StartRequest("systems", "IC3", seed=1), LOCAL_OWNER)
    updates = await collect(await world.service.proceed(view.id, LOCAL_OWNER))
    lines = [update.line for update in updates if isinstance(update, Spoken)]
    assert [line.utterance for line in lines] == ["intro", "question", "follow_up"]
    assert {line.speaker for line in lines} == {"interviewer"}


async def test_a_log_that_never_rests_is_given_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    view = await world.start()

    def always_late(*_: object) -> tuple[Event, ...]:
        raise StoreConflict("The interview was continued somewhere else; reload it.")

    monkeypatch.setattr(world.store, "append", always_late)
    with pytest.raises(StoreConflict):
        await world.service.send(view.id, LOCAL_OWNER, ANSWER)


async def test_a_replica_that_is_always_overtaken_goes_along(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More answers than MAX_CONFLICTS wait for a judge, and another replica stores every assessment first: no error, and each is there once."""
    view = await world.start("all", questions=4)
    for number in range(4):
        view = await world.say(view.id, f"judge fails credit 0.3 answer {number}")
    assert view.pending == 4
    world.judge.broken = False
    append = world.store.append

    def overtaken(session_id: str, after_seq: int, new: list[NewEvent], *more: Any) -> tuple[Event, ...]:
        stored = append(session_id, after_seq, new, *more)
        if isinstance(new[0].payload, Assessed):
            raise StoreConflict("The interview was continued somewhere else; reload it.")
        return stored

    monkeypatch.setattr(world.store, "append", overtaken)
    monkeypatch.setattr("interviewer.session_work.MAX_CONFLICTS", 2)
    view = await world.act(view.id, "retry")
    assert view.pending == 0
    assessed = [e.payload.turn for e in world.store.load(view.id) if isinstance(e.payload, Assessed)]
    assert assessed == [0, 1, 2, 3]


async def test_a_log_that_stands_still_is_given_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    view = await world.service.start(StartRequest("systems", "IC3", seed=1), LOCAL_OWNER)

    def always_late(*_: object) -> tuple[Event, ...]:
        raise StoreConflict("The interview was continued somewhere else; reload it.")

    monkeypatch.setattr(world.store, "append", always_late)
    with pytest.raises(StoreConflict):
        await settle(await world.service.proceed(view.id, LOCAL_OWNER))
