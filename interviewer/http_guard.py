"""Which HTTP requests are refused before anything acts on them: those that another web page sends through the browser.

A page from elsewhere that is open in the same browser can send requests to 127.0.0.1. It cannot read the answers, but a
request that acts would act; such requests name another origin. And a page whose name is made to point at 127.0.0.1
(DNS rebinding) could read as well; such requests name another host.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

ANY_HOST = "*"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# The page's own doors for programs: not even a stream may be opened from elsewhere, as MCP asks of its servers.
PROGRAM_PATHS = "/gradio_api/"
# Asked by machines under whatever name they know the service by; nothing in them is private.
OPEN_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})

_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"referrer-policy", b"same-origin"),
)
_CORS = b"access-control-"


def refusal(
    method: str, path: str, headers: Mapping[str, str], allowed_hosts: Collection[str] = ()
) -> str | None:
    """Why a request is refused, in one sentence; None if it is not.

    Names that need no permission: IP addresses and localhost, which no foreign page can have. Programs that send no
    `Origin` are not browsers and pass. `allowed_hosts` are further names, `*` for any; an origin must be the host that
    was asked, or be named there itself.
    """
    host = headers.get("host", "")
    if path in OPEN_PATHS:
        return None
    if host and ANY_HOST not in allowed_hosts and not _is_known(host, allowed_hosts):
        return (
            f"This server does not go by the name {_name(host) or host!r}; "
            "open it by its address, or add the name to MOCKROUND_ALLOWED_HOSTS."
        )
    origin = headers.get("origin")
    if origin is None or (method in SAFE_METHODS and not path.startswith(PROGRAM_PATHS)):
        return None
    theirs = _netloc(origin)
    if theirs and (theirs == host.lower() or _name(theirs) in allowed_hosts):
        return None
    return (
        "A page of another origin may not act here; "
        "if a proxy stands in front, add its public name to MOCKROUND_ALLOWED_HOSTS."
    )


def _is_known(host: str, allowed_hosts: Collection[str]) -> bool:
    name = _name(host)
    if name == "localhost" or name.endswith(".localhost") or name in allowed_hosts:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _netloc(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


def _name(host: str) -> str:
    """The name of `name:port`, in small letters and without the root's dot; empty if it is none."""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""


class SafeHeaders:
    """ASGI middleware: tells browsers not to guess types, not to show us in a foreign frame, not to keep the API's answers,
    and never that a page of another origin may read one: Gradio would, under any name but localhost."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the headers that are not there yet, and take out those that invite other origins."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                wanted = _HEADERS
                if scope["path"].startswith("/api/"):
                    wanted = (*wanted, (b"cache-control", b"no-store"))
                there = {name.lower() for name, _ in message["headers"]}
                kept = [item for item in message["headers"] if not item[0].lower().startswith(_CORS)]
                message["headers"] = [*kept, *(item for item in wanted if item[0] not in there)]
            await send(message)

        await self.app(scope, receive, send_with_headers)
