"""Rounds with a real vLLM behind them: its structured outputs, two replicas that share it, and its restart midway."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from real_server import Server
from real_vllm import RealServer

from interviewer.events import Answered, Assessed, Said, Utterance
from interviewer.packs import load_role_pack
from interviewer.personas import sentences
from interviewer.store import EventStore

pytestmark = pytest.mark.vllm

TINY = Path(__file__).parents[1] / "packs" / "tiny"
ANSWER = "The cache grows with layers, heads, tokens and bytes a number; so I watch its share of the memory."
# vLLM on a CPU is slow to begin.
SETTINGS = {"MOCKROUND_LLM_FIRST_TOKEN_S": "120", "MOCKROUND_SECOND_OPINION": "false"}


@pytest.fixture(scope="module")
def replicas(
    vllm_server: RealServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Server, Server]]:
    """Two servers on one database and one model."""
    folder = tmp_path_factory.mktemp("replicas")
    database = f"sqlite:///{folder / 'rounds.db'}"
    llm = ("--llm-url", f"{vllm_server.url}/v1")
    one, two = (Server(folder, TINY, database, llm, SETTINGS) for _ in range(2))
    try:
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(Server.start, (one, two)))
        yield one, two
    finally:
        one.kill()
        two.kill()


@pytest.fixture
def log(replicas: tuple[Server, Server]) -> Iterator[EventStore]:
    store = EventStore(str(replicas[0].db))
    yield store
    store.close()


def begin(server: Server) -> str:
    start = {"round": "all", "level": "IC3", "minutes": 600, "questions": 3, "seed": 2}
    reply = httpx.post(f"{server.url}/api/v1/sessions", json=start, timeout=300)
    assert reply.status_code == 201, reply.text
    return str(reply.json()["id"])


def say(server: Server, session: str, text: str) -> dict[str, Any]:
    reply = httpx.post(f"{server.url}/api/v1/sessions/{session}/messages", json={"text": text}, timeout=300)
    assert reply.status_code == 200, reply.text
    return dict(reply.json())


def test_a_reply_keeps_to_a_json_schema(vllm_server: RealServer) -> None:
    schema = {
        "type": "object",
        "properties": {"grade": {"enum": [0, 1, 2, 3, 4]}, "evidence": {"enum": ["A", "B", "none"]}},
        "required": ["grade", "evidence"],
        "additionalProperties": False,
    }
    body = {
        "model": vllm_server.name,
        "messages": [{"role": "user", "content": "Grade this answer: [A] It is. [B] It is not."}],
        "response_format": {"type": "json_schema", "json_schema": {"name": "grade", "schema": schema}},
        "temperature": 0,
        "max_tokens": 60,
    }
    reply = httpx.post(f"{vllm_server.url}/v1/chat/completions", json=body, timeout=300)
    assert reply.status_code == 200, reply.text
    found = json.loads(reply.json()["choices"][0]["message"]["content"])
    assert set(found) == {"grade", "evidence"}
    assert found["grade"] in range(5)


def test_two_replicas_share_a_model_and_a_round(
    vllm_server: RealServer, replicas: tuple[Server, Server], log: EventStore
) -> None:
    served = vllm_server.metric("vllm:request_success_total")
    session = begin(replicas[0])
    answers = [f"{ANSWER} Step {turn}." for turn in range(4)]
    for turn, answer in enumerate(answers):
        say(replicas[turn % 2], session, answer)
    payloads = [event.payload for event in log.load(session)]
    assert [one.text for one in payloads if isinstance(one, Answered)] == answers
    assessed = [one.turn for one in payloads if isinstance(one, Assessed)]
    assert sorted(set(assessed)) == sorted(assessed)
    assert len(assessed) == len(answers)
    assert vllm_server.metric("vllm:request_success_total") > served


def test_a_round_goes_on_while_the_model_server_restarts(
    vllm_server: RealServer, replicas: tuple[Server, Server], log: EventStore
) -> None:
    session = begin(replicas[0])
    answers: list[str] = []

    def answer_until(done: Callable[[], bool]) -> None:
        # An answer to a follow-up may end its thread, and the next question needs no model.
        for _ in range(3):
            answers.append(worth_digging_into(log, session, len(answers)))
            say(replicas[0], session, answers[-1])
            if done():
                return
        pytest.fail(f"the model was not needed: {spoken()}")

    def spoken() -> list[tuple[str, str, str | None]]:
        said = [event.payload for event in log.load(session) if isinstance(event.payload, Said)]
        return [(one.text[:50], one.origin, one.fallback) for one in said]

    served = vllm_server.metric("vllm:request_success_total")
    answer_until(lambda: vllm_server.metric("vllm:request_success_total") > served)
    vllm_server.stop()
    answer_until(lambda: spoken()[-1][2] == "unavailable")
    vllm_server.start()  # takes longer than the circuit breaker's cool-down
    answer_until(lambda: has_served(vllm_server))
    payloads = [event.payload for event in log.load(session)]
    assert [one.text for one in payloads if isinstance(one, Answered)] == answers
    assert sum(isinstance(one, Assessed) for one in payloads) == len(answers)


def has_served(server: RealServer) -> bool:
    """Whether a server serves anything within a minute: what is asked in the background is waited for too."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if server.metric("vllm:request_success_total") > 0:
            return True
        time.sleep(1)
    return False


def worth_digging_into(log: EventStore, session: str, turn: int) -> str:
    """To a question the first half of its model answer, which leaves something to ask; to a follow-up little."""
    payloads = [event.payload for event in log.load(session)]
    last = next(one for one in reversed(payloads) if isinstance(one, Said) and one.question_id)
    if last.utterance is not Utterance.QUESTION:
        return f"I would measure it first, and then change one thing at a time; this is answer {turn}."
    said = sentences(load_role_pack(TINY).pack.question(last.question_id).model_answer)
    return " ".join(said[: len(said) // 2])
