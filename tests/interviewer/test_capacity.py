"""What waits is bounded, and nobody takes all of it."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from api_client import API, make_client, problem
from round_world import ScriptedJudge, World, make_world

from interviewer.build import Parts
from interviewer.capacity import Capacity
from interviewer.errors import TooMany
from interviewer.judge.protocol import AnswerToJudge
from interviewer.metrics import Metrics
from interviewer.owners import LOCAL_OWNER
from interviewer.service import FAIR_SHARE, StartRequest
from interviewer.views import Update
from rubrics import Assessment


class SlowJudge(ScriptedJudge):
    """Judges nothing before it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.go = asyncio.Event()
        self.begun = asyncio.Semaphore(0)

    async def assess(self, item: AnswerToJudge) -> Assessment:
        self.begun.release()
        await self.go.wait()
        return await super().assess(item)


def test_what_is_held_is_counted_and_given_back() -> None:
    capacity = Capacity(2, 1)
    with capacity.taken("ann"):
        with pytest.raises(TooMany, match="under way already"), capacity.taken("ann"):
            pass
        with capacity.taken("bob"), pytest.raises(TooMany, match="busy"):
            capacity.expect_room("eve")
        capacity.expect_room("bob")
    with pytest.raises(KeyError), capacity.taken("ann"):
        raise KeyError
    capacity.expect_room("ann")


def test_metrics_know_what_is_worked_on_and_refused() -> None:
    metrics = Metrics()
    capacity = Capacity(2, 1, metrics)

    def shown() -> tuple[float | None, ...]:
        names = [
            ("under_way", {}),
            ("limit", {}),
            *(("refused_total", {"limit": whose}) for whose in ("all", "one")),
        ]
        return tuple(
            metrics.registry.get_sample_value(f"mockround_work_{name}", labels) for name, labels in names
        )

    assert shown() == (0, 2, None, None)
    with capacity.taken("ann"):
        for _ in range(2):
            with pytest.raises(TooMany):
                capacity.expect_room("ann")
        with capacity.held("bob"):
            assert shown() == (2, 2, None, 2)
            with pytest.raises(TooMany):
                capacity.expect_room("eve")
    with pytest.raises(KeyError), capacity.taken():
        raise KeyError
    assert shown() == (0, 2, 1, 2)


class Line:
    """A capacity whose clock and chance are told what to say."""

    def __init__(self, at_once: int, per_owner: int | None = None) -> None:
        self.now = 1000.0
        self.chance = 0.0
        self.metrics = Metrics()
        self.capacity = Capacity(
            at_once, per_owner or at_once, self.metrics, lambda: self.now, lambda: self.chance
        )

    def do(self, seconds: float, count: int = 1) -> None:
        """As many pieces of work, one after the other, that last so long."""
        for _ in range(count):
            with self.capacity.held():
                self.now += seconds

    def told(self, owner: str | None = None) -> int:
        """When somebody who is refused is told to come again."""
        with pytest.raises(TooMany) as caught:
            self.capacity.expect_room(owner)
        assert str(caught.value).endswith(f"again in {caught.value.after_s} seconds.")
        return caught.value.after_s


def full(line: Line, places: int, owner: str | None = None) -> ExitStack:
    """As many pieces of work under way until the stack is closed."""
    stack = ExitStack()
    for _ in range(places):
        stack.enter_context(line.capacity.held(owner))
    return stack


def test_each_refusal_names_the_next_place_that_becomes_free() -> None:
    """Work lasts 20 s, so of four places one becomes free every 5 s."""
    line = Line(4)
    line.do(20.0, 3)
    with full(line, 4):
        assert [line.told() for _ in range(4)] == [5, 10, 15, 20]
        line.now += 10.0
        assert line.told() == 15, "10 s later those of the first 10 s have had theirs"


def test_times_grow_with_how_long_work_lasts_and_have_bounds() -> None:
    quick, slow = Line(100), Line(2)
    quick.do(0.5)
    slow.do(1000.0)
    with full(quick, 100), full(slow, 2):
        assert {quick.told() for _ in range(50)} == {2}
        assert {slow.told() for _ in range(50)} == {40}
        slow.chance = 1.0
        assert slow.told() == 60


def test_before_anything_was_done_there_is_a_time_too() -> None:
    line = Line(1)
    with full(line, 1):
        assert line.told() == 5


def test_nobody_who_asks_too_early_takes_the_place_of_others() -> None:
    line = Line(4)
    line.do(20.0)
    with full(line, 4):
        assert [line.told("ann"), line.told("bob")] == [5, 10]
        line.now += 1.0
        assert [line.told("ann") for _ in range(100)] == [4] * 100
        assert line.told("eve") == 14


@pytest.mark.parametrize("owner", [None, LOCAL_OWNER])
def test_without_accounts_everybody_has_a_time_of_their_own(owner: str | None) -> None:
    line = Line(4)
    line.do(20.0)
    with full(line, 3):
        with full(line, 1):
            assert [line.told(owner) for _ in range(3)] == [5, 10, 15]
            line.now += 5.0
        line.capacity.expect_room(owner)


def test_a_place_is_kept_for_whom_it_was_promised_to() -> None:
    line = Line(2)
    line.do(20.0)
    with full(line, 1):
        with full(line, 1):
            assert [line.told("ann"), line.told("bob")] == [10, 20]
            line.now += 10.0
        assert line.told("eve") > 10, "the one place that is free is Ann's"
        with line.capacity.taken("ann"):
            assert line.told("bob") == 10
    line.capacity.expect_room("eve")


def test_a_place_is_not_kept_for_ever() -> None:
    line = Line(1)
    line.do(10.0)
    with full(line, 1):
        assert line.told("ann") == 10
        line.now += 10.0
    line.now += 9.0
    line.told("eve")
    line.now += 2.0
    line.capacity.expect_room("zoe")


def test_who_comes_in_time_and_finds_no_room_has_the_first_place_that_is_free() -> None:
    line = Line(1)
    line.do(10.0)
    with full(line, 1):
        assert line.told("ann") == 10
        line.now += 10.0
        assert line.told("ann") == 10
        line.now += 5.0
    line.told("eve")
    line.capacity.expect_room("ann")


def test_those_who_are_refused_at_once_do_not_come_back_at_once() -> None:
    line = Line(4)
    line.do(40.0)
    with full(line, 4):
        told = []
        for place in range(200):
            line.chance = place % 20 / 20
            told.append(line.told())
    assert max(Counter(told[100:]).values()) <= 10, "beyond the longest time chance alone spreads them"
    assert min(told[100:]) >= 40
    assert max(told) <= 60


def test_while_nothing_is_done_times_grow() -> None:
    line = Line(4)
    line.do(2.0)
    with full(line, 4):
        assert line.told() == 2
        line.now += 80.0
        assert line.told() == 20, "nothing was done for 80 s, and that much may be left of four pieces"
    line.do(2.0, 64)
    with full(line, 4):
        assert line.told() == 2, "the last 64 count"


def test_who_has_a_fair_share_waits_for_one_of_theirs() -> None:
    line = Line(100, per_owner=4)
    line.do(24.0)
    with full(line, 4, "ann"):
        assert line.told("ann") == 6
        assert line.told("ann") == 6
        line.capacity.expect_room("bob")
    refusals = {"le": "10.0"}
    shown = line.metrics.registry.get_sample_value("mockround_work_again_seconds_bucket", refusals)
    assert shown == 2


async def begun(world: World, owner: str) -> str:
    view = await world.service.start(StartRequest("systems", "IC3", seed=1), owner)
    async for _ in await world.service.proceed(view.id, owner):
        pass
    return view.id


async def test_more_than_is_taken_is_refused_and_nothing_is_stored(parts: Parts, tmp_path: Path) -> None:
    judge = SlowJudge()
    world = make_world(
        parts,
        f"sqlite:///{tmp_path / 'rounds.db'}",
        judge=judge,
        at_once=2 * FAIR_SHARE,
        auth=tmp_path / "users.json",
    )
    service = world.service
    mine = [await begun(world, "ann") for _ in range(3)]
    others = [await begun(world, f"user{place}") for place in range(2 * FAIR_SHARE - 2)]
    last = await begun(world, "last")
    waiting = []

    async def answer(session: str, owner: str) -> None:
        updates = await service.send(session, owner, "credit 0.9")
        waiting.append(asyncio.create_task(_drain(updates)))
        await asyncio.wait_for(judge.begun.acquire(), 30)

    for session in mine[:2]:
        await answer(session, "ann")
    seq = world.store.load(mine[2])[-1].seq
    with pytest.raises(TooMany, match="2 of your answers"):
        await service.send(mine[2], "ann", "credit 0.9")
    assert world.store.load(mine[2])[-1].seq == seq
    for place, session in enumerate(others):
        await answer(session, f"user{place}")
    with pytest.raises(TooMany, match="busy"):
        await service.send(last, "last", "credit 0.9")
    with pytest.raises(TooMany, match="busy"):
        await service.start(StartRequest("systems", "IC3"), "newcomer")
    with pytest.raises(TooMany, match="busy"):
        await service.library.assess({"item_id": "1", "question_id": "kv-cache", "answer": "credit 1"})
    # What is only looked at is not work.
    assert (await service.view(last, "last")).id == last
    judge.go.set()
    await asyncio.gather(*waiting)
    await _drain(await service.send(last, "last", "credit 0.9"))
    await service.aclose()


async def _drain(updates: AsyncIterator[Update]) -> None:
    async for _ in updates:
        pass


async def test_a_refusal_says_when_to_come_again(parts: Parts, tmp_path: Path) -> None:
    world = make_world(parts, f"sqlite:///{tmp_path / 'rounds.db'}", at_once=1)
    async with make_client(world) as client:
        with world.service._capacity.held():
            refused = await client.post(f"{API}/sessions", json={"round": "systems", "level": "IC3"})
        said = re.search(r"busy .* again in (\d+) seconds\.", str(problem(refused, 429)))
        assert said is not None
        assert refused.headers["retry-after"] == said[1]
        assert (await client.get(f"{API}/sessions")).json()["sessions"] == []
    await world.service.aclose()
