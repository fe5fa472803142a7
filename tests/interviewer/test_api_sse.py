"""Server-sent events: what a client sees of an answer being worked on, in which order, and what it may miss."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from api_client import served
from round_world import ScriptedJudge, World, make_world

from interviewer.api import create_api
from interviewer.build import Parts
from interviewer.errors import StoreUnavailable
from interviewer.judge.protocol import AnswerToJudge
from rubrics import Assessment

API = "/api/v1"
START = {"round": "systems", "level": "IC3", "seed": 1}
STREAM = {"Accept": "text/event-stream"}
ANSWER = "credit 0.9 “Größe” of the cache 🧮"


@dataclass(frozen=True)
class ServerEvent:
    """An event of a stream."""

    name: str
    data: dict[str, Any]


def read_events(text: str) -> list[ServerEvent]:
    """The events of a stream, after the HTML standard's grammar: fields of a line each, a blank line after an event."""
    events = []
    for block in text.replace("\r\n", "\n").strip("\n").split("\n\n"):
        fields = [line.split(": ", 1) for line in block.split("\n") if not line.startswith(":")]
        data = "\n".join(value for name, value in fields if name == "data")
        events.append(ServerEvent(dict(fields)["event"], json.loads(data)))  # type: ignore[arg-type]
    return events


@pytest_asyncio.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """The API in this process; a stream is read when it is over."""
    transport = httpx.ASGITransport(create_api(world.service))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:7860") as made:
        yield made


async def start(client: httpx.AsyncClient) -> str:
    name: str = (await client.post(f"{API}/sessions", json=START)).json()["id"]
    return name


async def stream(client: httpx.AsyncClient, session: str, text: str, **headers: str) -> list[ServerEvent]:
    place = f"{API}/sessions/{session}/messages"
    answer = await client.post(place, json={"text": text}, headers=STREAM | headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
    return read_events(answer.text)


async def test_an_answer_is_judged_then_spoken_to_and_settled_last(client: httpx.AsyncClient) -> None:
    session = await start(client)
    events = await stream(client, session, ANSWER)
    names = [event.name for event in events]
    order = list(dict.fromkeys(names))
    assert order == ["working", "judged", "delta", "spoken", "settled"]
    assert [event.data["what"] for event in events if event.name == "working"] == ["assessing", "speaking"]
    assert names.count("settled") == 1
    spoken = next(event for event in events if event.name == "spoken").data["line"]
    assert "".join(event.data["text"] for event in events if event.name == "delta") == spoken["text"]
    view = events[-1].data["view"]
    assert view["lines"][-1] == spoken
    assert view["lines"][-2]["text"] == ANSWER
    assert view == (await client.get(f"{API}/sessions/{session}")).json()


async def test_a_button_streams_too(client: httpx.AsyncClient) -> None:
    session = await start(client)
    answer = await client.post(f"{API}/sessions/{session}/actions/hint", headers=STREAM)
    names = [event.name for event in read_events(answer.text)]
    assert (names[0], names[-1]) == ("working", "settled")
    assert "judged" not in names


async def test_the_same_message_again_settles_at_once_and_says_nothing_twice(
    client: httpx.AsyncClient,
) -> None:
    session = await start(client)
    key = {"Idempotency-Key": "once"}
    first = await stream(client, session, ANSWER, **key)
    again = await stream(client, session, ANSWER, **key)
    assert [event.name for event in again] == ["settled"]
    assert again[-1] == first[-1]


async def test_a_refused_message_is_a_problem_and_no_stream(client: httpx.AsyncClient) -> None:
    session = await start(client)
    answer = await client.post(f"{API}/sessions/{session}/messages", json={"text": ""}, headers=STREAM)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


async def test_an_answer_that_cannot_be_judged_says_so_and_the_round_goes_on(
    client: httpx.AsyncClient,
) -> None:
    session = await start(client)
    events = await stream(client, session, "judge fails")
    judged = next(event for event in events if event.name == "judged")
    assert judged.data["assessment"] is None
    assert "does not answer" in judged.data["reason"]
    assert events[-1].data["view"]["pending"] == 1
    assert events[-1].data["view"]["phase"] == "open"


async def test_a_stream_that_breaks_off_ends_with_a_problem_and_the_answer_is_kept(
    client: httpx.AsyncClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await start(client)
    append = world.store.append
    calls = 0

    def fails_after_the_answer(*args: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls > 1:
            raise StoreUnavailable("The database does not answer; try again in a moment.")
        return append(*args, **options)

    monkeypatch.setattr(world.store, "append", fails_after_the_answer)
    last = (await stream(client, session, ANSWER))[-1]
    assert last.name == "error"
    assert last.data == {
        "type": "about:blank",
        "title": "Storage is unavailable",
        "status": 503,
        "detail": "The database does not answer; try again in a moment.",
    }
    monkeypatch.undo()
    view = (await client.get(f"{API}/sessions/{session}")).json()
    assert [line["text"] for line in view["lines"]].count(ANSWER) == 1
    assert view["turn"] == 1, "a reload takes up what was interrupted"


async def test_a_stream_that_meets_an_error_of_ours_tells_nothing_of_our_insides(
    client: httpx.AsyncClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await start(client)

    async def breaks(_item: AnswerToJudge) -> Assessment:
        raise RuntimeError("secret")

    monkeypatch.setattr(world.judge, "assess", breaks)
    last = (await stream(client, session, ANSWER))[-1]
    assert (last.name, last.data["status"]) == ("error", 500)
    assert "secret" not in json.dumps(last.data)


# Over a real connection


class HeldJudge(ScriptedJudge):
    """Waits until the test lets it judge; `begun` says that an answer has reached it."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = threading.Event()
        self.may_go_on = threading.Event()

    async def assess(self, item: AnswerToJudge) -> Assessment:
        self.begun.set()
        await asyncio.to_thread(self.may_go_on.wait, 30)
        return await super().assess(item)


def test_a_client_that_goes_away_misses_words_and_no_work(parts: Parts, tmp_path: Path) -> None:
    judge = HeldJudge()
    world = make_world(parts, f"sqlite:///{tmp_path / 'rounds.db'}", judge=judge)
    with served(world) as url, httpx.Client(base_url=url, timeout=30) as client:
        session = client.post(f"{API}/sessions", json=START).json()["id"]
        place = f"{API}/sessions/{session}/messages"
        with client.stream("POST", place, json={"text": ANSWER}, headers=STREAM) as answer:
            assert next(answer.iter_lines()) == "event: working"
            assert judge.begun.wait(30)
        judge.may_go_on.set()
        # Nobody watches now; a reload waits for what is under way and sees it.
        view = client.get(f"{API}/sessions/{session}").json()
        assert (view["phase"], view["turn"], view["pending"]) == ("open", 1, 0)
        assert [line["text"] for line in view["lines"]].count(ANSWER) == 1
        assert len(judge.asked) == 1


def test_a_reload_while_the_answer_is_judged_joins_the_same_work(parts: Parts, tmp_path: Path) -> None:
    judge = HeldJudge()
    world = make_world(parts, f"sqlite:///{tmp_path / 'rounds.db'}", judge=judge)
    with served(world) as url, httpx.Client(base_url=url, timeout=30) as client:
        session = client.post(f"{API}/sessions", json=START).json()["id"]
        place = f"{API}/sessions/{session}/messages"
        seen: list[list[ServerEvent]] = []

        def send() -> None:
            answer = httpx.post(
                url + place, json={"text": ANSWER}, headers=STREAM | {"Idempotency-Key": "one"}, timeout=30
            )
            seen.append(read_events(answer.text))

        senders = [threading.Thread(target=send) for _ in range(3)]
        for sender in senders:
            sender.start()
        assert judge.begun.wait(30)
        judge.may_go_on.set()
        view = client.get(f"{API}/sessions/{session}").json()
        for sender in senders:
            sender.join(30)
        assert len(seen) == 3
        assert {json.dumps(events[-1].data["view"]["lines"]) for events in seen} == {
            json.dumps(view["lines"])
        }
        assert len(judge.asked) == 1


def test_words_arrive_while_the_round_is_still_at_work(parts: Parts, tmp_path: Path) -> None:
    judge = HeldJudge()
    world = make_world(parts, f"sqlite:///{tmp_path / 'rounds.db'}", judge=judge)
    with served(world) as url, httpx.Client(base_url=url, timeout=30) as client:
        session = client.post(f"{API}/sessions", json=START).json()["id"]
        place = f"{API}/sessions/{session}/messages"
        with client.stream("POST", place, json={"text": ANSWER}, headers=STREAM) as answer:
            lines = answer.iter_lines()
            # The judge is held: this can only come before it.
            assert next(lines) == "event: working"
            assert answer.headers["x-accel-buffering"] == "no"
            judge.may_go_on.set()
            assert [line for line in lines if line.startswith("event: ")][-1] == "event: settled"
