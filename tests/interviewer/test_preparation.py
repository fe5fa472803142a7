"""Between two rounds, through the service: what was weak is due the next day, and everything follows the log."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import pytest
from round_world import World, settle

from interviewer.errors import BadInput, UnknownThing
from interviewer.events import Event
from interviewer.interview import State
from interviewer.owners import LOCAL_OWNER
from interviewer.preparation import OFFERED_DAYS, Preparation, Today
from interviewer.service import StartRequest
from interviewer.states import States
from interviewer.store import EventStore

ME = LOCAL_OWNER
DAY_S = 24 * 3600


@pytest.fixture
def world(world_on_each: World) -> World:
    """What is folded here is what is stored."""
    return world_on_each


async def play(world: World, credit: float, *question_ids: str) -> str:
    """A finished round of these questions, each answered once; its id."""
    view = await world.start(None, question_ids=question_ids, follow_ups=0)  # type: ignore[arg-type]
    while view.phase == "open":
        view = await world.say(view.id, f"credit {credit} and some words")
    await world.act(view.id, "end")
    return view.id


async def today(world: World) -> Today:
    return await world.service.preparation.today(ME)


async def test_a_newcomer_has_nothing_to_do(world: World) -> None:
    found = await today(world)
    assert (found.newcomer, found.anything, found.open, found.planned) == (True, False, None, ())
    progress = await world.service.preparation.progress(ME)
    assert (progress.answers, progress.areas) == (0, ())


async def test_what_was_weak_is_due_the_next_day_until_it_is_shown(world: World) -> None:
    await play(world, 0.2, "kv-cache")
    first = await today(world)
    assert (first.newcomer, first.anything) == (False, False)
    assert first.practice.next_count == first.practice.cards == 4
    assert first.practice.next_day == first.today + timedelta(days=1)

    world.clock.tick(DAY_S)
    second = await today(world)
    assert second.anything
    assert [(item.id, item.points) for item in second.practice.questions] == [("kv-cache", 4)]
    wanted = second.practice.round
    assert wanted is not None
    assert (wanted.question_ids, wanted.level, wanted.minutes) == (("kv-cache",), "IC3", 8)
    await play(world, 0.95, *wanted.question_ids)

    done = await world.service.preparation.practice(ME)
    assert (done.due, done.round, done.cards) == ((), None, 4)
    assert done.next_day is not None
    assert done.next_day > second.today
    progress = await world.service.preparation.progress(ME)
    assert [measure.answers for measure in progress.areas[0].days] == [1, 1]
    assert progress.areas[0].change == "up"
    assert len(progress.practised) == 2


async def test_what_sessions_showed_is_read_once_however_many_look(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    played = [await play(world, 0.2, "kv-cache"), await play(world, 0.9, "idle-gpu")]
    other = world.again()
    read: list[str] = []
    load = other.store.load

    def slow(session_id: str, from_seq: int = 1) -> tuple[Event, ...]:
        read.append(session_id)
        time.sleep(0.02)  # so that the others come while this one reads
        return load(session_id, from_seq)

    monkeypatch.setattr(other.store, "load", slow)
    looks = (other.service.preparation.today(ME) for _ in range(3))
    await asyncio.gather(asyncio.to_thread(other.service.warm_up), *looks)
    assert sorted(read) == sorted(played)
    assert (await today(other)).practice.cards == 4
    assert sorted(read) == sorted(played)
    await other.service.aclose()


class CountedStates(States):
    """Notes which sessions are looked at."""

    def __init__(self, store: EventStore) -> None:
        super().__init__(store)
        self.looked_at: list[str] = []

    def load(self, session_id: str) -> State:
        self.looked_at.append(session_id)
        return super().load(session_id)


async def test_what_is_kept_of_others_is_what_was_looked_at_last(world: World) -> None:
    async def finished(owner: str) -> str:
        view = await world.service.start(StartRequest("systems", "IC3", seed=1), owner)
        await settle(await world.service.proceed(view.id, owner))
        await settle(await world.service.act(view.id, owner, "end"))
        return view.id

    sessions = {"ann": [await finished("ann")], "bob": [await finished("bob")]}
    sessions["cy"] = [await finished("cy") for _ in range(3)]
    states = CountedStates(world.store)
    preparation = Preparation(world.service.role, world.store, states, world.clock, kept_sessions=2)

    def read_for(owner: str) -> bool:
        """Whether the owner's sessions had to be looked at; all or none are."""
        states.looked_at.clear()
        preparation.warm_up(owner)
        assert sorted(states.looked_at) in ([], sorted(sessions[owner]))
        return bool(states.looked_at)

    assert [read_for(owner) for owner in ("ann", "bob", "ann", "bob")] == [True, True, False, False]
    assert [read_for(owner) for owner in ("cy", "cy")] == [True, False], "all of who looked last"
    assert [read_for(owner) for owner in ("ann", "bob", "ann", "cy")] == [True, True, False, True]


async def test_another_process_says_the_same(world: World) -> None:
    await play(world, 0.2, "kv-cache", "idle-gpu")
    await world.service.preparation.change(ME, interview_on=(await today(world)).today + timedelta(days=9))
    world.clock.tick(DAY_S)
    await today(world)  # from what was known before
    other = world.again()
    assert await other.service.preparation.today(ME) == await today(world)
    await other.service.aclose()


async def test_a_deleted_session_showed_nothing(world: World) -> None:
    session = await play(world, 0.2, "kv-cache")
    assert (await today(world)).practice.cards == 4
    await world.service.delete(session, LOCAL_OWNER)
    assert (await today(world)).newcomer


async def test_an_assessment_that_is_made_later_counts_then(world: World) -> None:
    view = await world.start(None, question_ids=("kv-cache",), follow_ups=0)  # type: ignore[arg-type]
    view = await world.say(view.id, "judge fails, credit 0.2")
    await world.act(view.id, "end")
    progress = await world.service.preparation.progress(ME)
    assert (progress.answers, progress.unscored) == (0, 1)
    world.judge.broken = False
    await world.act(view.id, "retry")
    progress = await world.service.preparation.progress(ME)
    assert (progress.answers, progress.unscored) == (1, 0)
    assert (await today(world)).practice.cards == 4


async def test_a_round_that_was_left_is_offered_for_two_weeks(world: World) -> None:
    view = await world.start("systems")
    await world.start("systems")
    world.clock.tick(60)
    await world.say(view.id, "credit 0.5")
    left = (await today(world)).open
    assert left is not None
    assert (left.id, left.question_number, left.questions) == (view.id, 2, 3)
    assert (left.days_ago, left.others) == (0, 1)
    world.clock.tick(DAY_S)
    left = (await today(world)).open
    assert left is not None
    assert left.days_ago == 1
    world.clock.tick(OFFERED_DAYS * DAY_S)
    assert (await today(world)).open is None


async def test_somebody_elses_sessions_do_not_count(world: World) -> None:
    await play(world, 0.2, "kv-cache")
    assert (await world.service.preparation.today("somebody")).newcomer


async def test_a_plan_to_the_interview(world: World) -> None:
    service = world.service.preparation
    day = (await today(world)).today
    await service.change(ME, ratings={"systems": 1, "math": 4})
    ready = await service.change(ME, interview_on=day + timedelta(days=7))
    assert (ready.days_left, len(ready.plan), ready.interview_on) == (7, 7, day + timedelta(days=7))
    assert [item.claimed for item in ready.areas] == [1, 4]
    (part,) = (await today(world)).planned
    assert (part.area, part.done) == ("systems", False)
    assert part.round is not None
    await play(world, 0.7, *part.round.question_ids)
    (part,) = (await today(world)).planned
    assert (part.area, part.done) == ("systems", True)
    assert not (await today(world)).anything

    ready = await service.change(ME, interview_on=None)
    assert (ready.plan, ready.days_left) == ((), None)
    await service.change(ME, ratings={"math": None})
    assert [item.claimed for item in (await service.readiness(ME)).areas] == [1, None]
    await service.forget(ME)
    assert [item.claimed for item in (await service.readiness(ME)).areas] == [None, None]


async def test_a_probe_asks_each_area_once(world: World) -> None:
    service = world.service.preparation
    wanted = await service.probe(ME)
    view = await world.service.start(
        StartRequest(None, wanted.level, question_ids=wanted.question_ids, follow_ups=0), LOCAL_OWNER
    )
    assert (view.questions, view.round) == (2, "all")
    await play(world, 0.7, *wanted.question_ids)
    with pytest.raises(BadInput, match="probed already"):
        await service.probe(ME)
    again = await service.probe(ME, ["math"])
    assert again.question_ids == ("variance",)
    with pytest.raises(UnknownThing, match="no area"):
        await service.probe(ME, ["nowhere"])
    with pytest.raises(UnknownThing, match="no question"):
        await service.area(ME, "nowhere")


async def test_the_level_is_the_one_that_was_set_else_the_last_one_practised(world: World) -> None:
    service = world.service.preparation
    assert (await service.readiness(ME)).level == "IC3"
    await world.start("systems", level="IC1")
    assert (await service.readiness(ME)).level == "IC1"
    assert (await service.change(ME, level="IC5")).level == "IC5"
    with pytest.raises(UnknownThing, match="no level"):
        await service.change(ME, level="IC2")


@pytest.mark.parametrize(("days", "kept"), [(-1, False), (0, True), (730, True), (731, False)])
async def test_a_date_of_an_interview_lies_ahead(world: World, days: int, kept: bool) -> None:
    first = (await today(world)).today
    day = first + timedelta(days=days)
    if kept:
        assert (await world.service.preparation.change(ME, interview_on=day)).interview_on == day
    else:
        with pytest.raises(BadInput, match=f"from today to {first + timedelta(730):%d %B %Y}"):
            await world.service.preparation.change(ME, interview_on=day)


@pytest.mark.parametrize("claim", [-1, 5])
async def test_a_rating_is_one_of_five(world: World, claim: int) -> None:
    with pytest.raises(BadInput, match="from 0 to 4"):
        await world.service.preparation.change(ME, ratings={"systems": claim})
    with pytest.raises(UnknownThing, match="no area"):
        await world.service.preparation.change(ME, level="IC5", ratings={"nowhere": 1})
    assert (await world.service.preparation.readiness(ME)).level == "IC3", "all or nothing"
