"""ASGI middleware in front of everything: who asks, and whether they may come in."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from interviewer.access.doors import Door, OpenDoor
from interviewer.access.identity import SIGN_IN, Identity, attach
from interviewer.access.limits import RequestLimit
from interviewer.access.sign_ins import SignIns
from interviewer.errors import StoreError, TooMany
from interviewer.http_guard import OPEN_PATHS, SAFE_METHODS
from interviewer.problems import answer_to, problem_response

_TO_PROGRAMS = {"WWW-Authenticate": 'Bearer realm="mockround"'}


class Gate:
    """Lets a request in with who sent it, or answers it: with the sign-in page's address to a browser, else with 401."""

    def __init__(self, app: ASGIApp, door: Door, sign_ins: SignIns, per_minute: int) -> None:
        """Wrap `app`; `per_minute` bounds what one user sends, except where there is only one."""
        self._app = app
        self._door = door
        self._sign_ins = sign_ins
        # Threads of its own: nobody waits at the gate because answers are being judged.
        self._askers = ThreadPoolExecutor(2, thread_name_prefix="gate")
        self._without_name = OPEN_PATHS | door.pages | {"/favicon.ico"}
        self._limit = None if isinstance(door, OpenDoor) else RequestLimit(per_minute)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let in or refuse."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        try:
            identity = await self._identify(scope)
            refused = self._refusal(scope, identity)
        except StoreError as error:
            identity, refused = None, None if scope["path"] in self._without_name else answer_to(error)
        if identity is not None:
            attach(scope, identity)
        if refused is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await refused(scope, receive, send)

    async def _identify(self, scope: Scope) -> Identity | None:
        """Who asks, unless their sign-in has ended. Raises StoreError where that cannot be found out."""
        identity = self._door.identify(scope)
        if identity is None or not identity.sign_in:
            return identity
        is_open = await asyncio.get_running_loop().run_in_executor(
            self._askers, self._sign_ins.is_open, identity.owner, identity.sign_in
        )
        return identity if is_open else None

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
