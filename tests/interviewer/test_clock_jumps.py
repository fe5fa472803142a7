"""The machine's clock is set a day forward or back amid a round: nothing is lost, and the round goes on."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from round_world import World, said_by

from interviewer.interview import MAX_THINKING_S
from interviewer.modes import Mode
from interviewer.owners import LOCAL_OWNER
from interviewer.service import InterviewService
from interviewer.verify import verify

DAY_S = 86_400.0
ANSWER = "credit 0.3 The cache grows with every token."


@pytest.fixture
def world(world_on_each: World) -> World:
    return world_on_each


async def preparation(service: InterviewService) -> None:
    """Everything that is computed from when things happened."""
    doors = service.preparation
    await doors.today(LOCAL_OWNER)
    await doors.practice(LOCAL_OWNER)
    await doors.progress(LOCAL_OWNER)
    await doors.readiness(LOCAL_OWNER)
    await doors.probe(LOCAL_OWNER)


async def listed(world: World) -> list[str]:
    """The list of sessions, read in pages of one."""
    found: list[str] = []
    mark = None
    while True:
        page = await world.service.session_page(LOCAL_OWNER, limit=1, before=mark)
        found += [item.id for item in page.sessions]
        mark = page.next
        if mark is None:
            return found


@pytest.mark.parametrize("jumps", [(DAY_S,), (-DAY_S,), (DAY_S, -DAY_S), (-DAY_S, DAY_S)], ids=str)
async def test_a_round_goes_on_over_a_jump(world: World, jumps: Sequence[float]) -> None:
    other = await world.start()
    view = await world.start("all", questions=4)
    sent = []
    for number, jump in enumerate((0.0, *jumps, 0.0)):
        world.clock.tick(jump)
        world.clock.tick(20)
        before = (await world.service.view(view.id, LOCAL_OWNER)).elapsed_s
        sent.append(f"{ANSWER} And {number}.")
        view = await world.say(view.id, sent[-1])
        # No time is given back, and no more is charged than for somebody who thinks long.
        assert before <= view.elapsed_s <= (number + 1) * 20 + MAX_THINKING_S * len(jumps)
        assert sorted(await listed(world)) == sorted([other.id, view.id])
        await preparation(world.service)
    view = await world.act(view.id, "end")
    assert said_by(view, "candidate") == sent
    assert view.finished
    report = await world.service.report(view.id, LOCAL_OWNER)
    assert ([turn.answer for turn in report.turns], report.unscored) == (sent, 0)
    await preparation(world.service)

    found = verify(world.store)
    assert found.faults == ()
    back = sum(jump < 0 for jump in jumps)
    assert [item.session_id for item in found.remarks] == [view.id] * back


async def test_a_pause_over_a_jump_costs_nothing(world: World) -> None:
    view = await world.start()
    world.clock.tick(10)
    before = await world.act(view.id, "pause")
    for jump in (DAY_S, -3 * DAY_S):
        world.clock.tick(jump)
        assert (await world.service.view(view.id, LOCAL_OWNER)).elapsed_s == before.elapsed_s
    view = await world.act(view.id, "resume")
    assert (view.elapsed_s, view.paused) == (before.elapsed_s, False)


async def test_a_real_round_is_held_against_the_clock_that_there_is(world: World) -> None:
    """Set back it takes no time; set forward its time is over, and what was said is judged and reported."""
    view = await world.start("all", questions=4, mode=Mode.REAL)
    world.clock.tick(-DAY_S)
    view = await world.say(view.id, ANSWER)
    assert (view.phase, view.elapsed_s) == ("open", 0)
    world.clock.tick(2 * DAY_S)
    view = await world.say(view.id, ANSWER)
    if not view.finished:
        view = await world.act(view.id, "end")
    report = await world.service.report(view.id, LOCAL_OWNER)
    assert [turn.answer for turn in report.turns] == [ANSWER, ANSWER]
    assert report.unscored == 0


async def test_times_of_the_future_do_not_hide_what_is_done_today(world: World) -> None:
    """A round that was held while the clock was a day ahead, and one after it was set right."""
    world.clock.tick(DAY_S)
    ahead = await world.start(questions=2)
    await world.say(ahead.id, ANSWER)
    await world.act(ahead.id, "end")
    world.clock.tick(-DAY_S)
    today = await world.start(questions=2)
    assert (await world.service.preparation.today(LOCAL_OWNER)).open is not None
    await world.say(today.id, ANSWER)
    await world.act(today.id, "end")
    progress = await world.service.preparation.progress(LOCAL_OWNER)
    assert progress.areas
    practice = await world.service.preparation.practice(LOCAL_OWNER)
    assert practice.cards > 0
    await preparation(world.service)
