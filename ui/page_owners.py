"""Whose an open page is: Gradio knows a page by a `session_hash` that the browser makes up, and asks nobody whose it is."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from interviewer.access.identity import OPEN, identity_of
from interviewer.problems import problem_response

_HEARTBEAT = "/gradio_api/heartbeat/"
# Pages that are remembered; the longest unused are forgotten first.
MAX_PAGES = 10_000
_NOT_YOURS = "This page belongs to somebody else; reload it."
_NOT_FETCHED = "A file is uploaded from your machine, not fetched from an address."


class PageOwners:
    """ASGI middleware: whoever names a `session_hash` first has that page, and nobody else hears or says anything in it."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self._app = app
        self._owners: OrderedDict[str, str] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse or pass on. The body is read first, within the limit that stands before us."""
        if scope["type"] != "http" or (asking := identity_of(scope)) == OPEN:
            await self._app(scope, receive, send)
            return
        told, again = None, receive
        if scope["method"] == "POST" and _is_json(scope):
            body, again = await _read(receive)
            try:
                told = json.loads(body)
            except (ValueError, RecursionError):
                told = None  # Gradio refuses it as well.
        if not all(self._has(asking.owner, page) for page in _pages(scope, told)):
            await problem_response(403, "Not allowed", _NOT_YOURS)(scope, receive, send)
        elif _names_an_address(told):
            await problem_response(403, "Not allowed", _NOT_FETCHED)(scope, receive, send)
        else:
            await self._app(scope, again, send)

    def _has(self, owner: str, page: str) -> bool:
        found = self._owners.setdefault(page, owner)
        self._owners.move_to_end(page)
        if len(self._owners) > MAX_PAGES:
            self._owners.popitem(last=False)
        return found == owner


def _names_an_address(told: Any) -> bool:
    """Whether a file's `path` is an address, which Gradio would fetch from here."""
    waiting = [told]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            path = item.get("path")
            if isinstance(path, str) and path.lower().startswith(("http:", "https:")):
                return True
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
    return False


def _pages(scope: Scope, told: Any) -> Iterator[str]:
    """Every page that a request names, wherever it does."""
    path: str = scope["path"]
    if path.startswith(_HEARTBEAT):
        yield path.removeprefix(_HEARTBEAT)
    yield from parse_qs(scope.get("query_string", b"").decode("latin-1")).get("session_hash", ())
    page = told.get("session_hash") if isinstance(told, dict) else None
    if isinstance(page, str):
        yield page


def _is_json(scope: Scope) -> bool:
    kinds = [value for name, value in scope["headers"] if name == b"content-type"]
    return not any(kind.lower().startswith(b"multipart/") for kind in kinds)


async def _read(receive: Receive) -> tuple[bytes, Receive]:
    """The whole body, and a `receive` that gives it once more."""
    parts: list[Message] = []
    while True:
        message = await receive()
        parts.append(message)
        if message["type"] != "http.request" or not message.get("more_body"):
            break
    body = b"".join(part.get("body", b"") for part in parts if part["type"] == "http.request")
    waiting = iter(parts)

    async def again() -> Message:
        return next(waiting, None) or await receive()

    return body, again
