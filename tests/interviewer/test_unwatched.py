"""An utterance that nobody is there to hear is dropped, and made anew for whoever comes back; an assessment is not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import httpx
import pytest
from api_client import served
from faulty_vllm import FaultyVllm
from round_world import ScriptedJudge, World, make_world, said_by, settle

from interviewer.build import Parts
from interviewer.events import Assessed
from interviewer.judge.protocol import AnswerToJudge
from interviewer.llm.connect import Connection, connect
from interviewer.llm.protocol import Message
from interviewer.llm.scripted import ScriptedModel
from interviewer.owners import LOCAL_OWNER
from interviewer.views import Judged, Working
from rubrics import Assessment

ANSWER = "credit 0.3 It grows with the batch."


class HeldModel(ScriptedModel):
    """Its first reply never comes; `began` and `dropped` say how far it got."""

    def __init__(self) -> None:
        super().__init__([""] * 9)
        self.began = asyncio.Event()
        self.dropped = asyncio.Event()

    async def complete(
        self, messages: Sequence[Message], *, max_tokens: int = 400, temperature: float = 0.3
    ) -> AsyncIterator[str]:
        first = not self.asked
        async for piece in super().complete(messages, max_tokens=max_tokens):
            if first:
                self.began.set()
                try:
                    await asyncio.Event().wait()
                finally:
                    self.dropped.set()
            yield piece


class ReluctantModel(ScriptedModel):
    """No reply comes. The first, when it is dropped, is not over before `may_end`."""

    def __init__(self) -> None:
        super().__init__([""] * 9)
        self.began: asyncio.Queue[int] = asyncio.Queue()
        self.dropped: asyncio.Queue[int] = asyncio.Queue()
        self.may_end = asyncio.Event()

    async def complete(
        self, messages: Sequence[Message], *, max_tokens: int = 400, temperature: float = 0.3
    ) -> AsyncIterator[str]:
        async for piece in super().complete(messages, max_tokens=max_tokens):
            place = len(self.asked)
            self.began.put_nowait(place)
            try:
                await asyncio.Event().wait()
            finally:
                self.dropped.put_nowait(place)
                if place == 1:
                    await self.may_end.wait()
            yield piece


class HeldJudge(ScriptedJudge):
    """Judges when it may."""

    def __init__(self) -> None:
        super().__init__()
        self.may_go_on = asyncio.Event()

    async def assess(self, item: AnswerToJudge) -> Assessment:
        await self.may_go_on.wait()
        return await super().assess(item)


@pytest.fixture
def url(tmp_path: Path) -> str:
    """An empty SQLite file."""
    return f"sqlite:///{tmp_path / 'rounds.db'}"


async def answer_and_leave(world: World, session: str, model: HeldModel) -> None:
    """Send an answer, see the interviewer begin to speak, and close the page."""
    updates = await world.service.send(session, LOCAL_OWNER, ANSWER)
    async for update in updates:
        if update == Working("speaking"):
            break
    await model.began.wait()
    await updates.aclose()  # type: ignore[attr-defined]


async def test_a_reply_that_nobody_will_read_is_dropped_and_made_anew(parts: Parts, url: str) -> None:
    model = HeldModel()
    world = make_world(parts, url, model=model, unwatched_s=0.0)
    view = await world.start()
    await answer_and_leave(world, view.id, model)
    await asyncio.wait_for(model.dropped.wait(), 10)
    assert len(said_by(await world.service.view(view.id, LOCAL_OWNER), "interviewer")) == 2

    back = await settle(await world.service.proceed(view.id, LOCAL_OWNER))
    assert (back.turn, len(model.asked)) == (1, 2)
    assert said_by(back, "candidate") == [ANSWER]
    assert len([event for event in world.store.load(view.id) if isinstance(event.payload, Assessed)]) == 1
    await world.service.aclose()


async def test_one_that_ends_late_leaves_the_next_one_droppable(parts: Parts, url: str) -> None:
    model = ReluctantModel()
    world = make_world(parts, url, model=model, unwatched_s=0.0)
    view = await world.start()
    updates = await world.service.send(view.id, LOCAL_OWNER, ANSWER)
    assert await anext(updates) == Working("assessing")
    assert await model.began.get() == 1
    await updates.aclose()  # type: ignore[attr-defined]
    assert await asyncio.wait_for(model.dropped.get(), 10) == 1

    back = await world.service.proceed(view.id, LOCAL_OWNER)
    assert await anext(back) == Working("speaking")
    assert await model.began.get() == 2
    model.may_end.set()
    await asyncio.wait(world.service._work._stopping)
    await back.aclose()  # type: ignore[attr-defined]
    assert await asyncio.wait_for(model.dropped.get(), 10) == 2
    await world.service.aclose()


async def test_whoever_comes_back_in_time_hears_it_to_the_end(parts: Parts, url: str) -> None:
    model = HeldModel()
    world = make_world(parts, url, model=model, unwatched_s=60.0)
    view = await world.start()
    await answer_and_leave(world, view.id, model)
    watching = asyncio.create_task(settle(await world.service.proceed(view.id, LOCAL_OWNER)))
    await asyncio.sleep(0)
    assert not model.dropped.is_set()
    await world.service.aclose()
    await asyncio.wait([watching])
    assert model.dropped.is_set(), "closing the service ends what is under way"
    assert "shutting down" in str(watching.exception())


async def test_an_assessment_is_finished_and_what_follows_it_waits(parts: Parts, url: str) -> None:
    judge = HeldJudge()
    world = make_world(parts, url, judge=judge, unwatched_s=0.0)
    view = await world.start()
    updates = await world.service.send(view.id, LOCAL_OWNER, ANSWER)
    assert await anext(updates) == Working("assessing")
    await updates.aclose()  # type: ignore[attr-defined]
    await asyncio.sleep(0.01)
    judge.may_go_on.set()
    await world.service.drain()
    alone = await world.service.view(view.id, LOCAL_OWNER)
    assert (alone.phase, alone.pending, len(judge.asked)) == ("ready", 0, 1)

    back = [update async for update in await world.service.proceed(view.id, LOCAL_OWNER)]
    assert not any(isinstance(update, Judged) for update in back)
    assert (await world.service.view(view.id, LOCAL_OWNER)).turn == 1
    await world.service.aclose()


async def test_a_stream_gives_a_sign_of_life_while_nothing_happens(
    parts: Parts, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("interviewer.session_work.PULSE_S", 0.01)
    judge = HeldJudge()
    world = make_world(parts, url, judge=judge)
    view = await world.start()
    updates = await world.service.send(view.id, LOCAL_OWNER, ANSWER)
    assert [await anext(updates) for _ in range(3)] == [Working("assessing")] * 3
    judge.may_go_on.set()
    assert (await settle(updates)).turn == 1
    await world.service.aclose()


async def test_a_closed_page_reaches_the_model_server(parts: Parts, url: str) -> None:
    async with FaultyVllm() as server:
        connected = await connect(Connection("server", server.url))
        world = make_world(parts, url, model=connected.model, unwatched_s=0.0)
        with served(world) as address:
            async with httpx.AsyncClient(base_url=f"{address}/api/v1", timeout=30) as client:
                started = await client.post("/sessions", json={"round": "systems", "level": "IC3", "seed": 1})
                place = f"/sessions/{started.json()['id']}"
                server.break_down("hangs_mid_stream")
                stream = {"Accept": "text/event-stream"}
                said = client.stream("POST", f"{place}/messages", json={"text": ANSWER}, headers=stream)
                async with said as answer:
                    lines = answer.aiter_lines()
                    while "speaking" not in await anext(lines):
                        pass
                    await asyncio.wait_for(server.hangs.wait(), 30)
                await asyncio.wait_for(server.hung_up.wait(), 30)
                await server.recover()
                view = (await client.get(place)).json()
    assert (view["turn"], server.served) == (1, 1)
    assert [line["text"] for line in view["lines"]].count(ANSWER) == 1
