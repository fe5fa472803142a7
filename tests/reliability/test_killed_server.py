"""Killing the real server at random moments loses no answer that it acknowledged, and makes none twice."""

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import httpx
import pytest

TINY = Path(__file__).parents[1] / "packs" / "tiny"
KILLS = 20
# From before the request is read until after the next utterance is stored: an answer takes about 0.2 s here.
LONGEST_WAIT_S = 0.35
START_TIMEOUT_S = 120

pytestmark = pytest.mark.slow


class Server:
    """`mockround serve` on the tiny pack, started again on the same port and data folder after every kill."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.folder = folder
        self.starts = 0
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.starts += 1
        log = self.folder / f"serve-{self.starts}.log"
        command = [sys.executable, "-m", "interviewer.cli", "serve", "--port", str(self.port)]
        command += ["--pack", str(TINY), "--data", str(self.folder / "data"), "--llm", "none"]
        with log.open("wb") as out:
            self.process = subprocess.Popen(command, stdout=out, stderr=out, start_new_session=True)
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            assert self.process.poll() is None, log.read_text()
            try:
                if httpx.get(f"{self.url}/readyz", timeout=2).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        pytest.fail(f"The server did not start:\n{log.read_text()}")

    def kill(self) -> None:
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


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
    server = Server(tmp_path)
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
