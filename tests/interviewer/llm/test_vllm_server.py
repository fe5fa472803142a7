"""The launcher, with a stand-in for vLLM's interpreter; tests/vllm starts the real one."""

import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest
from fake_vllm import engine_of, environment, free_port, gone, is_alive

from interviewer.errors import SetupError
from interviewer.llm.errors import ModelMisconfigured, ModelUnavailable
from interviewer.llm.vllm_server import (
    OWN_FLAGS,
    Installation,
    VllmServer,
    find_installation,
    serve_command,
)


def server_of(tmp_path: Path, *extra: str) -> VllmServer:
    port = free_port()
    command = serve_command(environment(tmp_path / "env"), "some/model", "127.0.0.1", port, extra)
    return VllmServer(command, "127.0.0.1", port, tmp_path / "logs" / "vllm.log")


# The environment


@pytest.mark.parametrize("device", ["cuda", "cpu", ""])
def test_the_named_interpreter_is_used(tmp_path: Path, device: str) -> None:
    python = environment(tmp_path / "env", device=device)
    assert find_installation(python) == Installation(python, "0.26.0", device)


def test_a_release_that_does_not_tell_its_device_is_found_all_the_same(tmp_path: Path) -> None:
    python = environment(tmp_path / "env")
    (tmp_path / "env" / "packages" / "vllm" / "platforms.py").unlink()
    assert find_installation(python) == Installation(python, "0.26.0", "")


@pytest.mark.parametrize("name", [".venv-vllm-gpu", ".venv-vllm"])
def test_the_environments_that_make_makes_are_found(tmp_path: Path, name: str) -> None:
    (tmp_path / "elsewhere").mkdir()
    python = environment(tmp_path / "clone" / name)
    folders = (tmp_path / "elsewhere", tmp_path / "clone")
    assert find_installation(folders=folders) == Installation(python, "0.26.0", "cuda")


def test_the_gpu_build_comes_first(tmp_path: Path) -> None:
    environment(tmp_path / ".venv-vllm", device="cpu")
    python = environment(tmp_path / ".venv-vllm-gpu")
    assert find_installation(folders=(tmp_path,)).python == python


def test_the_environment_of_the_command_on_the_path_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = environment(tmp_path / "env")
    script = python.parent / "vllm"
    script.write_text("#!/bin/sh\n", encoding="utf-8")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(python.parent), prepend=os.pathsep)
    assert find_installation(folders=(tmp_path,)) == Installation(python, "0.26.0", "cuda")


def test_an_environment_without_vllm_says_so_and_what_to_do(tmp_path: Path) -> None:
    python = environment(tmp_path / "env", version=None)
    with pytest.raises(
        SetupError, match=r"has no vLLM that can be loaded \(ModuleNotFoundError.*make run-gpu"
    ):
        find_installation(python)
    with pytest.raises(SetupError, match=r"/nowhere/python cannot be run \(No such file.*make run-gpu"):
        find_installation(Path("/nowhere/python"))


def test_no_environment_at_all_says_so_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(SetupError, match=r"vLLM is not installed.*pip install vllm.*--vllm-python"):
        find_installation(folders=(tmp_path,))


# The command


OURS = ("--max-model-len=16384",)


@pytest.mark.parametrize(
    ("extra", "absent", "present"),
    [
        ((), (), ("--enable-prefix-caching", "--max-logprobs=20", *OURS)),
        (("--max-model-len=4096",), OURS, ("--max-model-len=4096",)),
        (("--max-model-len", "4096"), OURS, ("--max-model-len", "4096")),
        (("--max_model_len=4096",), OURS, ("--max_model_len=4096",)),
        (("--no-enable-prefix-caching",), ("--enable-prefix-caching",), ("--no-enable-prefix-caching",)),
        (("--tensor-parallel-size", "8"), (), ("--tensor-parallel-size", "8", "--enable-prefix-caching")),
        (("--distributed-executor-backend", "ray"), (), ("--distributed-executor-backend", "ray", *OURS)),
    ],
)
def test_own_flags_give_way_to_the_users(
    extra: tuple[str, ...], absent: tuple[str, ...], present: tuple[str, ...]
) -> None:
    command = serve_command(Path("/env/python"), "some/model", "127.0.0.1", 8000, extra, OURS)
    assert command[:5] == ("/env/python", "-m", "vllm.entrypoints.openai.api_server", "--model", "some/model")
    assert {"--host=127.0.0.1", "--port=8000", *present} <= set(command)
    assert not set(absent) & set(command)


@pytest.mark.parametrize("name", OWN_FLAGS)
def test_where_it_listens_is_not_said_twice(name: str) -> None:
    for extra in ((name, "9"), (f"{name}=9",)):
        with pytest.raises(ModelMisconfigured, match=f"{name} is not passed on"):
            serve_command(Path("/env/python"), "some/model", "127.0.0.1", 8000, extra)


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::", "http://[::1]:8000"),
        ("10.0.0.7", "http://10.0.0.7:8000"),
    ],
)
def test_the_url_is_one_that_can_be_opened_here(tmp_path: Path, host: str, url: str) -> None:
    assert VllmServer(["true"], host, 8000, tmp_path / "log").url == url


# The process


@pytest.mark.parametrize("careless", [(), ("--careless",)])
def test_it_is_healthy_inside_and_gone_with_its_engines_outside(
    tmp_path: Path, careless: tuple[str, ...]
) -> None:
    seen: list[str] = []
    with server_of(tmp_path, *careless) as server:
        server.wait_until_healthy(lambda _seconds, line: seen.append(line))
        engine = engine_of(server.tail())
        assert is_alive(engine)
    assert gone(engine)
    assert all(line == "" or line.startswith(("a warning", "args", "engine")) for line in seen)


def test_its_end_is_noticed_unless_it_was_stopped(tmp_path: Path) -> None:
    for folder, extra, codes in (("dies", ("--end-when-asked",), [7]), ("stopped", (), [])):
        told, ended = [], threading.Event()
        with server_of(tmp_path / folder, *extra) as server:
            server.watch(lambda code, told=told, ended=ended: (told.append(code), ended.set()))
            server.wait_until_healthy()
            if codes:
                assert ended.wait(20)
        watcher = [thread for thread in threading.enumerate() if thread.name == "vllm-watch"]
        for thread in watcher:
            thread.join(20)
        assert told == codes


def test_a_server_that_ends_says_why(tmp_path: Path) -> None:
    with server_of(tmp_path, "--fail") as server, pytest.raises(ModelUnavailable, match="no room on the GPU"):
        server.wait_until_healthy()


def test_the_end_of_a_long_log_is_read_alone(tmp_path: Path) -> None:
    server = VllmServer(["true"], "127.0.0.1", 8000, tmp_path / "log")
    assert server.tail() == ""
    server.log.write_text("é" * 200_000 + "\nlast but one\nlast\n", encoding="utf-8")
    assert server.tail(2) == "last but one\nlast"
    assert len(server.tail()) < 100_000


def test_a_server_that_never_answers_is_given_up(tmp_path: Path) -> None:
    port = free_port()
    server = VllmServer(
        [sys.executable, "-c", "import time; time.sleep(600)"], "127.0.0.1", port, tmp_path / "log"
    )
    with server, pytest.raises(ModelUnavailable, match="not healthy after 1 seconds"):
        server.wait_until_healthy(timeout_s=1)


def test_a_server_that_does_not_listen_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("interviewer.llm.vllm_server.STOP_TIMEOUT_S", 0.2)
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
    with VllmServer([sys.executable, "-c", deaf], "127.0.0.1", free_port(), tmp_path / "log") as server:
        while "deaf" not in server.tail():
            time.sleep(0.05)
        assert server._process is not None
        pid = server._process.pid
    assert gone(pid)


def test_a_port_in_use_is_one_clear_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        server = VllmServer(["true"], "127.0.0.1", port, tmp_path / "log")
        with pytest.raises(
            SetupError, match=rf"Port {port} on 127.0.0.1 is in use already; give vLLM another one"
        ):
            server.start()


def test_a_log_that_cannot_be_written_is_one_clear_sentence(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file", encoding="utf-8")
    server = VllmServer(["true"], "127.0.0.1", free_port(), tmp_path / "logs" / "vllm.log")
    with pytest.raises(SetupError, match=r"log .*vllm\.log cannot be written: .*--data"):
        server.start()


def test_a_command_that_cannot_run_is_one_clear_sentence(tmp_path: Path) -> None:
    server = VllmServer(["/nowhere/python"], "127.0.0.1", free_port(), tmp_path / "log")
    with pytest.raises(SetupError, match=r"/nowhere/python cannot be run"):
        server.start()


@pytest.mark.skipif(sys.platform != "linux", reason="PR_SET_PDEATHSIG is Linux's")
def test_the_server_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    server = server_of(tmp_path)
    script = textwrap.dedent(
        f"""\
        import sys, time
        from pathlib import Path
        from interviewer.llm.vllm_server import VllmServer
        server = VllmServer({list(server.command)!r}, "127.0.0.1", {server.port}, Path({str(server.log)!r}))
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
