"""More than a hundred attempts to get out, to look, to stay or to use up the machine. None succeeds."""

from __future__ import annotations

import os
import re
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from attempts import ATTEMPTS, Attempt
from sandbox_world import TINY, case_of, needs_bubblewrap, run

import interviewer.config
from interviewer.sandbox.pool import Pool

pytestmark = needs_bubblewrap

MARK = "a-word-that-only-the-judge-knows"


class Outside:
    """What lies outside a sandbox and is worth getting at; it notices who got there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        (self.data / "problems").mkdir(parents=True)
        (self.data / "problems" / "secret.jsonl").write_text(MARK)
        (folder / "secret.txt").write_text(MARK)
        self.tcp = socket.create_server(("127.0.0.1", 0))
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", 0))
        self.unix = socket.socket(socket.AF_UNIX)
        self.unix.bind(str(folder / "unix"))
        self.abstract = socket.socket(socket.AF_UNIX)
        self.abstract.bind(f"\0mockround-{os.getpid()}")
        for listener in (self.unix, self.abstract):
            listener.listen()
        self.listeners = (self.tcp, self.udp, self.unix, self.abstract)
        for listener in self.listeners:
            listener.setblocking(False)
        self.signals: list[int] = []

    def world(self, n: int) -> dict[str, Any]:
        """What an attempt is told."""
        return {
            "n": n,
            "tcp": self.tcp.getsockname()[1],
            "udp": self.udp.getsockname()[1],
            "unix": str(self.folder / "unix"),
            "abstract": f"mockround-{os.getpid()}",
            "home": str(self.folder),
            "data": str(self.data),
            "pack": str(TINY),
            "program": interviewer.config.__file__,
            "pid": os.getpid(),
            "mark": MARK[: -len("knows")],
        }

    def assert_untouched(self) -> None:
        """Nobody connected, sent or wrote anything, and nobody signalled us."""
        for listener in (self.tcp, self.unix, self.abstract):
            with pytest.raises(BlockingIOError):
                listener.accept()
        with pytest.raises(BlockingIOError):
            self.udp.recv(100)
        assert sorted(p.name for p in self.data.rglob("*")) == ["problems", "secret.jsonl"]
        assert not self.signals

    def close(self) -> None:
        """Close the sockets."""
        for listener in self.listeners:
            listener.close()


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outside]:
    made = Outside(tmp_path_factory.mktemp("outside"))
    before = {
        number: signal.signal(number, lambda number, _frame: made.signals.append(number))
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1)
    }
    yield made
    for number, handler in before.items():
        signal.signal(number, handler)
    made.close()


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda attempt: attempt.name)
def test_it_comes_to_nothing(attempt: Attempt, pool: Pool, outside: Outside) -> None:
    cases = [case_of(f"call-{n}", [outside.world(n)], f"{MARK}-expected") for n in range(attempt.times)]
    result = run(pool, attempt.code, *cases)
    assert not result.passed
    if result.error is not None:
        assert re.search(attempt.ends, result.error), result.error
    for case in result.cases:
        if case.outcome == "not-run":
            continue
        told = f"{case.outcome} {case.message} {case.got} {case.stdout[:200]}"
        assert re.search(attempt.ends, told), told
        assert MARK not in f"{case.got} {case.stdout}", told
    outside.assert_untouched()


def test_there_are_enough_of_them_and_each_has_a_name() -> None:
    names = [attempt.name for attempt in ATTEMPTS]
    assert len(set(names)) == len(names) >= 100


def processes_of(mark: str) -> list[int]:
    """Processes of this machine whose command holds a text."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                if mark in (entry / "cmdline").read_bytes().decode("utf-8", "replace"):
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


def test_nothing_outlives_its_sandbox(pool: Pool) -> None:
    sandbox = pool.take(())
    pid = sandbox.pid
    assert pid is not None
    assert Path(f"/proc/{pid}").exists()
    pool.drop(sandbox)
    for _ in range(200):
        if not Path(f"/proc/{pid}").exists():
            break
        time.sleep(0.01)
    assert not Path(f"/proc/{pid}").exists()
