"""`mockround serve`: the only place that imports the page."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from interviewer.build import build_service
from interviewer.commands.options import Data, Db, Llm, LlmKey, LlmModel, LlmUrl, PackDir, settings_from
from interviewer.commands.running import parts_of
from interviewer.commands.vllm import VLLM_PORT, VllmFlags, VllmPython, vllm_beside
from interviewer.errors import BadInput
from interviewer.llm.gpu_models import suited
from interviewer.llm.gpus import gpus
from interviewer.llm.vllm_fit import flag


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 7860,
    allow_remote: Annotated[
        bool,
        typer.Option(
            "--allow-remote",
            help="Listen on other addresses without accounts: something in front keeps strangers out. "
            "MOCKROUND_ALLOWED_HOSTS says under which names; any by default.",
        ),
    ] = False,
    auth: Annotated[
        Path | None,
        typer.Option(help="File of accounts ('mockround users add' makes it); everybody signs in."),
    ] = None,
    db: Db = None,
    data: Data = None,
    pack: PackDir = None,
    llm: Llm = None,
    llm_url: LlmUrl = None,
    llm_model: LlmModel = None,
    llm_key: LlmKey = None,
    start_vllm: Annotated[
        bool,
        typer.Option(
            "--start-vllm",
            help="Start vLLM with --llm-model (the one that suits the GPU by default), connect to it, stop it at the end.",
        ),
    ] = False,
    vllm_python: VllmPython = None,
    vllm_port: Annotated[
        int | None, typer.Option(help=f"Port for --start-vllm; {VLLM_PORT} by default.", min=1, max=65535)
    ] = None,
    extra: VllmFlags = None,
) -> None:
    """Start the web page, the HTTP API and the metrics.

    With --start-vllm, flags after -- go to vLLM: mockround serve --start-vllm -- --tensor-parallel-size 2
    """
    from interviewer.http_guard import ANY_HOST
    from interviewer.server import check_access, check_address, check_running, run_server

    flags = tuple(extra or ())
    _check_vllm(start_vllm, llm, llm_url, vllm_python, vllm_port, flags)
    if start_vllm and port == (vllm_port or VLLM_PORT):
        raise BadInput(f"Port {port} cannot be the page's and vLLM's; give another --port or --vllm-port.")
    settings = settings_from(
        auth=auth, db=db, data=data, pack=pack, llm=llm, llm_url=llm_url, llm_model=llm_model, llm_key=llm_key
    )
    check_access(settings)
    check_address(host, port, allow_remote or not settings.is_open)
    check_running(host, settings)
    # A page that reaches us under a name of its own (DNS rebinding) has no cookie of ours.
    if (allow_remote or not settings.is_open) and not settings.allowed_hosts:
        settings = settings.model_copy(update={"allowed_hosts": (ANY_HOST,)})
    with ExitStack() as stack:
        if start_vllm:
            settings = stack.enter_context(vllm_beside(settings, vllm_python, vllm_port or VLLM_PORT, flags))
        parts = parts_of(settings)
        service = build_service(settings, parts)
        from ui.app import mount_page

        shown = f"[{host}]" if ":" in host else host
        typer.echo(f"mockround is at http://{shown}:{port}   ({service.model.status.sentence})", err=True)
        run_server(service, host, port, partial(mount_page, suited_models=suited(gpus())))


def _check_vllm(
    start: bool,
    llm: str | None,
    llm_url: str | None,
    python: Path | None,
    port: int | None,
    flags: Sequence[str],
) -> None:
    """Raises BadInput for options that do not go together."""
    if not start and (python is not None or port is not None):
        raise BadInput("--vllm-python and --vllm-port go with --start-vllm.")
    if not start and flags:
        raise BadInput(f"{flags[0]} is not an option; flags for vLLM go with --start-vllm.")
    if flag(flags, "--api-key") is not None:
        raise BadInput("--api-key is not passed on here; set MOCKROUND_LLM_KEY, and both sides have it.")
    if start and (llm_url is not None or llm in ("local", "none")):
        raise BadInput("--start-vllm connects to the vLLM that it starts: leave --llm-url and --llm out.")
