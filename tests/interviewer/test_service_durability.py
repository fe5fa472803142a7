"""Nothing that was acknowledged is lost: judges that fail, restarts, races, full disks, damaged and foreign sessions.

On SQLite and on PostgreSQL, but for what is done to a file.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from round_world import ScriptedJudge, World, collect, log, make_world, said_by, settle
from sqlalchemy import text

from interviewer.build import Parts
from interviewer.errors import StoreFull, StoreUnavailable, UnknownThing, WrongMoment
from interviewer.events import Answered, AssessmentFailed, Event, Said, Setup, Started, Utterance
from interviewer.interview import Phase
from interviewer.judge.protocol import AnswerToJudge
from interviewer.llm.scripted import ScriptedModel
from interviewer.owners import LOCAL_OWNER
from interviewer.store import EventStore, NewEvent
from interviewer.views import Judged, Settled
from rubrics import Assessment

ANSWER = "credit 0.3 The cache grows with every token."
LOST = "judge fails credit 0.9 A long and careful answer."
AWAY = "The model server at http://judge does not answer; start it and retry."


@pytest.fixture
def world(world_on_each: World) -> World:
    return world_on_each


@pytest_asyncio.fixture
async def sqlite_world(parts: Parts, tmp_path: Path) -> AsyncIterator[World]:
    """For what is done to a file of SQLite."""
    made = make_world(parts, f"sqlite:///{tmp_path / 'rounds.db'}")
    yield made
    await made.service.aclose()


class SlowJudge(ScriptedJudge):
    """Judges when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.began = asyncio.Event()
        self.may_go_on = asyncio.Event()

    async def assess(self, item: AnswerToJudge) -> Assessment:
        self.began.set()
        await self.may_go_on.wait()
        return await super().assess(item)


class BrokenJudge(ScriptedJudge):
    """Fails in a way that nobody foresaw."""

    async def assess(self, item: AnswerToJudge) -> Assessment:
        if self.broken:
            raise ZeroDivisionError("a fault of ours")
        return await super().assess(item)


def answers(events: tuple[Event, ...]) -> list[str]:
    return [event.payload.text for event in events if isinstance(event.payload, Answered)]


# A judge that fails


async def test_an_answer_outlives_a_failing_judge(world: World) -> None:
    view = await world.start()
    updates = await collect(await world.service.send(view.id, LOCAL_OWNER, LOST))
    judged = [update for update in updates if isinstance(update, Judged)]
    view = await world.service.view(view.id, LOCAL_OWNER)
    report = await world.service.report(view.id, LOCAL_OWNER)

    assert judged == [Judged(0, None, AWAY)]
    assert (view.phase, view.turn, view.pending) == (Phase.OPEN, 1, 1)
    assert said_by(view, "candidate") == [LOST]
    assert (report.score, report.band, report.unscored) == (None, None, 1)
    assert (report.turns[0].answer, report.turns[0].assessment.unscored_reason) == (LOST, AWAY)


async def test_what_is_pending_is_judged_on_retry(world: World) -> None:
    view = await world.start()
    await world.say(view.id, LOST)
    view = await world.act(view.id, "retry")
    assert view.pending == 1

    world.judge.broken = False
    updates = await collect(await world.service.act(view.id, LOCAL_OWNER, "retry"))
    report = await world.service.report(view.id, LOCAL_OWNER)
    assert [update.turn for update in updates if isinstance(update, Judged)] == [0]
    assert (await world.service.view(view.id, LOCAL_OWNER)).pending == 0
    assert (report.unscored, report.turns[0].answer) == (0, LOST)
    # base .9, bonus min(.10, 1 x .9 / 9) = .10
    assert report.score == pytest.approx(1.0)


async def test_pending_answers_are_judged_after_the_end(world: World) -> None:
    view = await world.start()
    for _ in range(2):
        await world.say(view.id, LOST)
    view = await world.act(view.id, "end")
    assert (view.finished, view.pending) == (True, 2)
    world.judge.broken = False
    view = await world.act(view.id, "retry")
    assert (view.finished, view.pending) == (True, 0)


async def test_a_retry_with_nothing_pending_asks_nobody(world: World) -> None:
    view = await world.start()
    await world.say(view.id, ANSWER)
    await world.act(view.id, "retry")
    assert len(world.judge.asked) == 1


async def test_a_fault_of_ours_is_told_and_the_answer_kept(parts: Parts, store_url: str) -> None:
    world = make_world(parts, store_url, judge=BrokenJudge())
    view = await world.start()
    with pytest.raises(ZeroDivisionError):
        await world.say(view.id, ANSWER)
    assert answers(world.store.load(view.id)) == [ANSWER]
    assert (await world.service.view(view.id, LOCAL_OWNER)).phase is Phase.ANSWERED

    world.judge.broken = False
    view = await settle(await world.service.proceed(view.id, LOCAL_OWNER))
    assert (view.phase, view.turn) == (Phase.OPEN, 1)
    await world.service.aclose()


async def test_a_language_model_that_fails_is_replaced_by_the_bank(parts: Parts, store_url: str) -> None:
    model = ScriptedModel([])
    world = make_world(parts, store_url, model=model)
    view = await world.start()
    view = await world.say(view.id, ANSWER)
    assert model.asked
    assert (view.turn_kind, view.lines[-1].origin) == ("follow_up", "bank")
    await world.service.aclose()
    assert model.closed


# Restarts


async def test_a_restarted_service_continues(world: World) -> None:
    view = await world.start()
    before = await world.say(view.id, ANSWER, client_event_id="key")
    again = world.again()
    assert await again.service.view(view.id, LOCAL_OWNER) == before
    repeated = await again.say(view.id, ANSWER, client_event_id="key")
    after = await again.say(view.id, ANSWER, turn=before.turn)

    assert repeated == before
    assert said_by(after, "candidate") == [ANSWER, ANSWER]
    assert after.turn == 2
    await again.service.aclose()


@pytest.mark.parametrize("upto", [1, 2, 4, 5])
async def test_a_process_that_dies_between_two_steps_is_continued(world: World, upto: int) -> None:
    """Whatever was stored last (start, greeting, answer, assessment), the next process does the rest once."""
    told = await world.start()
    await world.say(told.id, ANSWER)
    whole = world.store.load(told.id)
    for event in whole[:upto]:
        new = NewEvent(event.client_event_id, event.payload, event.at)
        if event.seq == 1:
            world.store.create("cut-off", "local", "Cut off", new)
        else:
            world.store.append("cut-off", event.seq - 1, [new])
    again = world.again()
    view = await settle(await again.service.proceed("cut-off", LOCAL_OWNER))
    if upto < 4:
        view = await again.say("cut-off", ANSWER, turn=view.turn)
    await again.service.aclose()

    assert [event.payload for event in world.store.load("cut-off")] == [event.payload for event in whole]


async def test_a_closed_page_does_not_stop_the_work(parts: Parts, store_url: str) -> None:
    judge = SlowJudge()
    world = make_world(parts, store_url, judge=judge)
    view = await world.start()
    updates = await world.service.send(view.id, LOCAL_OWNER, ANSWER)
    await anext(updates)
    await judge.began.wait()
    await updates.aclose()  # type: ignore[attr-defined]
    judge.may_go_on.set()
    await world.service.drain()
    assert (await world.service.view(view.id, LOCAL_OWNER)).turn == 1
    await world.service.aclose()


async def test_two_pages_watch_the_same_work(parts: Parts, store_url: str) -> None:
    judge = SlowJudge()
    world = make_world(parts, store_url, judge=judge)
    view = await world.start()
    first = asyncio.create_task(world.say(view.id, ANSWER))
    await judge.began.wait()
    second = asyncio.create_task(settle(await world.service.proceed(view.id, LOCAL_OWNER)))
    await asyncio.sleep(0)
    judge.may_go_on.set()
    assert await first == await second
    assert len(judge.asked) == 1
    await world.service.aclose()


async def test_nothing_is_answered_while_the_judge_is_at_work(parts: Parts, store_url: str) -> None:
    judge = SlowJudge()
    world = make_world(parts, store_url, judge=judge)
    view = await world.start()
    task = asyncio.create_task(world.say(view.id, ANSWER))
    await judge.began.wait()
    with pytest.raises(WrongMoment, match="not done yet"):
        await world.service.send(view.id, LOCAL_OWNER, "credit 1.0 And another thing.")
    judge.may_go_on.set()
    await task
    assert answers(world.store.load(view.id)) == [ANSWER]
    await world.service.aclose()


async def test_shutting_down_amid_work_leaves_it_to_the_next(parts: Parts, store_url: str) -> None:
    judge = SlowJudge()
    world = make_world(parts, store_url, judge=judge)
    view = await world.start()
    task = asyncio.create_task(world.say(view.id, ANSWER))
    await judge.began.wait()
    await world.service.aclose()
    with pytest.raises(WrongMoment, match="continues when it is back"):
        await task
    again = world.again()
    view = await settle(await again.service.proceed(view.id, LOCAL_OWNER))
    assert answers(again.store.load(view.id)) == [ANSWER]
    assert view.turn == 1
    await again.service.aclose()


# A full disk


async def test_a_full_disk_loses_no_acknowledged_answer(sqlite_world: World) -> None:
    view = await sqlite_world.start()
    view = await sqlite_world.say(view.id, ANSWER, client_event_id="kept")
    _limit_pages(sqlite_world.store, spare=2)
    long = "credit 0.9 " + "x" * 19_000
    with pytest.raises(StoreFull, match="The disk is full"):
        await sqlite_world.service.send(view.id, LOCAL_OWNER, long, client_event_id="refused", turn=view.turn)
    assert await sqlite_world.service.view(view.id, LOCAL_OWNER) == view

    _limit_pages(sqlite_world.store, spare=10_000)
    after = await sqlite_world.say(view.id, long, client_event_id="refused", turn=view.turn)
    assert said_by(after, "candidate") == [ANSWER, long]


async def test_a_disk_that_fills_while_the_interviewer_works(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer fits, its assessment does not: whoever watches is told, and the work is done when there is room."""
    view = await world.start()
    append = world.store.append

    def full_for_us(session_id: str, after_seq: int, new: list[NewEvent], *more: Any) -> tuple[Event, ...]:
        if new[0].client_event_id.startswith("s:"):
            raise StoreFull(
                "The disk is full, so nothing new can be stored; free some space and send it again."
            )
        return append(session_id, after_seq, new, *more)

    monkeypatch.setattr(world.store, "append", full_for_us)
    with pytest.raises(StoreFull):
        await world.say(view.id, ANSWER)
    monkeypatch.undo()
    view = await settle(await world.service.proceed(view.id, LOCAL_OWNER))
    assert answers(world.store.load(view.id)) == [ANSWER]
    assert view.turn == 1


# Sessions that this service cannot show


@pytest.mark.parametrize(
    ("setup", "question", "says"),
    [
        (Setup("elsewhere", "IC3", "systems", 30, 3), "kv-cache", "belongs to the pack 'elsewhere'"),
        (Setup("tiny", "IC3", "systems", 30, 3), "dropped", "no longer has the question 'dropped'"),
        (Setup("tiny", "IC3", "juggling", 30, 3), "kv-cache", "no longer has the round 'juggling'"),
    ],
    ids=["another pack", "a question that is gone", "a round that is gone"],
)
async def test_a_session_of_another_pack_is_left_as_it_is(
    world: World, setup: Setup, question: str, says: str
) -> None:
    asked = Said(Utterance.QUESTION, "What?", question_id=question)
    started, *rest = log(Said(Utterance.INTRO, "Hello"), asked, setup=setup)
    world.store.create("s", "local", "Other", NewEvent("e1", started.payload, started.at))
    world.store.append("s", 1, [NewEvent(e.client_event_id, e.payload, e.at) for e in rest])
    for call in (
        world.service.view("s", LOCAL_OWNER),
        world.service.report("s", LOCAL_OWNER),
        world.service.send("s", LOCAL_OWNER, ANSWER),
        world.service.act("s", LOCAL_OWNER, "end"),
        settle(await world.service.proceed("s", LOCAL_OWNER)),
    ):
        with pytest.raises(WrongMoment, match=says):
            await call
    assert len(world.store.load("s")) == 3
    assert [line.id for line in (await world.service.session_page(LOCAL_OWNER)).sessions] == ["s"]
    assert (await world.start()).phase is Phase.OPEN
    await world.service.delete("s", LOCAL_OWNER)


async def test_a_damaged_session_does_not_stop_new_ones(sqlite_world: World) -> None:
    view = await sqlite_world.start()
    with sqlite_world.store._engine.begin() as connection:
        torn = "UPDATE events SET payload = '{', digest = '' WHERE seq = (SELECT max(seq) FROM events)"
        connection.execute(text(torn))
    with pytest.raises(StoreUnavailable, match="cannot read"):
        await sqlite_world.service.view(view.id, LOCAL_OWNER)
    assert (await sqlite_world.start()).phase is Phase.OPEN


async def test_a_session_deleted_amid_work_stays_deleted(parts: Parts, store_url: str) -> None:
    judge = SlowJudge()
    world = make_world(parts, store_url, judge=judge)
    view = await world.start()
    task = asyncio.create_task(world.say(view.id, ANSWER))
    await judge.began.wait()
    await world.service.delete(view.id, LOCAL_OWNER)
    judge.may_go_on.set()
    with pytest.raises((WrongMoment, UnknownThing)):
        await task
    await world.service.drain()
    assert (await world.service.session_page(LOCAL_OWNER)).sessions == ()
    await world.service.aclose()


async def test_a_log_with_a_failure_is_read_as_it_was_written(world: World) -> None:
    """What the service wrote and what it reads back give the same report, whoever asks."""
    view = await world.start()
    await world.say(view.id, LOST)
    await world.say(view.id, ANSWER)
    events = world.store.load(view.id)
    again = world.again()
    assert await again.service.report(view.id, LOCAL_OWNER) == await world.service.report(
        view.id, LOCAL_OWNER
    )
    assert [type(event.payload) for event in events][:5] == [Started, Said, Said, Answered, AssessmentFailed]
    assert isinstance(events[0].payload, Started)
    assert replace(events[0].payload.setup, seed=1) == events[0].payload.setup
    await again.service.aclose()


async def test_updates_end_with_the_view(world: World) -> None:
    view = await world.start()
    updates = await collect(await world.service.send(view.id, LOCAL_OWNER, ANSWER))
    assert isinstance(updates[-1], Settled)
    assert updates[-1].view == await world.service.view(view.id, LOCAL_OWNER)


def _limit_pages(store: EventStore, spare: int) -> None:
    with store._engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        assert isinstance(pages, int)
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages + spare}")
