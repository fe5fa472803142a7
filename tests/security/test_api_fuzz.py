"""Requests that no client would send: each gets an answer, and every refusal is a problem document.

MOCKROUND_FUZZ_REQUESTS says how many.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest
from api_client import make_client
from fuzzed_requests import Known, Sent, fuzzed_requests
from hostile_world import Stored, store_things
from round_world import World, make_world

from interviewer.api import create_api
from interviewer.build import Parts

# Read on import: the guard of all tests removes the settings of the shell.
REQUESTS = int(os.environ.get("MOCKROUND_FUZZ_REQUESTS", "2000"))
# Far more than any of them takes: what is still at work then hangs.
HANG_S = 60
DOCUMENTED = {503, 507}
PROBLEM_KEYS = {"type", "title", "status", "detail"}


def known_things(world: World, stored: Stored) -> Known:
    """What is there to be named."""
    pack, rubrics = world.service.role.pack, world.service.role.rubrics
    question = pack.questions[0].id
    criteria = [item.id for item in rubrics[question].criteria]
    values = {
        "session_id": stored.sessions,
        "loop_id": [stored.loop],
        "action": ["hint", "skip", "clarify", "repeat", "pause", "resume", "retry", "contest", "end"],
        "question_id": [item.id for item in pack.questions],
        "problem_id": [item.info.id for item in pack.problems],
        "round": [item.id for item in pack.info.rounds],
        "level": [item.id for item in pack.info.levels],
        "area": [[item.id] for item in pack.info.categories],
        "category": [item.id for item in pack.info.categories],
        "format": ["json", "md", "pdf"],
        "kind": ["question", "guide", "note", "rubric", "question,note"],
        "k": [1, 50],
    }
    subject = {"question_id": question}
    bodies = {
        "/sessions": {"round": "all", "level": "IC3"},
        "/sessions/{session_id}/messages": {"text": "credit 0.9"},
        "/sessions/{session_id}/actions/{action}": {"turn": 0, "criterion": criteria[0], "text": "journal"},
        "/sessions/import": {"format": "mockround-session", "version": 1},
        "/self-assessments/criteria": subject,
        "/self-assessments": {**subject, "answer": "credit 0.4", "verdicts": {criteria[0]: "met"}},
        "/loops": {"level": "IC3"},
        "/loops/{loop_id}/stages": {"stage": "test"},
        "/assess": {**subject, "item_id": "a", "answer": "credit 0.4"},
        "/followups": {"question": question, "answer": "credit 0.4"},
        "/readiness": {
            "interview_on": "9999-12-31",
            "level": "IC3",
            "ratings": {pack.info.categories[0].id: 2},
        },
    }
    return Known(values, {f"/api/v1{path}": body for path, body in bodies.items()})


def faults_of(answer: httpx.Response, sent: Sent) -> list[str]:
    """What is wrong with an answer."""
    status = answer.status_code
    if status >= 500 and status not in DOCUMENTED:
        return [f"status {status}"]
    kind = answer.headers.get("content-type", "").partition(";")[0]
    if status >= 400:
        if kind != "application/problem+json":
            return [f"an error as {kind!r}"]
        problem = answer.json()
        if problem.keys() != PROBLEM_KEYS or problem["status"] != status:
            return [f"no problem document: {problem}"]
        return [] if problem["detail"].endswith((".", "…")) else [f"no sentence: {problem['detail']!r}"]
    declared: dict[str, Any] = sent.responses.get(str(status), {}).get("content", {})
    if str(status) not in sent.responses:
        return [f"status {status} is not declared"]
    schema = declared.get("application/json", {}).get("schema")
    if schema and kind == "application/json":
        return [
            f"not as declared: {error.message}"
            for error in jsonschema_rs.validator_for(schema).iter_errors(answer.json())
        ]
    return []


@pytest.mark.slow
async def test_no_request_breaks_the_api(
    hostile_parts: Parts, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOCKROUND_RUN_CODE", "off")  # programs are tests/sandbox's matter
    world = make_world(hostile_parts, f"sqlite:///{tmp_path / 'rounds.db'}")
    stored = await store_things(world)
    document = create_api(world.service).openapi()
    made = fuzzed_requests(document, REQUESTS, known_things(world, stored))
    operations = {f"{method.upper()} {path}" for path, item in document["paths"].items() for method in item}
    assert {sent.operation for sent in made} == operations
    assert len(made) >= REQUESTS
    caplog.set_level(logging.ERROR)
    found: list[str] = []
    statuses: Counter[int] = Counter()
    async with make_client(world) as client:
        for sent in made:
            try:
                async with asyncio.timeout(HANG_S):
                    answer = await client.request(
                        sent.method, sent.url, headers=dict(sent.headers), content=sent.body
                    )
            except TimeoutError:
                found.append(f"hangs: {sent}")
                continue
            statuses[answer.status_code] += 1
            found += [f"{fault}: {sent}" for fault in faults_of(answer, sent)]
            found += [f"{record.getMessage()}: {sent}" for record in caplog.records]
            caplog.clear()
    await world.service.aclose()
    assert found == []
    # What was made gets past the door often enough to be worth its time.
    assert statuses[200] + statuses[201] >= len(made) / 5, statuses
