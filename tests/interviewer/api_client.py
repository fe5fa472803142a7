"""The HTTP API for tests: a client in this process, and the app of `mockround serve` on a port."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import uvicorn
from fastapi import FastAPI
from round_world import World
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from interviewer.api import create_api
from interviewer.server import create_app
from interviewer.service import InterviewService

Mount = Callable[[FastAPI, InterviewService], FastAPI]

API = "/api/v1"
JSON = {"Content-Type": "application/json"}
START = {"round": "systems", "level": "IC3", "seed": 1}


def make_client(world: World) -> httpx.AsyncClient:
    """A client of the API with a page mounted beside it, as `serve` has it. Streams are read when they are over."""
    app = create_api(world.service)
    app.mount("/", Starlette(routes=[Route("/", lambda _request: PlainTextResponse("the page"))]))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:7860")


def problem(answer: httpx.Response, status: int) -> str:
    """The sentence of a problem document (RFC 9457), after a look at the rest of it."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    assert body["type"] == "about:blank"
    assert body["title"]
    detail: str = body["detail"]
    assert detail.endswith("."), detail
    return detail


@contextmanager
def served(world: World, mount: Mount = lambda app, _service: app) -> Iterator[str]:
    """The app of `mockround serve` on a port of its own, without a page unless one is mounted."""

    def make() -> FastAPI:
        # In the server's own loop: without one, Gradio makes loops that nobody closes.
        return create_app(world.service, mount)

    config = uvicorn.Config(make, factory=True, port=0, log_level="error", timeout_graceful_shutdown=5)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(20)
    assert not thread.is_alive()
