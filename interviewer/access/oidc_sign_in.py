"""The sign-in page's way to an OpenID Connect provider and back. All that is in between lies in a cookie of the browser."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import astuple

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from interviewer.access.audit import Audit
from interviewer.access.doors import OidcDoor
from interviewer.access.identity import SIGN_IN, SIGN_IN_BACK, SIGN_IN_START, SIGN_OUT
from interviewer.access.limits import SignInLimit
from interviewer.access.oidc import Errand
from interviewer.access.sign_in import address_of, inside, sign_in_page, signed_out
from interviewer.access.sign_ins import SignIns
from interviewer.errors import MockroundError, NotSignedIn, ProviderDown, StoreError, TooMany
from interviewer.problems import describe

_LOST = "This sign-in is too old, or another one was begun after it; begin again."
_MAX_ERROR_CHARS = 60


def oidc_routes(door: OidcDoor, sign_ins: SignIns, audit: Audit) -> APIRouter:
    """The page, the way to the provider and back, and signing out."""
    router = APIRouter(include_in_schema=False)
    provider = door.provider
    limit = SignInLimit()

    @router.get(SIGN_IN)
    async def page(next: str = "/", out: bool = False) -> Response:
        leave = await provider.sign_out_url() if out else None
        return sign_in_page(next, provider=provider.host, out=out, leave=leave)

    @router.get(SIGN_IN_START)
    async def start(next: str = "/") -> Response:
        errand = Errand(*(secrets.token_urlsafe(32) for _ in range(3)))
        try:
            answer = RedirectResponse(await provider.sign_in_url(errand), 303)
        except ProviderDown as error:
            return failed(error, next)
        door.errand.put(answer, [*astuple(errand), inside(next)], door.secure)
        return answer

    @router.get(SIGN_IN_BACK)
    async def back(request: Request, state: str = "", code: str = "", error: str = "") -> Response:
        match door.errand.read(request.headers.get("cookie", "")):
            case [str(sent), str(nonce), str(verifier), str(after)] if sent == state:
                answer = await let_in(request, code, error, Errand(sent, nonce, verifier), after)
                door.errand.drop(answer, door.secure)
                return answer
        # Anybody's page can send a browser here: that costs a sign-in that is under way nothing.
        return failed(NotSignedIn(_LOST), "/")

    async def let_in(request: Request, code: str, error: str, errand: Errand, after: str) -> Response:
        address = address_of(request)
        try:
            limit.expect_room(address, address)
            if error or not code:
                raise NotSignedIn(
                    f"{provider.host} did not sign you in ({error[:_MAX_ERROR_CHARS] or 'no code'})."
                )
            name = await provider.name(code, errand)
            begun = await asyncio.to_thread(sign_ins.begin, name, door.cookie.max_age_s)
        except (NotSignedIn, ProviderDown, StoreError, TooMany) as problem:
            if isinstance(problem, NotSignedIn):
                limit.failed(address, address)
            audit("sign-in failed", None, address=address, why=str(problem))
            return failed(problem, after)
        audit("signed in", name, address=address)
        answer = RedirectResponse(after, 303)
        door.cookie.put(answer, name, begun, door.secure)
        return answer

    def failed(problem: MockroundError, after: str) -> Response:
        status, _, sentence = describe(problem)
        return sign_in_page(after, problem=sentence, status=status, provider=provider.host)

    @router.post(SIGN_OUT)
    async def sign_out(request: Request, everywhere: bool = False) -> Response:
        to = f"{SIGN_IN}?out=true"
        return await signed_out(request, door, sign_ins, audit, door.secure, everywhere, to)

    return router
