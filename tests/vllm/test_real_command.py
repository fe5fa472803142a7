"""`mockround vllm` with the real vLLM: the flags that it gives are ones that vLLM takes, and its processes end with it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fake_vllm import free_port, gone
from real_vllm import ENVIRONMENT, MODEL, PYTHON, ROOT

pytestmark = pytest.mark.vllm


def processes_of(session: int) -> set[int]:
    """The processes of a session, which vLLM is the leader of."""
    found = set()
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = place.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(words[3]) == session and words[0] != "Z":
            found.add(int(place.parent.name))
    return found


def children_of(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").iterdir():
        yield from map(int, (task / "children").read_text().split())


@pytest.mark.usefixtures("vllm_server")  # which converts the model
def test_the_command_starts_and_stops_the_real_server(tmp_path: Path) -> None:
    port = free_port()
    options = ["--vllm-python", str(PYTHON), "--port", str(port), "--data", str(tmp_path)]
    with subprocess.Popen(
        [sys.executable, "-m", "interviewer.cli", "vllm", str(MODEL), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ | ENVIRONMENT,
    ) as command:
        assert command.stdout is not None
        assert command.stderr is not None
        said = command.stdout.readline()
        assert f"at http://127.0.0.1:{port}/v1" in said, command.stderr.read()
        listed = httpx.get(f"http://127.0.0.1:{port}/v1/models", timeout=60).json()["data"]
        assert [model["id"] for model in listed] == [str(MODEL)]
        (server,) = children_of(command.pid)
        running = processes_of(server)
        assert len(running) > 1, "the server and its engine"
        command.send_signal(signal.SIGTERM)
        command.communicate(timeout=60)
        assert command.returncode == 128 + signal.SIGTERM
        assert all(gone(pid) for pid in running)
