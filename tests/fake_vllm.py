"""Stand-ins for what the vLLM launcher meets: an environment with vLLM, nvidia-smi, and processes to look at.

The environment's interpreter is a real Python that finds a small package `vllm`, so that both the question for its
version and `-m vllm.entrypoints.openai.api_server` are answered as by the real one. The server starts a child as its
engine, prints its arguments and the engine's pid, and answers `/health` and `/v1/models`. Flags tell it to misbehave:
`--fail`, `--never-healthy`, `--careless` (leaves its engine behind), `--end-when-asked` (ends after `/health`).
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

_SERVER = """
import http.server, json, os, signal, subprocess, sys, threading
def value(name):
    return next(a.partition("=")[2] for a in sys.argv if a.startswith(f"--{name}="))
print("args", json.dumps(sys.argv[1:]), flush=True)
if "--fail" in sys.argv:
    print("loading weights", flush=True)
    sys.exit("no room on the GPU")
engine = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("engine", engine.pid, flush=True)
def end(*_):
    if "--careless" not in sys.argv:
        engine.kill()
    os._exit(0)
signal.signal(signal.SIGTERM, end)
if "--never-healthy" in sys.argv:
    engine.wait()
model = sys.argv[sys.argv.index("--model") + 1]
named = [a.partition("=")[2] for a in sys.argv if a.startswith("--served-model-name=")]
wanted = f"Bearer {os.environ.get('VLLM_API_KEY')}" if os.environ.get("VLLM_API_KEY") else None
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({"object": "list", "data": [{"id": (named or [model])[0], "object": "model"}]}).encode()
        locked = self.path != "/health" and wanted not in (None, self.headers.get("Authorization"))
        self.send_response(401 if locked else 200 if self.path in ("/health", "/v1/models") else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        if "--end-when-asked" in sys.argv:
            engine.kill()
            print("the engine is gone", flush=True)
            os._exit(7)
    def log_message(self, *args):
        pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(value("port"))), Handler).serve_forever()
"""


def environment(folder: Path, version: str | None = "0.26.0", device: str = "cuda") -> Path:
    """The interpreter of an environment with that vLLM, or without any."""
    packages = folder / "packages"
    api = packages / "vllm" / "entrypoints" / "openai"
    if version is None:
        packages.mkdir(parents=True)
    else:
        api.mkdir(parents=True)
        for package in (api, *api.parents[:2]):
            (package / "__init__.py").touch()
        (packages / "vllm" / "__init__.py").write_text(
            f"__version__ = {version!r}\nprint('a warning')\n", encoding="utf-8"
        )
        (packages / "vllm" / "platforms.py").write_text(
            f"class current_platform:\n    device_type = {device!r}\n", encoding="utf-8"
        )
        (api / "api_server.py").write_text(_SERVER, encoding="utf-8")
    return script(folder / "bin" / "python", f'PYTHONPATH={packages} exec {sys.executable} "$@"')


def script(path: Path, text: str) -> Path:
    """An executable shell script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{textwrap.dedent(text)}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def nvidia_smi(
    folder: Path, monkeypatch: pytest.MonkeyPatch, rows: Iterable[tuple[object, ...]] | None
) -> None:
    """Put an nvidia-smi first on the path that shows GPUs: (name, MiB, free MiB, compute capability); None: it fails."""
    lines = "".join(
        f"{index}, GPU-{index}{index}-aa, {', '.join(map(str, row))}\n"
        for index, row in enumerate(rows or ())
    )
    (folder / "gpus.csv").parent.mkdir(parents=True, exist_ok=True)
    (folder / "gpus.csv").write_text(lines, encoding="utf-8")
    script(folder / "bin" / "nvidia-smi", f"cat {folder / 'gpus.csv'}" if rows is not None else "exit 9")
    monkeypatch.setenv("PATH", str(folder / "bin"), prepend=os.pathsep)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


def free_port() -> int:
    """A port of this machine that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def engine_of(log: str) -> int:
    """The engine's pid, from what the server printed."""
    found = re.search(r"^engine (\d+)$", log, re.MULTILINE)
    assert found is not None, log
    return int(found[1])


def parent_of(pid: int) -> int:
    """The process that started a process, which is alive."""
    return int(_state_and_parent(pid)[1])


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits to be collected does not."""
    found = _state_and_parent(pid)
    return bool(found) and not found[0].startswith("Z")


def _state_and_parent(pid: int) -> list[str]:
    """Empty for a process that is not there. Containers may lack ps, and other systems than Linux lack /proc."""
    if not Path("/proc/self/stat").exists():
        ps = ["ps", "-o", "stat=", "-o", "ppid=", "-p", str(pid)]
        return subprocess.run(ps, capture_output=True, text=True, check=False).stdout.split()
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[:2]
    except (FileNotFoundError, ProcessLookupError):
        return []


def gone(pid: int) -> bool:
    """Whether a process ends within a while."""
    deadline = time.monotonic() + 20
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not is_alive(pid)
