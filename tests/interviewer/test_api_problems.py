"""Requests that cannot be served: each gets a problem document with a sentence, and none starts a session."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from api_client import API, JSON, START, make_client, problem
from round_world import make_world

from interviewer.build import Parts
from interviewer.problems import MAX_BODY_BYTES

# One service for all: nothing here changes it.
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(parts: Parts, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[httpx.AsyncClient]:
    world = make_world(parts, f"sqlite:///{tmp_path_factory.mktemp('problems') / 'rounds.db'}")
    async with make_client(world) as made:
        yield made
        assert (await made.get(f"{API}/sessions")).json() == {"sessions": []}
    await world.service.aclose()


BAD_REQUESTS: list[tuple[str, str, dict[str, Any], int, str]] = [
    ("GET", "/nothing", {}, 404, "/docs"),
    ("GET", "/sessions/nope", {}, 404, "no session 'nope'"),
    ("DELETE", "/sessions/nope", {}, 404, "no session"),
    ("GET", "/sessions?limit=0", {}, 422, "between 1 and 10,000"),
    ("GET", "/sessions?limit=10001", {}, 422, "between 1 and 10,000"),
    ("GET", "/sessions?before=yesterday", {}, 422, "`next` of an earlier page"),
    ("GET", "/sessions?before=2026-03-02T10:00:00.000000Z", {}, 422, "`next` of an earlier page"),
    ("GET", "/sessions?before=2026-03-02T10:00:00.000000Z~%00", {}, 422, "`next` of an earlier page"),
    ("GET", "/sessions?before=2026-13-02T10:00:00.000000Z~a", {}, 422, "`next` of an earlier page"),
    ("GET", "/sessions/nope/report", {}, 404, "no session"),
    ("POST", "/sessions/nope/messages", {"json": {"text": "x"}}, 404, "no session"),
    ("POST", "/sessions/nope/actions/hint", {}, 404, "no session"),
    ("POST", "/sessions", {"json": START | {"round": "nope"}}, 404, "choose one of systems, all"),
    ("POST", "/sessions", {"json": START | {"level": "IC9"}}, 404, "choose one of IC1, IC3, IC5"),
    ("POST", "/sessions", {"json": START | {"questions": 0}}, 422, "between 1 and 60"),
    ("POST", "/sessions", {"json": START | {"minutes": 601}}, 422, "between 1 and 600"),
    ("POST", "/sessions", {"json": START | {"follow_ups": -1}}, 422, "follow-ups"),
    ("POST", "/sessions", {"json": START | {"extra": 1}}, 422, "extra"),
    ("POST", "/sessions", {"json": {"round": "systems"}}, 422, "level"),
    ("POST", "/sessions", {"content": b'{"round": ', "headers": JSON}, 422, "not JSON"),
    ("POST", "/sessions", {"content": b"\xff\xfe", "headers": JSON}, 422, "not JSON"),
    ("POST", "/sessions", {"content": b"[" * 100_000, "headers": JSON}, 400, "JSON"),
    ("POST", "/sessions", {"content": b"", "headers": JSON}, 422, "JSON object"),
    ("POST", "/sessions", {"content": b"[1]", "headers": JSON}, 422, "JSON object"),
    (
        "POST",
        "/sessions",
        {"content": b"{}", "headers": {"Content-Type": "text/plain"}},
        422,
        "application/json",
    ),
    ("GET", "/search", {}, 422, "q"),
    ("GET", "/search?q=%20", {}, 422, "search for"),
    ("GET", "/search?q=cache&k=0", {}, 422, "Between 1 and"),
    ("GET", "/search?q=cache&k=many", {}, 422, "k"),
    ("GET", "/search?q=cache&kind=film", {}, 422, "question, guide, note, rubric"),
    ("GET", "/guide", {}, 422, "q"),
    ("GET", "/guide?q=%20", {}, 422, "Write a question"),
    ("POST", "/sessions", {"json": {"level": "IC3"}}, 422, "Name the round"),
    ("POST", "/sessions", {"json": START | {"question_ids": ["nope"]}}, 404, "no question"),
    ("GET", "/questions/nope", {}, 404, "no question 'nope'"),
    ("POST", "/assess", {"json": []}, 422, "JSON object"),
    ("POST", "/assess", {"json": {"item_id": "a"}}, 422, "answer"),
    ("POST", "/assess", {"json": {"item_id": "a", "answer": "x"}}, 422, "question_id"),
    ("POST", "/assess", {"json": {"item_id": "a", "answer": "x", "question_id": "nope"}}, 422, "'nope'"),
    (
        "POST",
        "/assess",
        {"content": b'{"item_id":"a","answer":"credit 1 \\ud800","question_id":"kv-cache"}', "headers": JSON},
        422,
        "surrogate",
    ),
    ("POST", "/followups", {"json": {"question": "nope", "answer": "x"}}, 404, "no question"),
    ("POST", "/followups", {"json": {"question": "kv-cache", "answer": " "}}, 422, "answer"),
    (
        "POST",
        "/followups",
        {"json": {"question": "kv-cache", "answer": "x", "n": 0}},
        422,
        "Between 1 and 10",
    ),
    ("POST", "/followups", {"json": {"question": "kv-cache", "answer": "x", "level": "IC9"}}, 404, "IC9"),
    ("GET", "/problems/nope", {}, 404, "no problem 'nope'"),
    ("POST", "/problems/nope/run", {"json": {"code": "x = 1"}}, 404, "no problem 'nope'"),
    ("POST", "/problems/nope/growth", {"json": {"code": "x = 1"}}, 404, "no problem 'nope'"),
    ("POST", "/problems/top_gap/run", {"json": {}}, 422, "code"),
    ("POST", "/problems/top_gap/run", {"json": {"code": 3}}, 422, "code"),
    ("POST", "/problems/top_gap/run", {"json": {"code": "x", "more": 1}}, 422, "more"),
    ("POST", "/problems/top_gap/run", {"json": {"code": " "}}, 422, "no code to run"),
    ("POST", "/problems/top_gap/run", {"json": {"code": "#" * 50_001}}, 422, "50,001 characters"),
]


@pytest.mark.parametrize(
    ("method", "path", "request_parts", "status", "words"),
    BAD_REQUESTS,
    ids=[f"{number}-{item[0]}{item[1][:24]}" for number, item in enumerate(BAD_REQUESTS)],
)
async def test_what_cannot_be_done_is_a_problem_document(
    client: httpx.AsyncClient, method: str, path: str, request_parts: dict[str, Any], status: int, words: str
) -> None:
    assert words in problem(await client.request(method, API + path, **request_parts), status)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/sessions", "GET, POST, DELETE"),
        ("POST", "/sessions/x", "GET, DELETE"),
        ("GET", "/sessions/x/messages", "POST"),
        ("GET", "/sessions/x/actions/hint", "POST"),
        ("POST", "/sessions/x/report", "GET"),
        ("GET", "/assess", "POST"),
        ("DELETE", "/questions/x", "GET"),
        ("POST", "/problems", "GET"),
        ("GET", "/problems/top_gap/run", "POST"),
    ],
)
async def test_a_wrong_method_is_told_the_right_ones_although_the_page_lies_at_the_root(
    client: httpx.AsyncClient, method: str, path: str, allowed: str
) -> None:
    answer = await client.request(method, API + path)
    assert allowed in problem(answer, 405)
    assert answer.headers["allow"] == allowed


async def test_a_body_that_announces_too_much_is_refused(client: httpx.AsyncClient) -> None:
    body = b'{"text": "' + b"x" * MAX_BODY_BYTES + b'"}'
    answer = await client.post(f"{API}/sessions", content=body, headers=JSON)
    assert "1,000,000 bytes" in problem(answer, 413)


@pytest.mark.parametrize("place", ["/sessions", "/assess", "/followups", "/sessions/x/messages"])
async def test_a_body_in_chunks_is_counted_and_read_no_further_than_the_limit(
    client: httpx.AsyncClient, place: str
) -> None:
    sent = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(1000):
            sent += 100_000
            yield b" " * 100_000

    answer = await client.post(API + place, content=chunks(), headers=JSON)
    assert "1,000,000 bytes" in problem(answer, 413)
    assert sent <= MAX_BODY_BYTES + 200_000


async def test_a_body_in_small_chunks_is_one_body(client: httpx.AsyncClient) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for piece in (b'{"question": "kv-cache",', b' "ans', b'wer": "credit 0.1"}'):
            yield piece

    answer = await client.post(f"{API}/followups", content=chunks(), headers=JSON)
    assert answer.status_code == 200
