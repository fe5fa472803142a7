"""A server that is asked to stop ends by itself in time, with many streams open, and loses no answer that it acknowledged."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest
from real_server import Server

from interviewer.server import ENDED_AFTER_S

TINY = Path(__file__).parents[1] / "packs" / "tiny"
TURNS = 60
# Pages of Gradio's hold a stream open for as long as they are there.
PAGES = 40
# What a machine that does something else may take to let the process end; the server's own limit is shorter.
PATIENCE_S = ENDED_AFTER_S + 20

pytestmark = pytest.mark.slow


def answer_of(place: int) -> str:
    return f"Answer {place}: the cache grows with layers, heads, tokens and bytes a number."


async def taken_turns(server: Server) -> list[tuple[str, str]]:
    """Open a stream for every turn and page, then ask the server to stop: what it acknowledged before that."""
    limits = httpx.Limits(max_connections=None)
    async with (
        httpx.AsyncClient(base_url=server.url, timeout=120, limits=limits) as client,
        AsyncExitStack() as open_streams,
    ):
        for place in range(PAGES):
            heartbeat = client.stream("GET", f"/gradio_api/heartbeat/page{place}")
            assert (await open_streams.enter_async_context(heartbeat)).status_code == 200
        sessions = []
        for place in range(TURNS):
            body = {"round": "all", "level": "IC3", "minutes": 600, "seed": place}
            sessions.append(
                (await client.post("/api/v1/sessions", json=body)).raise_for_status().json()["id"]
            )
        acknowledged: list[tuple[str, str]] = []
        stopping = asyncio.Event()

        async def answer(session: str, text: str) -> None:
            message = client.stream(
                "POST",
                f"/api/v1/sessions/{session}/messages",
                json={"text": text},
                headers={"Accept": "text/event-stream", "Idempotency-Key": text.split(":")[0]},
            )
            try:
                async with message as stream:
                    assert stream.status_code == 200
                    acknowledged.append((session, text))
                    if len(acknowledged) == TURNS // 2:
                        stopping.set()
                    async for _ in stream.aiter_lines():
                        pass
            except httpx.TransportError:
                pass

        turns = [
            asyncio.create_task(answer(session, answer_of(place))) for place, session in enumerate(sessions)
        ]
        await stopping.wait()
        assert server.process is not None
        server.process.send_signal(signal.SIGTERM)
        await asyncio.to_thread(server.process.wait, PATIENCE_S)
        await asyncio.gather(*turns)
        return acknowledged


def test_a_server_with_a_hundred_open_streams_ends_in_time_and_loses_nothing(tmp_path: Path) -> None:
    server = Server(tmp_path, TINY)
    try:
        server.start()
        acknowledged = asyncio.run(taken_turns(server))
        assert len(acknowledged) >= TURNS // 2
        assert "Exception" not in (tmp_path / f"serve-{server.port}.log").read_text()
        server.start()
        found: Counter[tuple[str, str]] = Counter()
        with httpx.Client(base_url=f"{server.url}/api/v1/sessions", timeout=120) as client:
            for session in {session for session, _ in acknowledged}:
                lines = client.get(f"/{session}").raise_for_status().json()["lines"]
                found.update((session, line["text"]) for line in lines if line["speaker"] == "candidate")
            assert {item: found[item] for item in acknowledged} == dict.fromkeys(acknowledged, 1)
            # What was being judged is taken up by the next look.
            report = client.get(f"/{acknowledged[0][0]}/report").raise_for_status().json()
            assert report["unscored"] == 0
    finally:
        server.kill()
