"""The launcher, with a stand-in for vLLM's interpreter; tests/vllm starts the real one."""

import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from interviewer.llm.errors import ModelMisconfigured, ModelUnavailable
from interviewer.llm.vllm_server import (
    Installation,
    VllmServer,
    find_installation,
    serve_command,
)

SERVER = """
import http.server, subprocess, sys
port = int(next(a for a in sys.argv if a.startswith("--port=")).partition("=")[2])
if "--fail" in sys.argv:
    sys.exit("no room on the GPU")
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("engine", child.pid, flush=True)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    def log_message(self, *args):
        pass
http.server.HTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""


def interpreter(folder: Path, version: str | None = "0.26.0") -> Path:
    """A program that answers like the interpreter of an environment with vLLM, or without one."""
    (folder / "bin").mkdir(parents=True)
    (folder / "server.py").write_text(SERVER, encoding="utf-8")
    answer = f"echo 'a warning'; printf {version}" if version else "exit 1"
    python = folder / "bin" / "python"
    python.write_text(
        textwrap.dedent(
            f"""\
            #!/bin/sh
            if [ "$1" = -c ]; then {answer}; exit; fi
            exec {sys.executable} {folder / "server.py"} "$@"
            """
        ),
        encoding="utf-8",
    )
    python.chmod(0o755)
    return python


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def gone(pid: int) -> bool:
    deadline = time.monotonic() + 20
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not is_alive(pid)


def server_of(tmp_path: Path, *extra: str) -> VllmServer:
    port = free_port()
    command = serve_command(interpreter(tmp_path / "env"), "some/model", "127.0.0.1", port, extra)
    return VllmServer(command, "127.0.0.1", port, tmp_path / "logs" / "vllm.log")


# The environment


def test_the_named_interpreter_is_used(tmp_path: Path) -> None:
    python = interpreter(tmp_path / "env")
    assert find_installation(python) == Installation(python, "0.26.0")


def test_the_environment_beside_us_is_found(tmp_path: Path) -> None:
    python = interpreter(tmp_path / ".venv-vllm")
    assert find_installation(folder=tmp_path) == Installation(python, "0.26.0")


def test_the_environment_of_the_command_on_the_path_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = interpreter(tmp_path / "env")
    script = python.parent / "vllm"
    script.write_text("#!/bin/sh\n", encoding="utf-8")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(python.parent), prepend=os.pathsep)
    assert find_installation(folder=tmp_path) == Installation(python, "0.26.0")


@pytest.mark.parametrize("named", [True, False])
def test_a_missing_installation_is_said_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: bool
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    python = interpreter(tmp_path / "env", version=None) if named else None
    monkeypatch.setenv("PATH", "/usr/bin:/bin" if named else "/nowhere")
    with pytest.raises(ModelMisconfigured, match=r"pip install vllm"):
        find_installation(python, folder=tmp_path)


# The command


@pytest.mark.parametrize(
    ("extra", "absent", "present"),
    [
        ((), (), ("--enable-prefix-caching", "--max-logprobs=20", "--max-model-len=16384")),
        (("--max-model-len=4096",), ("--max-model-len=16384",), ("--max-model-len=4096",)),
        (("--max-model-len", "4096"), ("--max-model-len=16384",), ("--max-model-len", "4096")),
        (("--no-enable-prefix-caching",), ("--enable-prefix-caching",), ("--no-enable-prefix-caching",)),
        (("--tensor-parallel-size", "8"), (), ("--tensor-parallel-size", "--enable-prefix-caching")),
    ],
)
def test_own_flags_give_way_to_the_users(
    extra: tuple[str, ...], absent: tuple[str, ...], present: tuple[str, ...]
) -> None:
    command = serve_command(Path("/env/python"), "some/model", "127.0.0.1", 8000, extra)
    assert command[:5] == ("/env/python", "-m", "vllm.entrypoints.openai.api_server", "--model", "some/model")
    assert {"--host=127.0.0.1", "--port=8000", *present} <= set(command)
    assert not set(absent) & set(command)


# The process


def test_it_is_healthy_inside_and_gone_with_its_engines_outside(tmp_path: Path) -> None:
    seen: list[str] = []
    with server_of(tmp_path) as server:
        server.wait_until_healthy(lambda _seconds, line: seen.append(line))
        engine = int(server.tail(1).split()[1])
        assert is_alive(engine)
    assert gone(engine)
    assert all(line == "" or line.startswith("engine") for line in seen)


def test_a_server_that_ends_says_why(tmp_path: Path) -> None:
    with server_of(tmp_path, "--fail") as server, pytest.raises(ModelUnavailable, match="no room on the GPU"):
        server.wait_until_healthy()


def test_a_server_that_never_answers_is_given_up(tmp_path: Path) -> None:
    port = free_port()
    server = VllmServer(
        [sys.executable, "-c", "import time; time.sleep(600)"], "127.0.0.1", port, tmp_path / "log"
    )
    with server, pytest.raises(ModelUnavailable, match="not healthy after 1 seconds"):
        server.wait_until_healthy(timeout_s=1)


def test_a_port_in_use_is_one_clear_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        server = VllmServer(["true"], "127.0.0.1", port, tmp_path / "log")
        with pytest.raises(ModelMisconfigured, match=rf"Port {port} on 127.0.0.1 cannot be used"):
            server.start()


def test_a_command_that_cannot_run_is_one_clear_sentence(tmp_path: Path) -> None:
    server = VllmServer(["/nowhere/python"], "127.0.0.1", free_port(), tmp_path / "log")
    with pytest.raises(ModelMisconfigured, match=r"/nowhere/python cannot be run"):
        server.start()


@pytest.mark.skipif(sys.platform != "linux", reason="PR_SET_PDEATHSIG is Linux's")
def test_the_server_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    server = server_of(tmp_path)
    script = textwrap.dedent(
        f"""\
        import sys, time
        from pathlib import Path
        from interviewer.llm.vllm_server import VllmServer
        server = VllmServer({list(server.command)!r}, "127.0.0.1", {server.url.rpartition(":")[2]}, Path({str(server.log)!r}))
        server.start()
        server.wait_until_healthy()
        print(server._process.pid, flush=True)
        time.sleep(600)
        """
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert is_alive(pid)
        parent.send_signal(signal.SIGKILL)
    assert gone(pid)
    # The engine of the stand-in does not watch its parent, as vLLM's does.
    os.killpg(pid, signal.SIGKILL)
