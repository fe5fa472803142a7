"""The process behind `mockround serve`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI

from interviewer.access.doors import AccountsDoor, door_for
from interviewer.api import create_api
from interviewer.config import Settings
from interviewer.errors import SetupError
from interviewer.listening import is_loopback, why_not
from interviewer.logs import configure_logs
from interviewer.service import InterviewService

SHUTDOWN_S = 8


def check_address(host: str, port: int, allow_remote: bool) -> None:
    """Raises SetupError if the address must not or cannot be listened on."""
    if not is_loopback(host) and not allow_remote:
        raise SetupError(
            f"Everybody who reaches {host} could read every interview: make accounts ('mockround users add') and give "
            "--auth FILE, or name an OpenID Connect provider in MOCKROUND_OIDC_ISSUER, or the header of a proxy that asks "
            "who is there in MOCKROUND_USER_HEADER; --allow-remote if something else keeps strangers out."
        )
    if (reason := why_not(host, port)) is not None:
        raise SetupError(f"Port {port} on {host} {reason}; choose another with --port.")


def check_access(settings: Settings) -> None:
    """Raises SetupError for accounts that cannot be used."""
    door = door_for(settings)
    if isinstance(door, AccountsDoor):
        door.accounts.expect_usable()


def check_running(host: str, settings: Settings) -> None:
    """Raises SetupError for code that is run without a sandbox where others may reach the page."""
    if settings.run_code == "plain" and (
        not is_loopback(host) or settings.allowed_hosts or not settings.is_open
    ):
        raise SetupError(
            "MOCKROUND_RUN_CODE=plain is for one user on this machine: whoever else reaches the page could read its "
            "files. Listen on 127.0.0.1 without accounts and MOCKROUND_ALLOWED_HOSTS, or use bubblewrap."
        )


def create_app(
    service: InterviewService, mount_page: Callable[[FastAPI, InterviewService], FastAPI]
) -> FastAPI:
    """The API with the page mounted beside it."""
    app = create_api(service)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        warming = [
            asyncio.create_task(asyncio.to_thread(service.warm_up)),
            asyncio.create_task(service.code.warm_up()),
        ]
        yield
        await asyncio.gather(*warming)
        await service.aclose()

    app.router.lifespan_context = lifespan
    return mount_page(app, service)


def run_server(
    service: InterviewService,
    host: str,
    port: int,
    mount_page: Callable[[FastAPI, InterviewService], FastAPI],
) -> None:
    """Serve until a signal; open streams get SHUTDOWN_S seconds."""
    configure_logs(service.settings.log, service.settings.log_level)
    app = create_app(service, mount_page)
    uvicorn.run(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=SHUTDOWN_S,
        proxy_headers=False,
        server_header=False,
    )
