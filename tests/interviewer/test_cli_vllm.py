"""`mockround vllm` and `mockround serve --start-vllm`, with stand-ins for vLLM's environment and nvidia-smi."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from cli_runner import Finished, Run, run_here
from fake_vllm import engine_of, environment, free_port, gone, is_alive, nvidia_smi, parent_of
from round_world import TINY

A10 = ("NVIDIA A10", 23028, 22500, "8.6")
MODEL = "Qwen/Qwen3-14B-FP8"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """`mockround vllm` in this process, with vLLM's stand-in on a free port."""
    python = environment(tmp_path / "env")

    def go(*args: object) -> Finished:
        options = ("--vllm-python", python, "--port", free_port(), "--data", tmp_path / "data")
        return run_here(monkeypatch, capsys, "vllm", *options, *args)

    return go


@pytest.fixture
def a10(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    nvidia_smi(tmp_path / "driver", monkeypatch, [A10])


# Before it starts


def test_without_an_installation_it_says_what_to_do(run: Run, tmp_path: Path) -> None:
    failed = run(MODEL, "--vllm-python", environment(tmp_path / "bare", version=None))
    assert failed.code == 1
    assert "has no vLLM" in failed.sentence
    assert "make run-gpu" in failed.sentence


def test_without_a_gpu_it_says_so(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nvidia_smi(tmp_path / "driver", monkeypatch, None)
    failed = run(MODEL)
    assert failed.code == 1
    assert failed.sentence.startswith("No NVIDIA GPU is seen")
    assert "vLLM 0.26.0" in failed.sentence


@pytest.mark.usefixtures("a10")
def test_what_does_not_fit_is_not_started_and_gets_advice(run: Run) -> None:
    failed = run("Qwen/Qwen3-32B")
    assert failed.code == 1
    assert "about 61.0 GiB of weights" in failed.sentence
    assert "20.2 GiB of NVIDIA A10 (22.5 GiB)" in failed.sentence
    assert "Qwen/Qwen3-14B-FP8, which fits" in failed.sentence
    assert "--force" in failed.sentence


@pytest.mark.usefixtures("a10")
def test_force_starts_it_all_the_same(run: Run) -> None:
    failed = run("Qwen/Qwen3-32B", "--force", "--", "--fail")
    assert failed.code == 1
    assert "Warning: Qwen/Qwen3-32B: about 61.0 GiB" in failed.err
    assert "no room on the GPU" in failed.err


@pytest.mark.usefixtures("a10")
def test_a_model_folder_that_is_not_there_is_bad_input(run: Run, tmp_path: Path) -> None:
    failed = run(tmp_path / "no-model")
    assert failed.code == 2
    assert "There is no model at" in failed.sentence


@pytest.mark.usefixtures("a10")
def test_a_flag_that_is_ours_is_bad_input(run: Run) -> None:
    failed = run(MODEL, "--", "--port=9")
    assert failed.code == 2
    assert "--port is not passed on" in failed.err.splitlines()[-1]


@pytest.mark.usefixtures("a10")
def test_a_port_in_use_is_one_sentence(run: Run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        failed = run(MODEL, "--port", port)
    assert failed.code == 1
    assert f"Port {port} on 127.0.0.1 is in use already; give vLLM another one." in failed.err


# While it starts


@pytest.mark.usefixtures("a10")
def test_a_server_that_dies_while_starting_shows_its_last_words(run: Run, tmp_path: Path) -> None:
    failed = run(MODEL, "--", "--fail")
    assert failed.code == 1
    assert failed.out == ""
    said = failed.err[failed.err.index("mockround: ") :].splitlines()
    assert said[0].startswith("mockround: vLLM ended with exit code 1 while starting; the end of its log ")
    assert said[-2:] == ["loading weights", "no room on the GPU"]
    assert "Traceback" not in failed.err


@pytest.mark.usefixtures("a10")
def test_a_server_that_never_is_healthy_is_stopped(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0

    def monotonic() -> float:
        """Half a second passes with each look, once the engine is there."""
        nonlocal now
        logs = (tmp_path / "data" / "logs").glob("vllm-*.log")
        now += 0.5 * any("engine " in log.read_text() for log in logs)
        return now

    clock = SimpleNamespace(monotonic=monotonic, sleep=time.sleep)
    monkeypatch.setattr("interviewer.llm.vllm_server.time", clock)
    failed = run(MODEL, "--start-timeout", 1, "--", "--never-healthy")
    assert failed.code == 1
    assert "Starting vLLM: 0 s" in failed.err
    assert "not healthy after 1 seconds" in failed.err
    (log,) = (tmp_path / "data" / "logs").glob("vllm-*.log")
    assert gone(engine_of(log.read_text()))


# In the foreground


class Foreground:
    """The command in a process of its own."""

    def __init__(self, process: subprocess.Popen[str], errors: Path, data: Path) -> None:
        self.process = process
        self.errors = errors
        self.data = data

    @property
    def log(self) -> str:
        (file,) = (self.data / "logs").glob("vllm-*.log")
        return file.read_text()

    @property
    def arguments(self) -> list[str]:
        line = next(line for line in self.log.splitlines() if line.startswith("args "))
        words: list[str] = json.loads(line.removeprefix("args "))
        return words

    def line(self) -> str:
        """The next line of stdout."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.errors.read_text()
        return line

    def said(self, pattern: str) -> re.Match[str]:
        """Wait until stderr has it."""
        for _ in range(600):
            if found := re.search(pattern, self.errors.read_text()):
                return found
            assert self.process.poll() is None, self.errors.read_text()
            time.sleep(0.1)
        pytest.fail(self.errors.read_text())


@contextmanager
def foreground(tmp_path: Path, *args: object) -> Iterator[Foreground]:
    errors = tmp_path / "stderr"
    command = [sys.executable, "-m", "interviewer.cli", *map(str, args), "--data", str(tmp_path / "data")]
    # Options come before --, whatever the caller put last.
    if "--" in command:
        place = command.index("--")
        command = [*command[:place], *command[-2:], *command[place:-2]]
    environ = os.environ | {"PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    with (
        errors.open("w") as err,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=err, text=True, env=environ) as process,
    ):
        try:
            yield Foreground(process, errors, tmp_path / "data")
        finally:
            process.kill()


@pytest.mark.usefixtures("a10")
@pytest.mark.parametrize(
    ("sent", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)]
)
def test_a_signal_stops_server_and_engine(tmp_path: Path, sent: signal.Signals, code: int) -> None:
    port = free_port()
    options = ("--vllm-python", environment(tmp_path / "env"), "--port", port)
    flags = ("--careless", "-tp", "1", "--max-model-len=4096")
    with foreground(tmp_path, "vllm", MODEL, *options, "--", *flags) as command:
        served = command.line()
        connect = command.line()
        assert f"vLLM serves {MODEL} at http://127.0.0.1:{port}/v1" in served
        assert connect == f"Connect: mockround serve --llm-url http://127.0.0.1:{port}/v1\n"
        engine = engine_of(command.log)
        server = parent_of(engine)
        assert httpx.get(f"http://127.0.0.1:{port}/health").status_code == 200
        command.process.send_signal(sent)
        assert command.process.wait(60) == code
        assert gone(server)
        assert gone(engine)
        assert command.arguments == [
            "--model",
            MODEL,
            "--host=127.0.0.1",
            f"--port={port}",
            "--enable-prefix-caching",
            "--max-logprobs=20",
            "--gpu-memory-utilization=0.90",
            *flags,
        ]
        assert "Traceback" not in command.errors.read_text()


@pytest.mark.usefixtures("a10")
def test_a_server_that_ends_by_itself_ends_the_command(tmp_path: Path) -> None:
    options = ("--vllm-python", environment(tmp_path / "env"), "--port", free_port())
    with foreground(tmp_path, "vllm", MODEL, *options, "--", "--end-when-asked") as command:
        assert command.process.wait(60) == 1
        said = command.errors.read_text()
        assert "mockround: vLLM ended by itself with exit code 7; the end of its log" in said
        assert said.endswith("the engine is gone\n")
        assert gone(engine_of(command.log))


@pytest.mark.usefixtures("a10")
@pytest.mark.skipif(sys.platform != "linux", reason="PR_SET_PDEATHSIG is Linux's")
def test_a_killed_command_takes_the_server_with_it(tmp_path: Path) -> None:
    options = ("--vllm-python", environment(tmp_path / "env"), "--port", free_port())
    with foreground(tmp_path, "vllm", MODEL, *options) as command:
        assert "vLLM serves" in command.line()
        engine = engine_of(command.log)
        server = parent_of(engine)
        command.process.kill()
        command.process.wait()
        assert gone(server)
        assert gone(engine)


def test_a_build_for_cpus_needs_no_gpu_and_is_warned_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nvidia_smi(tmp_path / "driver", monkeypatch, None)
    python = environment(tmp_path / "env", "0.32.0", "cpu")
    options = ("--vllm-python", python, "--port", free_port())
    with foreground(tmp_path, "vllm", "some/unknown-model", *options) as command:
        assert "vLLM serves some/unknown-model" in command.line()
        assert "build of vLLM for CPUs" in command.errors.read_text()
        assert {"--max-model-len=auto", "--enforce-eager"} <= set(command.arguments)
        command.process.terminate()
        assert command.process.wait(60) == 143


def test_a_revision_holds_weights_and_tokenizer_fast(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nvidia_smi(tmp_path / "driver", monkeypatch, None)
    python, commit = environment(tmp_path / "env", "0.32.0", "cpu"), "0123456789abcdef" * 2 + "01234567"
    options = ("--vllm-python", python, "--port", free_port(), "--revision", commit)
    with foreground(tmp_path, "vllm", "some/unknown-model", *options) as command:
        assert "vLLM serves some/unknown-model" in command.line()
        assert {f"--revision={commit}", f"--tokenizer-revision={commit}"} <= set(command.arguments)
        command.process.terminate()
        assert command.process.wait(60) == 143


@pytest.mark.parametrize("revision", ["main", "v1.0", "0123456", "0" * 39 + "g", "0" * 41, ""])
def test_what_may_mean_another_model_tomorrow_is_no_revision(run: Run, revision: str) -> None:
    failed = run(MODEL, "--revision", revision)
    assert (failed.code, "40 hex digits" in failed.sentence) == (2, True)


def test_a_folder_has_no_revision(run: Run, tmp_path: Path) -> None:
    failed = run(tmp_path, "--revision", "0" * 40)
    assert (failed.code, "is on this machine" in failed.sentence) == (2, True)


# serve --start-vllm


@contextmanager
def serving(tmp_path: Path, *options: object) -> Iterator[tuple[Foreground, httpx.Client, str]]:
    """The command, a client of its page, and the address of vLLM; the page answers."""
    page, port = free_port(), free_port()
    python = environment(tmp_path / "env")
    words = ("--port", page, "--pack", TINY, "--start-vllm", "--vllm-port", port, "--vllm-python", python)
    with (
        foreground(tmp_path, "serve", *words, *options) as command,
        httpx.Client(base_url=f"http://127.0.0.1:{page}", timeout=30) as client,
    ):
        command.said("mockround is at")
        for _ in range(600):
            try:
                client.get("/healthz")
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield command, client, f"http://127.0.0.1:{port}/v1"


@pytest.mark.usefixtures("a10")
def test_serve_starts_vllm_connects_and_stops_it(tmp_path: Path) -> None:
    with serving(tmp_path) as (command, client, url):
        assert client.get("/readyz").json()["status"] == "ready"
        assert f"{MODEL} suits it" in client.get("/config").text, "the Model tab says so"
        said = command.errors.read_text()
        assert f"{MODEL} at {url}" in said
        assert "Starting vLLM: 0 s" in said
        engine = engine_of(command.log)
        server = parent_of(engine)
        assert is_alive(server)
        command.process.terminate()
        assert command.process.wait(60) == 143
        assert gone(server)
        assert gone(engine)
        said = command.errors.read_text()
        assert "ended by itself" not in said
        assert "Traceback" not in said


@pytest.mark.usefixtures("a10")
def test_serve_passes_flags_on_and_knows_the_name_and_the_key_that_come_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VLLM_API_KEY", "k-123")
    flags = ("--max-model-len=4096", "--served-model-name=mine")
    with serving(tmp_path, "--llm-model", "some/model", "--", *flags) as (command, _, url):
        said = command.errors.read_text()
        assert f"mine at {url}" in said
        assert command.arguments[:2] == ["--model", "some/model"]
        assert set(flags) <= set(command.arguments)
        assert "k-123" not in said + command.log
        command.process.terminate()
        assert command.process.wait(60) == 143


@pytest.mark.usefixtures("a10")
def test_a_vllm_that_dies_while_serving_is_logged_and_the_page_goes_on(tmp_path: Path) -> None:
    with serving(tmp_path, "--llm-model", "some/model") as (command, client, url):
        assert f"some/model at {url}" in command.errors.read_text()
        engine = engine_of(command.log)
        os.kill(parent_of(engine), signal.SIGKILL)
        command.said(r"vLLM ended by itself with exit code -9 .*interviews go on without it")
        assert client.get("/readyz").json()["status"] == "ready"
        command.process.terminate()
        assert command.process.wait(60) == 143
        assert gone(engine), "what the dead server left behind is ended too"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--vllm-port", 9), "go with --start-vllm"),
        (("--", "--dtype=half"), "--dtype=half is not an option; flags for vLLM go with --start-vllm"),
        (("--start-vllm", "--", "--api-key", "k-123"), "set MOCKROUND_LLM_KEY"),
        (("--start-vllm", "--llm-url", "http://127.0.0.1:9/v1"), "leave --llm-url"),
        (("--start-vllm", "--llm", "none"), "leave --llm-url and --llm out"),
        (("--start-vllm", "--port", 8000), "Port 8000 cannot be the page's and vLLM's"),
    ],
)
def test_options_that_do_not_go_together(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: tuple[object, ...],
    says: str,
) -> None:
    failed = run_here(monkeypatch, capsys, "serve", *options)
    assert failed.code == 2
    assert says in failed.sentence


def test_without_a_gpu_serve_has_no_model_to_start(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    nvidia_smi(tmp_path / "driver", monkeypatch, None)
    failed = run_here(monkeypatch, capsys, "serve", "--port", free_port(), "--start-vllm")
    assert failed.code == 1
    assert failed.sentence.startswith("No NVIDIA GPU is seen")
