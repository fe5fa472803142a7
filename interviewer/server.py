"""The process behind `mockround serve`."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from socket import socket
from types import FrameType

import uvicorn
from fastapi import FastAPI

from interviewer.access.doors import AccountsDoor, door_for
from interviewer.api import create_api
from interviewer.config import Settings
from interviewer.errors import SetupError
from interviewer.listening import is_loopback, why_not
from interviewer.logs import configure_logs
from interviewer.process_memory import keep_large_apart, keep_tidy
from interviewer.service import InterviewService

log = logging.getLogger(__name__)

# Asked to stop, turns that are under way may end by themselves, and those that do not are told so; then what is still
# open is cut; and whatever still holds the process does not hold it longer. What was acknowledged is stored before it
# is told, so that none of this loses it.
TOLD_AFTER_S = 4
SHUTDOWN_S = 6
ENDED_AFTER_S = 10
# Longer than a proxy in front keeps a connection that nobody uses (nginx and load balancers: 60 s). Who closes first must be
# the one who sends requests, or a request now and then meets a connection that is being closed.
IDLE_CONNECTION_S = 75
# As uvicorn's own command exits.
_NOT_STARTED = 3


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
    service: InterviewService,
    mount_page: Callable[[FastAPI, InterviewService], FastAPI],
    once_warm: Callable[[], Awaitable[None]] | None = None,
) -> FastAPI:
    """The API with the page mounted beside it. `once_warm` begins when everything is loaded, and is cancelled at the end."""
    app = create_api(service)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        warming = [
            asyncio.create_task(asyncio.to_thread(service.warm_up)),
            asyncio.create_task(service.code.warm_up()),
        ]
        later = asyncio.create_task(_after(warming, once_warm))
        yield
        later.cancel()
        await asyncio.gather(*warming)
        await service.aclose()

    app.router.lifespan_context = lifespan
    return mount_page(app, service)


async def _after(warming: Sequence[asyncio.Task[None]], then: Callable[[], Awaitable[None]] | None) -> None:
    await asyncio.wait(warming)
    if then is not None:
        await then()


def run_server(
    service: InterviewService,
    host: str,
    port: int,
    mount_page: Callable[[FastAPI, InterviewService], FastAPI],
) -> None:
    """Serve until a signal; the process is free again at most ENDED_AFTER_S seconds later."""
    configure_logs(service.settings.log, service.settings.log_level)
    keep_large_apart()
    app = create_app(service, mount_page, keep_tidy)
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=SHUTDOWN_S,
        timeout_keep_alive=IDLE_CONNECTION_S,
        proxy_headers=False,
        server_header=False,
    )
    server = _Server(config, service.stop_work)
    try:
        server.run()
    except KeyboardInterrupt:
        pass
    finally:
        server.last_call.cancel()
    if not server.started:
        sys.exit(_NOT_STARTED)


class _Server(uvicorn.Server):
    """Ends in time, whatever is open and under way."""

    def __init__(self, config: uvicorn.Config, stop_work: Callable[[], Awaitable[None]]) -> None:
        super().__init__(config)
        self.last_call = threading.Timer(ENDED_AFTER_S, _end)
        self.last_call.daemon = True
        self._stop_work = stop_work

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if not self.should_exit:
            self.last_call.start()
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        telling = asyncio.create_task(self._tell())
        await super().shutdown(sockets)
        telling.cancel()

    async def _tell(self) -> None:
        """Streams of turns end with a sentence, before they are cut without one."""
        await asyncio.sleep(TOLD_AFTER_S)
        await self._stop_work()


def _end() -> None:
    """Sandboxes and a vLLM of ours end with their parent."""
    log.error("still busy %d s after being asked to stop; ending now, nothing stored is lost", ENDED_AFTER_S)
    os._exit(1)
