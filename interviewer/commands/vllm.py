"""`mockround vllm`: checks what can be checked beforehand, starts vLLM, waits until it is healthy, and stops it again."""

from __future__ import annotations

import logging
import os
import re
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
from pydantic import SecretStr

from interviewer.commands.options import Data, settings_from
from interviewer.commands.output import waiting
from interviewer.config import Settings
from interviewer.errors import BadInput, SetupError
from interviewer.listening import is_loopback
from interviewer.llm.errors import ModelUnavailable
from interviewer.llm.gpu_models import recommend
from interviewer.llm.gpus import gpus
from interviewer.llm.vllm_fit import check_fit, context_flag, flag, weights_gib
from interviewer.llm.vllm_server import (
    START_TIMEOUT_S,
    Installation,
    VllmServer,
    find_installation,
    serve_command,
)

log = logging.getLogger(__name__)

VLLM_PORT = 8000
# A CPU build takes nearly all of the machine's memory for its KV cache unless it is told how much, in GiB.
_CPU_CACHE = ("VLLM_CPU_KVCACHE_SPACE", "4")
_COMMIT = re.compile("[0-9a-f]{40}")
_CPU_FLAGS = ("--enforce-eager",)  # compiling takes minutes on a CPU, and far longer on a busy one

VllmPython = Annotated[
    Path | None,
    typer.Option("--vllm-python", help="Interpreter of vLLM's environment; .venv-vllm-gpu or .venv-vllm."),
]


VllmFlags = Annotated[
    list[str] | None, typer.Argument(metavar="-- FLAGS", help="Further flags, for vLLM itself.")
]


def vllm(
    model: Annotated[str, typer.Argument(help="Hub id, folder or GGUF file.")],
    extra: VllmFlags = None,
    revision: Annotated[
        str | None,
        typer.Option(
            help="Commit of the model's repository, 40 hex digits: weights and tokenizer are of that one."
        ),
    ] = None,
    vllm_python: VllmPython = None,
    host: Annotated[str, typer.Option(help="Address that vLLM listens on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port that vLLM listens on.", min=1, max=65535)] = VLLM_PORT,
    start_timeout: Annotated[
        float, typer.Option(help="Seconds until it has to be healthy; a first download takes long.", min=1)
    ] = START_TIMEOUT_S,
    force: Annotated[
        bool, typer.Option("--force", help="Start it although it will not fit, or no GPU is seen.")
    ] = False,
    data: Data = None,
) -> None:
    """Start a vLLM server with the flags this service wants, wait until it is healthy, and stop it with Ctrl-C.

    Prefix caching is switched on, and the prompt's length kept to what the interview needs; structured outputs need no
    flag. Flags after -- go to vLLM and win over ours: mockround vllm Qwen/Qwen3-32B -- --tensor-parallel-size 2
    """
    flags = (*_pinned(model, revision), *(extra or ()))
    server = prepare(model, vllm_python, host, port, settings_from(data=data), flags, force)
    keyed = _key_for_vllm() is not None or flag(flags, "--api-key") is not None
    if not is_loopback(host) and not keyed:
        typer.echo(f"Warning: everybody who reaches {host} can use this server; set VLLM_API_KEY.", err=True)
    with ended_by_signals(), server:
        wait_until_healthy(server, start_timeout)
        typer.echo(f"vLLM serves {model} at {server.url}/v1   (its log: {server.log})")
        key = " with MOCKROUND_LLM_KEY set to its key" if keyed else ""
        typer.echo(f"Connect{key}: mockround serve --llm-url {server.url}/v1")
        code = server.wait()
        raise ModelUnavailable(
            f"vLLM ended by itself with exit code {code}; the end of its log {server.log}:\n{server.tail()}"
        )


def _pinned(model: str, revision: str | None) -> tuple[str, ...]:
    """The flags that hold a model of the hub fast. Raises BadInput for what would not."""
    if revision is None:
        return ()
    if _COMMIT.fullmatch(revision) is None:
        raise BadInput(
            "--revision takes a commit's 40 hex digits; a branch or tag may mean another model tomorrow."
        )
    if Path(model).exists():
        raise BadInput(
            f"{model} is on this machine and has no revision; --revision is for a model of the hub."
        )
    return (f"--revision={revision}", f"--tokenizer-revision={revision}")


def prepare(
    model: str,
    python: Path | None,
    host: str,
    port: int,
    settings: Settings,
    extra: Sequence[str] = (),
    force: bool = False,
    key: SecretStr | None = None,
) -> VllmServer:
    """The server, not started yet; `key` is the one that it shall want. What is worth knowing is said on stderr.

    Raises SetupError where vLLM is not installed, there is no GPU, or the model does not fit and `force` is not given.
    """
    # Raises for a folder that is not there; to look into vLLM's environment takes seconds.
    weights_gib(model, extra)
    found = find_installation(python)
    environment = {}
    ours = context_flag(model, found.version)
    if found.device == "cpu":
        typer.echo(
            f"Warning: {found.python} has a build of vLLM for CPUs. It works, and it is slow.", err=True
        )
        environment = {_CPU_CACHE[0]: os.environ.get(*_CPU_CACHE)}
        ours = (*ours, *_CPU_FLAGS)
    else:
        ours = (*ours, *_check_gpus(model, found, extra, force))
    if key is not None:
        environment["VLLM_API_KEY"] = key.get_secret_value()
    command = serve_command(found.python.absolute(), model, host, port, extra, ours)
    return VllmServer(command, host, port, settings.data / "logs" / f"vllm-{port}.log", environment)


def _check_gpus(model: str, found: Installation, extra: Sequence[str], force: bool) -> tuple[str, ...]:
    """The flags that the GPUs call for."""
    present = gpus()
    if not present:
        if not force:
            raise SetupError(
                f"No NVIDIA GPU is seen (nvidia-smi shows none), and vLLM {found.version} in {found.python} is not a "
                "build for CPUs. Rounds work without a model: mockround serve. --force starts it all the same."
            )
        return ()
    fit = check_fit(model, present, extra)
    if fit.problem is not None:
        if not force:
            raise SetupError(f"{fit.problem} --force starts it all the same.")
        typer.echo(f"Warning: {fit.problem}", err=True)
    else:
        typer.echo(fit.note, err=True)
    return fit.flags


def wait_until_healthy(server: VllmServer, timeout_s: float = START_TIMEOUT_S) -> None:
    """Wait for a started server, showing how far it is."""
    with waiting("Starting vLLM") as show:
        server.wait_until_healthy(show, timeout_s)


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """SIGTERM and SIGHUP end the block like Ctrl-C does, so that what it started is stopped; exit code 128 + number.

    One that was ignored before (nohup) stays so.
    """

    def end(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    heeded = [
        number for number in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(number) != signal.SIG_IGN
    ]
    before = {number: signal.signal(number, end) for number in heeded}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def vllm_beside(
    settings: Settings, python: Path | None, port: int, extra: Sequence[str] = ()
) -> Iterator[Settings]:
    """vLLM, healthy, as long as the block lasts; gives the settings that connect to it. `extra` are flags for vLLM.

    It serves the model of the settings, else the one that is recommended for the GPU, and wants the key of the
    settings, else VLLM_API_KEY. If it ends meanwhile, that is logged and the block goes on.
    """
    model = settings.llm_model or recommended_model()
    key = settings.llm_key or _key_for_vllm()
    server = prepare(model, python, "127.0.0.1", port, settings, extra, key=key)
    with ended_by_signals(), server:
        wait_until_healthy(server)
        server.watch(
            lambda code: log.error(
                "vLLM ended by itself with exit code %s (its log: %s); interviews go on without it.",
                code,
                server.log,
            )
        )
        name = flag(extra, "--served-model-name") or model
        yield settings.model_copy(
            update={"llm": "server", "llm_url": f"{server.url}/v1", "llm_model": name, "llm_key": key}
        )


def _key_for_vllm() -> SecretStr | None:
    """The key that vLLM takes from the environment by itself."""
    key = os.environ.get("VLLM_API_KEY")
    return SecretStr(key) if key else None


def recommended_model() -> str:
    """The model that suits the GPU as it is now. Raises SetupError where there is none, saying why."""
    present = gpus()
    model = recommend(present, now=True)
    if model is not None:
        return model.name
    if not present:
        raise SetupError(
            "No NVIDIA GPU is seen (nvidia-smi shows none), so no model is recommended; "
            "name one with --llm-model, or serve without --start-vllm."
        )
    raise SetupError(
        f"No recommended model fits {present[0]} with {present[0].free_share:.0%} of it free; "
        "name one with --llm-model (docs/models.md has the arithmetic), or serve without --start-vllm."
    )
