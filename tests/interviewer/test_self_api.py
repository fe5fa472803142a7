"""Self-assessment, contests, second tries and exchange over HTTP, as a program uses them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from api_client import API, START, problem

from interviewer.problems import MAX_BODY_BYTES
from interviewer.session_file import MAX_FILE_BYTES

WHERE = f"{API}/self-assessments"
BODY = {
    "question_id": "kv-cache",
    "answer": "credit 0.5 The cache grows.",
    "verdicts": {"cache-grows": "met", "weights-share": "missing"},
}


async def finished(client: httpx.AsyncClient, answer: str) -> str:
    made = await client.post(f"{API}/sessions", json=START | {"questions": 1, "follow_ups": 0})
    session: str = made.json()["id"]
    await client.post(f"{API}/sessions/{session}/messages", json={"text": answer})
    await client.post(f"{API}/sessions/{session}/actions/end")
    return session


async def test_rate_compare_and_read_the_history(client: httpx.AsyncClient) -> None:
    card = (await client.post(f"{WHERE}/criteria", json={"question_id": "kv-cache"})).json()
    assert {"question_id", "title", "prompt", "criteria"} == card.keys()
    assert all({"id", "text", "kind"} == item.keys() for item in card["criteria"])

    made = await client.post(WHERE, json=BODY, headers={"Idempotency-Key": "a"})
    assert made.status_code == 201, made.text
    result = made.json()
    assert (result["overrated"], result["underrated"]) == (["cache-grows"], ["weights-share"])
    assert "wrong" in result["note"]
    again = await client.post(WHERE, json=BODY, headers={"Idempotency-Key": "a"})
    assert again.json() == result

    session = result["session_id"]
    assert (await client.get(f"{WHERE}/{session}")).json() == result
    report = (await client.get(f"{API}/sessions/{session}/report")).json()
    assert report["turns"][0]["own_verdicts"] == BODY["verdicts"]
    assert report["round"] == "self-assessment"
    history = (await client.get(WHERE)).json()
    assert [item["session_id"] for item in history["answers"]] == [session]
    assert {"mean_difference", "low", "high", "answers", "criteria"} <= history["dimensions"][0].keys()
    assert (await client.delete(f"{API}/sessions/{session}")).status_code == 204
    assert (await client.get(WHERE)).json()["answers"] == []


async def test_a_question_of_ones_own(client: httpx.AsyncClient) -> None:
    rubric = {"criteria": [{"id": "lanes", "text": "Says that a warp has 32 lanes."}]}
    body = {
        "question": "What is a warp?",
        "rubric": rubric,
        "answer": "credit 0.9",
        "verdicts": {"lanes": "partial"},
    }
    result = (await client.post(WHERE, json=body)).json()
    assert result["underrated"] == ["lanes"]
    own = {"question": "What is a warp?", "reference": "It has 32 lanes. They run in step."}
    card = (await client.post(f"{WHERE}/criteria", json=own)).json()
    assert [item["id"] for item in card["criteria"]] == ["c1", "c2"]


@pytest.mark.parametrize(
    ("changes", "status", "says"),
    [
        ({"verdicts": {}}, 422, "your own verdict first"),
        ({"verdicts": {"cache-grows": "contradicted"}}, 422, "verdicts.cache-grows"),
        ({"verdicts": {"nothing": "met"}}, 404, "no criterion"),
        ({"question_id": "nothing"}, 404, "no question"),
        ({"question_id": None}, 422, "Choose a question"),
        ({"answer": " "}, 422, "Paste or write"),
        ({"level": "IC7"}, 404, "no level"),
        ({"mood": "calm"}, 422, "mood"),
        ({"rubric": {"criteria": []}}, 422, "rubric.criteria"),
    ],
)
async def test_what_cannot_be_rated_is_a_problem(
    client: httpx.AsyncClient, changes: dict[str, Any], status: int, says: str
) -> None:
    assert says in problem(await client.post(WHERE, json=BODY | changes), status)
    problem(await client.get(f"{WHERE}/nothing"), 404)


async def test_a_verdict_is_contested(client: httpx.AsyncClient) -> None:
    session = await finished(client, "credit 0.0 at first. The last sentence has credit 0.9 in it.")
    report = (await client.get(f"{API}/sessions/{session}/report")).json()
    name = report["turns"][0]["assessment"]["criteria"][0]["id"]
    place = f"{API}/sessions/{session}/actions/contest"
    assert "turn of the report" in problem(await client.post(place, json={"text": "words"}), 422)
    claim = {"turn": 0, "criterion": name, "text": "The last sentence"}
    view = (await client.post(place, json=claim)).json()
    assert view["pending"] == 0
    after = (await client.get(f"{API}/sessions/{session}/report")).json()
    (contest,) = after["turns"][0]["contests"]
    assert (contest["counts"], contest["first"]["credit"], contest["second"]["credit"]) == (True, 0.0, 0.9)
    assert after["turns"][0]["assessment"] == report["turns"][0]["assessment"]
    assert after["score"] > report["score"]
    problem(await client.post(place, json=claim), 409)
    other = report["turns"][0]["assessment"]["criteria"][1]["id"]
    spans = {"turn": 0, "criterion": other, "start": 0, "end": 10**9}
    assert "places in the answer" in problem(await client.post(place, json=spans), 422)


async def test_a_question_is_answered_again(client: httpx.AsyncClient) -> None:
    first = await finished(client, "credit 0.1")
    made = await client.post(f"{API}/sessions", json={"level": "IC3", "again": first, "follow_ups": 0})
    session = made.json()["id"]
    await client.post(f"{API}/sessions/{session}/messages", json={"text": "credit 0.9"})
    report = (await client.get(f"{API}/sessions/{session}/report")).json()
    assert report["questions"][0]["before"]["session_id"] == first
    assert "no session" in problem(
        await client.post(f"{API}/sessions", json={"level": "IC3", "again": "nothing"}), 404
    )


async def test_a_session_is_exported_and_imported(client: httpx.AsyncClient) -> None:
    session = await finished(client, "credit 0.5")
    file = await client.get(f"{API}/sessions/{session}/export")
    assert f'filename="mockround-session-{session}.json"' in file.headers["content-disposition"]
    place = f"{API}/sessions/import"
    assert "nothing was changed" in problem(await client.post(place, content=file.content), 409)
    before = (await client.get(f"{API}/sessions/{session}/report")).json()
    await client.delete(f"{API}/sessions/{session}")
    made = await client.post(place, content=file.content)
    assert made.status_code == 201, made.text
    assert (await client.get(f"{API}/sessions/{session}/report")).json() == before
    assert "not JSON" in problem(await client.post(place, content=b"words"), 422)
    problem(await client.get(f"{API}/sessions/nothing/export"), 404)


async def test_an_imported_file_may_be_larger_than_other_requests(client: httpx.AsyncClient) -> None:
    session = await finished(client, "credit 0.5")
    file = (await client.get(f"{API}/sessions/{session}/export")).content
    await client.delete(f"{API}/sessions/{session}")
    large = file + b" " * MAX_BODY_BYTES
    made = await client.post(f"{API}/sessions/import", content=large)
    assert made.status_code == 201, made.text
    assert "1,000,000 bytes" in problem(await client.post(f"{API}/assess", content=large), 413)


@pytest.mark.parametrize("announced", [True, False])
async def test_a_session_file_has_the_command_lines_limit(client: httpx.AsyncClient, announced: bool) -> None:
    piece = b" " * 1_000_000
    sent = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(MAX_FILE_BYTES // len(piece) + 10):
            sent += len(piece)
            yield piece

    headers = {"Content-Length": str(MAX_FILE_BYTES + 1)} if announced else {}
    answer = await client.post(f"{API}/sessions/import", content=chunks(), headers=headers)
    assert "at most 50,000,000 bytes" in problem(answer, 413)
    assert sent <= (0 if announced else MAX_FILE_BYTES + 2 * len(piece))
