"""Killing the real server at random moments loses no answer that it acknowledged, and makes none twice."""

import random
import threading
from collections import Counter
from pathlib import Path

import httpx
import pytest
from real_server import Server

TINY = Path(__file__).parents[1] / "packs" / "tiny"
KILLS = 20
# From before the request is read until after the next utterance is stored: an answer takes about 0.2 s here.
LONGEST_WAIT_S = 0.35

pytestmark = pytest.mark.slow


class Candidate:
    """Answers over the HTTP API, keeps what was acknowledged, and sends again what was not."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.session = ""
        self.acknowledged: list[tuple[str, str]] = []
        self.count = 0

    def open_session(self) -> None:
        body = {"round": "all", "level": "IC3", "minutes": 600, "seed": self.count}
        with httpx.Client(base_url=self.server.url, timeout=60) as client:
            if not self.session or client.get(f"/api/v1/sessions/{self.session}").json()["phase"] != "open":
                self.session = client.post("/api/v1/sessions", json=body).raise_for_status().json()["id"]

    def answer(self) -> tuple[str, bool]:
        """Send a new answer; whether the server said that it has it. A second return of False is no promise."""
        self.count += 1
        text = f"Answer {self.count}: the cache grows with layers, heads, tokens and bytes a number."
        return text, self._send(text)

    def send_again(self, text: str) -> None:
        assert self._send(text), "a server that runs takes the answer"

    def _send(self, text: str) -> bool:
        taken = False
        headers = {"Accept": "text/event-stream", "Idempotency-Key": text.split(":")[0]}
        path = f"{self.server.url}/api/v1/sessions/{self.session}/messages"
        try:
            with httpx.stream("POST", path, json={"text": text}, headers=headers, timeout=60) as answer:
                assert answer.status_code == 200, answer.read()
                taken = True
                self.acknowledged.append((self.session, text))
                for _ in answer.iter_lines():
                    pass
        except httpx.TransportError:
            pass
        return taken

    def stored(self) -> Counter[tuple[str, str]]:
        """Every answer of every session that this candidate had, with how often it is there."""
        found: Counter[tuple[str, str]] = Counter()
        for session in {name for name, _ in self.acknowledged} | {self.session}:
            view = httpx.get(f"{self.server.url}/api/v1/sessions/{session}", timeout=60).raise_for_status()
            lines = view.json()["lines"]
            found.update((session, line["text"]) for line in lines if line["speaker"] == "candidate")
        return found


def test_no_acknowledged_answer_is_lost_and_none_is_made_twice(tmp_path: Path) -> None:
    rng = random.Random(20)
    server = Server(tmp_path, TINY)
    candidate = Candidate(server)
    kills = taken_before_kill = 0
    try:
        server.start()
        for _ in range(KILLS):
            candidate.open_session()
            killer = threading.Timer(rng.uniform(0, LONGEST_WAIT_S), server.kill)
            killer.start()
            text, taken = candidate.answer()
            killer.join()
            kills += 1
            taken_before_kill += taken
            server.start()
            stored = candidate.stored()
            assert all(stored[item] == 1 for item in candidate.acknowledged)
            assert stored[candidate.session, text] <= 1
            # Whatever became of the request, the same message sent again is there once.
            candidate.send_again(text)
            assert candidate.stored()[candidate.session, text] == 1
        stored = candidate.stored()
        assert set(stored.values()) == {1}
        assert len(stored) == candidate.count == KILLS
        for session in {name for name, _ in stored}:
            report = httpx.get(f"{server.url}/api/v1/sessions/{session}/report", timeout=60).json()
            assert report["unscored"] == 0, "what was interrupted is judged after the restart"
    finally:
        server.kill()
    assert server.starts == kills + 1
    assert taken_before_kill > 0, "some kills came after the server had said that it has the answer"
