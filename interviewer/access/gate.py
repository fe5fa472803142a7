"""ASGI middleware in front of everything: who asks, and whether they may come in."""

from __future__ import annotations

from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from interviewer.access.doors import Door, OpenDoor
from interviewer.access.identity import SIGN_IN, Identity, attach
from interviewer.access.limits import RequestLimit
from interviewer.errors import TooMany
from interviewer.http_guard import OPEN_PATHS, SAFE_METHODS
from interviewer.problems import answer_to, problem_response

_TO_PROGRAMS = {"WWW-Authenticate": 'Bearer realm="mockround"'}


class Gate:
    """Lets a request in with who sent it, or answers it: with the sign-in page's address to a browser, else with 401."""

    def __init__(self, app: ASGIApp, door: Door, per_minute: int) -> None:
        """Wrap `app`; `per_minute` bounds what one user sends, except where there is only one."""
        self._app = app
        self._door = door
        self._without_name = OPEN_PATHS | door.pages | {"/favicon.ico"}
        self._limit = None if isinstance(door, OpenDoor) else RequestLimit(per_minute)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let in or refuse."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        identity = self._door.identify(scope)
        if identity is not None:
            attach(scope, identity)
        refused = self._refusal(scope, identity)
        if refused is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await refused(scope, receive, send)

    def _refusal(self, scope: Scope, identity: Identity | None) -> Response | None:
        path, method = scope["path"], scope.get("method", "GET")
        if identity is None:
            return None if path in self._without_name else self._who_are_you(scope, path, method)
        if self._limit is not None and method not in SAFE_METHODS:
            try:
                self._limit.count(identity.owner)
            except TooMany as error:
                return answer_to(error)
        return None

    def _who_are_you(self, scope: Scope, path: str, method: str) -> Response:
        if self._door.pages and method == "GET" and "text/html" in Headers(scope=scope).get("accept", ""):
            query = scope.get("query_string", b"").decode("latin-1")
            wanted = f"{path}?{query}" if query else path
            return RedirectResponse(f"{SIGN_IN}?next={quote(wanted, safe='/')}", 303)
        return problem_response(401, "Sign in first", self._door.asks, _TO_PROGRAMS)
