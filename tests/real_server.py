"""The real server in a process of its own, for tests that kill it or look at its page."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx
import pytest

START_TIMEOUT_S = 120


def with_index(data: Path, indexed: Path) -> Path:
    """`data`, made, with the index of another data folder: a server on it has nothing to embed before it answers."""
    data.mkdir(parents=True)
    (data / "index").symlink_to(indexed / "index")
    return data


class Server:
    """`mockround serve` on a free port; it can be killed and started again on the same data.

    `db` is a database's URL, for a server that shares one; otherwise it is SQLite in the folder. `llm` are the options
    that choose the language model, `settings` are set as variables.
    """

    def __init__(
        self,
        folder: Path,
        pack: Path | None = None,
        db: str | None = None,
        llm: Sequence[str] = ("--llm", "none"),
        settings: Mapping[str, str] | None = None,
    ) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.folder = folder
        self.pack = pack
        self.db = db
        self.llm = llm
        self.settings = dict(settings or {})
        self.starts = 0
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.starts += 1
        log = self.folder / f"serve-{self.port}.log"
        command = [sys.executable, "-m", "interviewer.cli", "serve", "--port", str(self.port)]
        command += ["--data", str(self.folder / "data"), *self.llm]
        if self.pack is not None:
            command += ["--pack", str(self.pack)]
        if self.db is not None:
            command += ["--db", self.db]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MOCKROUND_")}
        environment |= {"HF_HUB_OFFLINE": "1", **self.settings}
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                command, stdout=out, stderr=out, env=environment, start_new_session=True
            )
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
