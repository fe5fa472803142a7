"""What waits is bounded, and nobody takes all of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from api_client import API, make_client, problem
from round_world import ScriptedJudge, World, make_world

from interviewer.build import Parts
from interviewer.capacity import Capacity
from interviewer.errors import TooMany
from interviewer.judge.protocol import AnswerToJudge
from interviewer.metrics import Metrics
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
        assert "busy" in problem(refused, 429)
        assert int(refused.headers["retry-after"]) > 0
        assert (await client.get(f"{API}/sessions")).json()["sessions"] == []
    await world.service.aclose()
