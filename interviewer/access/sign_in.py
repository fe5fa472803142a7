"""The sign-in page, which works without scripts, and how an account's name and password get somebody in by it."""

from __future__ import annotations

import asyncio
from importlib import resources
from urllib.parse import parse_qs

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, StrictUndefined

from interviewer.access.audit import Audit
from interviewer.access.doors import AccountsDoor, OidcDoor
from interviewer.access.identity import SIGN_IN, SIGN_OUT
from interviewer.access.limits import SignInLimit
from interviewer.access.sign_ins import SignIns
from interviewer.errors import SetupError, StoreError, TooMany
from interviewer.problems import describe

_WRONG = "Name or password is wrong."
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
_MAX_FORM_BYTES = 10_000
# It has to fit into a cookie.
_MAX_PATH_CHARS = 2_000
_TEMPLATE = Environment(autoescape=True, undefined=StrictUndefined).from_string(
    resources.files("interviewer.access").joinpath("sign_in.html.j2").read_text("utf-8")
)


def sign_in_routes(door: AccountsDoor, sign_ins: SignIns, audit: Audit) -> APIRouter:
    """The page, what it sends, and signing out."""
    router = APIRouter(include_in_schema=False, max_body_size=_MAX_FORM_BYTES)
    limit = SignInLimit()

    @router.get(SIGN_IN)
    async def page(next: str = "/") -> Response:
        return sign_in_page(next)

    @router.post(SIGN_IN)
    async def sign_in(request: Request) -> Response:
        form = parse_qs((await request.body()).decode(errors="replace"), keep_blank_values=True)
        name, password, after = (form.get(field, [""])[0] for field in ("name", "password", "next"))
        name, address = name.strip().lower()[:100], address_of(request)
        try:
            limit.expect_room(address, name)
            found = await asyncio.to_thread(door.accounts.check, name, password)
            begun = found and await asyncio.to_thread(sign_ins.begin, found, door.cookie.max_age_s)
        except TooMany as error:
            audit("sign-in refused", None, name=name, address=address)
            return sign_in_page(after, name, str(error), 429, {"Retry-After": str(error.after_s)})
        except SetupError:
            return sign_in_page(
                after, name, "The accounts cannot be read now; tell who runs this server.", 503
            )
        except StoreError as error:
            return sign_in_page(after, name, describe(error)[2], 503)
        if not found or not begun:
            limit.failed(address, name)
            audit("sign-in failed", None, name=name, address=address)
            return sign_in_page(after, name, _WRONG, 401)
        audit("signed in", found, address=address)
        answer = RedirectResponse(inside(after), 303)
        door.cookie.put(answer, found, begun, _secure(request))
        return answer

    @router.post(SIGN_OUT)
    async def sign_out(request: Request, everywhere: bool = False) -> Response:
        return await signed_out(request, door, sign_ins, audit, _secure(request), everywhere)

    return router


def _secure(request: Request) -> bool:
    return request.url.scheme == "https"


def address_of(request: Request) -> str:
    """Where a request comes from."""
    return request.client.host if request.client else ""


def inside(path: str) -> str:
    """A path on this server; the start for anything else, so that the page never sends anybody away."""
    stays = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if stays and len(path) <= _MAX_PATH_CHARS else "/"


async def signed_out(
    request: Request,
    door: AccountsDoor | OidcDoor,
    sign_ins: SignIns,
    audit: Audit,
    secure: bool,
    everywhere: bool,
    to: str = SIGN_IN,
) -> Response:
    """End a browser's sign-in, or `everywhere` all of the same name's, take its cookie away, and send it to a page.

    Raises StoreError where it cannot be ended now; the browser keeps its cookie then.
    """
    who = door.identify(request.scope)
    # A cookie that was ended already ends no other.
    if who is not None and await asyncio.to_thread(sign_ins.end, who.owner, who.sign_in):
        if everywhere:
            await asyncio.to_thread(sign_ins.end_all, who.owner)
        audit("signed out everywhere" if everywhere else "signed out", who.owner)
    answer = RedirectResponse(to, 303)
    door.cookie.drop(answer, secure)
    return answer


def sign_in_page(
    after: str,
    name: str = "",
    problem: str = "",
    status: int = 200,
    headers: dict[str, str] | None = None,
    provider: str = "",
    out: bool = False,
    leave: str | None = None,
) -> Response:
    """The page: a form for an account's name and password, or a link to a provider.

    `after` is where it goes from there; `out`: who asks has signed out here; `leave` is where they sign out of the provider.
    """
    html = _TEMPLATE.render(
        next=inside(after), name=name, problem=problem, provider=provider, out=out, leave=leave
    )
    return HTMLResponse(
        html, status, {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store", **(headers or {})}
    )
