"""The HTTP API as a program uses it: every route, what it answers, and a problem document for everything that fails."""

from __future__ import annotations

import io
import re
from typing import Any

import httpx
import pytest
from api_client import API, START, problem
from pypdf import PdfReader
from round_world import REPORT_KEYS, World

from interviewer.errors import StoreConflict, StoreFull, StoreUnavailable
from interviewer.llm.errors import ModelUnavailable
from retrieval import RetrievalError

ANSWER = "credit 0.9 The cache grows with batch and length."


async def start(client: httpx.AsyncClient, **changes: Any) -> str:
    answer = await client.post(f"{API}/sessions", json=START | changes)
    assert answer.status_code == 201, answer.text
    name: str = answer.json()["id"]
    return name


async def say(client: httpx.AsyncClient, session: str, text: str, **headers: str) -> httpx.Response:
    return await client.post(f"{API}/sessions/{session}/messages", json={"text": text}, headers=headers)


async def press(client: httpx.AsyncClient, session: str, action: str, **body: Any) -> httpx.Response:
    return await client.post(f"{API}/sessions/{session}/actions/{action}", json=body or None)


# A round


async def test_a_round_from_start_to_deletion(client: httpx.AsyncClient) -> None:
    created = (await client.post(f"{API}/sessions", json=START)).json()
    session = created["id"]
    assert [line["utterance"] for line in created["lines"]] == ["intro", "question"]
    assert (created["phase"], created["turn"], created["question_number"]) == ("open", 0, 1)

    hinted = (await press(client, session, "hint")).json()
    assert hinted["lines"][-1]["utterance"] == "hint"
    assert hinted["hints_left"] == created["hints_left"] - 1
    clarified = (await press(client, session, "clarify", text="Which GPU is it?")).json()
    assert clarified["lines"][-1]["text"] == "An H100 with 80 GB."
    repeated = (await press(client, session, "repeat")).json()
    assert created["lines"][-1]["text"] in repeated["lines"][-1]["text"]
    assert (await press(client, session, "pause")).json()["paused"] is True
    assert (await press(client, session, "resume")).json()["paused"] is False

    answered = (await say(client, session, ANSWER)).json()
    assert answered["turn"] == 1
    assert ANSWER in [line["text"] for line in answered["lines"]]
    assert answered == (await client.get(f"{API}/sessions/{session}")).json()
    assert (await press(client, session, "skip")).json()["turn"] == 2
    ended = (await press(client, session, "end")).json()
    assert ended["finished"] is True

    listed = (await client.get(f"{API}/sessions")).json()["sessions"]
    assert [(item["id"], item["finished"]) for item in listed] == [(session, True)]
    assert (await client.delete(f"{API}/sessions/{session}")).status_code == 204
    assert (await client.get(f"{API}/sessions")).json() == {"sessions": []}
    problem(await client.get(f"{API}/sessions/{session}"), 404)


async def test_everything_is_deleted_only_when_that_is_said(client: httpx.AsyncClient) -> None:
    session = await start(client)
    await say(client, session, ANSWER)
    set_to = await client.patch(f"{API}/readiness", json={"level": "IC5"})
    assert set_to.json()["level"] == "IC5"
    for call in ("", "?confirm=yes"):
        problem(await client.delete(f"{API}/sessions{call}"), 422)
    assert (await client.delete(f"{API}/sessions?confirm=everything")).json() == {"sessions": 1}
    assert (await client.get(f"{API}/sessions")).json() == {"sessions": []}
    problem(await client.get(f"{API}/sessions/{session}"), 404)
    assert (await client.get(f"{API}/readiness")).json()["level"] == "IC3"


async def test_sessions_are_listed_in_pages(client: httpx.AsyncClient) -> None:
    made = {await start(client) for _ in range(5)}
    listed: list[str] = []
    place: str | None = f"{API}/sessions?limit=2"
    sizes = []
    while place is not None:
        page = (await client.get(place)).json()
        listed += [item["id"] for item in page["sessions"]]
        sizes.append(len(page["sessions"]))
        place = f"{API}/sessions?limit=2&before={page['next']}" if "next" in page else None
    assert sizes == [2, 2, 1]
    assert sorted(listed) == sorted(made)
    assert (await client.get(f"{API}/sessions?limit=5")).json().keys() == {"sessions"}
    whole = (await client.get(f"{API}/sessions")).json()
    assert [item["id"] for item in whole["sessions"]] == listed


async def test_the_report_has_what_the_contract_names(client: httpx.AsyncClient) -> None:
    session = await start(client)
    await say(client, session, ANSWER)
    await press(client, session, "end")
    report = (await client.get(f"{API}/sessions/{session}/report")).json()
    assert report.keys() >= REPORT_KEYS
    turn = report["turns"][0]
    assert (turn["kind"], turn["answer"], turn["origin"]) == ("question", ANSWER, "bank")
    assert {"question_id", "criterion_ids", "prompt", "assessment"} <= turn.keys()
    assert 0 < report["score"] <= 1


async def test_a_report_comes_as_markdown_and_as_pdf_too(client: httpx.AsyncClient) -> None:
    session = await start(client)
    await say(client, session, ANSWER)
    place = f"{API}/sessions/{session}/report"
    markdown = await client.get(place, params={"format": "md"})
    assert markdown.headers["content-type"].startswith("text/markdown")
    assert "batch and length" in markdown.text
    pdf = await client.get(place, params={"format": "pdf"})
    assert pdf.headers["content-type"] == "application/pdf"
    assert f'filename="mockround-{session}.pdf"' in pdf.headers["content-disposition"]
    assert "batch and length" in " ".join(
        page.extract_text() for page in PdfReader(io.BytesIO(pdf.content)).pages
    )
    problem(await client.get(place, params={"format": "docx"}), 422)


async def test_a_failed_assessment_is_pending_until_it_is_retried(
    client: httpx.AsyncClient, world: World
) -> None:
    session = await start(client)
    assert (await say(client, session, "judge fails credit 0.9")).json()["pending"] == 1
    world.judge.broken = False
    assert (await press(client, session, "retry")).json()["pending"] == 0


# Sending twice


async def test_a_message_sent_again_with_its_key_is_one_message(client: httpx.AsyncClient) -> None:
    session = await start(client)
    key = {"Idempotency-Key": "a-1"}
    first = await say(client, session, ANSWER, **key)
    again = await say(client, session, ANSWER, **key)
    assert again.status_code == 200
    assert again.json() == first.json()
    other = await say(client, session, ANSWER, **{"Idempotency-Key": "a-2"})
    assert [line["text"] for line in other.json()["lines"]].count(ANSWER) == 2


async def test_a_session_asked_for_again_with_its_key_is_one_session(client: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": "s-1"}
    made = [(await client.post(f"{API}/sessions", json=START, headers=key)).json()["id"] for _ in range(2)]
    assert made[0] == made[1]
    assert len((await client.get(f"{API}/sessions")).json()["sessions"]) == 1


async def test_a_button_pressed_again_with_its_key_is_pressed_once(client: httpx.AsyncClient) -> None:
    session = await start(client)
    place = f"{API}/sessions/{session}/actions/hint"
    for _ in range(2):
        view = (await client.post(place, headers={"Idempotency-Key": "h-1"})).json()
    assert [line["utterance"] for line in view["lines"]].count("hint") == 1


# What fails says why

MESSAGES: list[tuple[dict[str, Any], dict[str, str], int, str]] = [
    ({"text": ""}, {}, 422, "empty"),
    ({"text": " \n\t\u0000 "}, {}, 422, "empty"),
    ({"text": "x" * 20_001}, {}, 422, "20,001 characters"),
    ({"text": "x", "turn": 7}, {}, 409, "moved on"),
    ({"text": "x", "turn": "first"}, {}, 422, "turn"),
    ({"text": 5}, {}, 422, "text"),
    ({"text": "x"}, {"Idempotency-Key": "k" * 121}, 422, "Idempotency-Key"),
]


@pytest.mark.parametrize(("body", "headers", "status", "words"), MESSAGES)
async def test_a_message_that_cannot_be_taken_changes_nothing(
    client: httpx.AsyncClient, body: dict[str, Any], headers: dict[str, str], status: int, words: str
) -> None:
    session = await start(client)
    before = (await client.get(f"{API}/sessions/{session}")).json()
    answer = await client.post(f"{API}/sessions/{session}/messages", json=body, headers=headers)
    assert words in problem(answer, status)
    assert (await client.get(f"{API}/sessions/{session}")).json() == before


@pytest.mark.parametrize(
    ("action", "status", "words"),
    [
        ("fly", 404, "choose one of hint"),
        ("clarify", 422, "clarified"),
        ("contest", 422, "the turn of the report"),
    ],
)
async def test_an_action_that_cannot_be_done_says_why(
    client: httpx.AsyncClient, action: str, status: int, words: str
) -> None:
    session = await start(client)
    assert words in problem(await press(client, session, action), status)


async def test_after_the_end_everything_but_the_report_is_refused(client: httpx.AsyncClient) -> None:
    session = await start(client)
    await press(client, session, "end")
    for action in ("end", "hint", "skip", "repeat", "pause", "resume"):
        assert "over" in problem(await press(client, session, action), 409)
    assert "over" in problem(await say(client, session, ANSWER), 409)
    assert (await client.get(f"{API}/sessions/{session}/report")).status_code == 200


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (StoreUnavailable("The database does not answer; try again in a moment."), 503),
        (StoreFull("The disk is full; free some space and send it again."), 507),
        (StoreConflict("The interview was continued somewhere else; reload it."), 409),
        (ModelUnavailable("The model server does not answer; start it."), 503),
        (RetrievalError("The embedding model cannot be loaded; run make install."), 503),
    ],
)
async def test_what_stands_behind_the_service_may_fail(
    client: httpx.AsyncClient, world: World, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    def fail(*_args: object, **_options: object) -> None:
        raise error

    monkeypatch.setattr(world.service.store, "list", fail)
    assert problem(await client.get(f"{API}/sessions"), status) == str(error)


async def test_an_error_of_ours_tells_nothing_of_our_insides(
    client: httpx.AsyncClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object) -> None:
        raise RuntimeError("/home/somebody/secret")

    monkeypatch.setattr(world.service.store, "list", fail)
    assert "secret" not in problem(await client.get(f"{API}/sessions"), 500)
    metrics = (await client.get("/metrics")).text
    assert re.search(r'mockround_requests_total\{route="/api/v1/sessions",status="500"\} 1\.0', metrics)


# The bank


@pytest.fixture
def answer_row() -> dict[str, Any]:
    return {"item_id": "a", "answer": ANSWER, "question_id": "kv-cache", "level": "IC3"}


async def test_assess_takes_and_gives_rows_of_bulk_scoring(
    client: httpx.AsyncClient, answer_row: dict[str, Any]
) -> None:
    row = (await client.post(f"{API}/assess", json=answer_row)).json()
    assert row.keys() == {
        "item_id",
        "score",
        "band",
        "uncertainty",
        "criteria",
        "flags",
        "unscored_reason",
        "judge",
    }
    assert row["item_id"] == "a"
    assert 0.8 < row["score"] <= 1
    for criterion in row["criteria"]:
        for piece in criterion["evidence"]:
            assert ANSWER[piece["start"] : piece["end"]] == piece["text"]


async def test_assess_takes_a_question_of_its_own(client: httpx.AsyncClient) -> None:
    rubric = {"criteria": [{"id": "one", "text": "Names the cache.", "weight": 2}]}
    row = {"item_id": "b", "answer": "credit 0.5", "question": "What grows?", "rubric": rubric}
    found = (await client.post(f"{API}/assess", json=row)).json()
    assert [item["id"] for item in found["criteria"]] == ["one"]
    assert found["score"] == pytest.approx(0.5)


async def test_follow_ups_of_a_bank_question_come_with_their_targets(
    client: httpx.AsyncClient, world: World
) -> None:
    body = {"question": "kv-cache", "answer": "credit 0.1", "n": 2, "level": "IC3"}
    found = (await client.post(f"{API}/followups", json=body)).json()
    known = {criterion.id for criterion in world.service.role.rubrics["kv-cache"].criteria}
    assert len(found["followups"]) == 2
    for item in found["followups"]:
        assert item.keys() >= {"text", "targets", "grounds", "origin", "novelty"}
        assert set(item["targets"]) <= known
        assert item["origin"] == "bank"
        assert 0 <= item["novelty"] <= 1
    assert found["rejected"] == []


async def test_search_gives_each_item_once_best_first(client: httpx.AsyncClient) -> None:
    found = (await client.get(f"{API}/search", params={"q": "paged cache blocks", "k": 5})).json()
    assert found["query"] == "paged cache blocks"
    assert found["took_ms"] >= 0
    hits = found["hits"]
    assert [hit["rank"] for hit in hits] == [1, 2, 3, 4, 5]
    assert [hit["score"] for hit in hits] == sorted((hit["score"] for hit in hits), reverse=True)
    assert len({(hit["kind"], hit["id"]) for hit in hits}) == 5
    assert hits[0].keys() == {"id", "passage_id", "kind", "title", "text", "score", "rank", "source"}
    notes = (await client.get(f"{API}/search", params={"q": "cache", "kind": "note,guide"})).json()["hits"]
    assert {hit["kind"] for hit in notes} == {"note", "guide"}


async def test_the_guide_is_asked(client: httpx.AsyncClient) -> None:
    # Hashed words lie far apart: the passage's own words are asked for.
    asked = "How long does the process take? From the first call to an offer it takes about four weeks."
    found = (await client.get(f"{API}/guide", params={"q": asked})).json()
    assert found.keys() == {"question", "sentences", "passages", "model", "note"}
    assert (found["sentences"], found["model"]) == ([], None)
    assert found["passages"][0].keys() == {"id", "kind", "title", "file", "text"}
    assert "four weeks" in found["passages"][0]["text"]


async def test_questions_are_filtered_and_hold_no_spoilers(client: httpx.AsyncClient, world: World) -> None:
    every = (await client.get(f"{API}/questions")).json()["questions"]
    assert [item["id"] for item in every] == [item.id for item in world.service.role.pack.questions]
    maths = (await client.get(f"{API}/questions", params={"category": "math", "level": "IC1"})).json()
    assert [item["id"] for item in maths["questions"]] == ["variance"]
    assert (await client.get(f"{API}/questions", params={"round": "nope"})).json() == {"questions": []}
    one = (await client.get(f"{API}/questions/kv-cache")).json()
    assert one in every
    assert not one.keys() & {"model_answer", "follow_ups", "hints", "rubric", "common_wrong_answer"}
