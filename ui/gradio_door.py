"""What of Gradio's own HTTP interface is open, how much it takes in, and how the page itself is sent."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from interviewer.problems import MAX_BODY_BYTES, problem_response
from ui.page_owners import PageOwners

MCP_PATH = "/gradio_api/mcp"
# Above what `read_background` and the import of a session take, so that their sentences explain the limits.
MAX_UPLOAD_BYTES = 60_000_000

# Calls of one endpoint; the page itself joins the queue, and sends a long round's conversation along.
_CALLS = (MCP_PATH, "/gradio_api/run/", "/gradio_api/api/", "/gradio_api/call/")
_QUEUES = tuple(f"/gradio_api/{name}" for name in ("queue/", "cancel", "reset", "upload"))
# Gradio's tools for whoever develops a page, parts of it that ours has not, and an address that fetches other addresses.
_CLOSED = (
    "/monitoring",
    "/login",
    *(f"/gradio_api/{name}" for name in ("dev/", "vibe-", "undo-vibe-", "proxy=", "profiling/", "runs")),
    *(f"/gradio_api/{name}" for name in ("stream/", "component_server", "process_recording", "deep_link")),
)
_NOT_HERE = "There is nothing at this address."
# Gradio compresses its scripts and styles, but not the page, half a megabyte of components. Nothing that streams is here.
_PAGE = "/"
_PAGE_COMPRESSION = 5
_FOR_MCP_CLIENTS = "This address is for MCP clients, which accept text/event-stream; docs/programs.md says how to connect one."


class GradioDoor:
    """ASGI middleware before the page: bounds what is sent to its endpoints, compresses the page, shows no page of Gradio's at MCP's address.

    Gradio answers a browser there with a page that holds the address as it was asked for, which could be a script.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self._app = PageOwners(app)
        self._calls = RequestBodyLimitMiddleware(self._app, MAX_BODY_BYTES)
        self._queue = RequestBodyLimitMiddleware(self._app, MAX_UPLOAD_BYTES)
        self._page = GZipMiddleware(self._app, compresslevel=_PAGE_COMPRESSION)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, bound or pass on."""
        path = scope["path"] if scope["type"] == "http" else ""
        if path.startswith(MCP_PATH) and scope["method"] in ("GET", "HEAD") and not _streams(scope):
            refused = problem_response(406, "Not acceptable", _FOR_MCP_CLIENTS)
            await refused(scope, receive, send)
        elif path.startswith(_CLOSED):
            await problem_response(404, "Not found", _NOT_HERE)(scope, receive, send)
        elif path.startswith(_CALLS):
            await self._calls(scope, receive, send)
        elif path.startswith(_QUEUES):
            await self._queue(scope, receive, send)
        elif path == _PAGE:
            await self._page(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _streams(scope: Scope) -> bool:
    return "text/event-stream" in Headers(scope=scope).get("accept", "")
