"""Cookies that we sign: what is in them can be read by whoever has them, and changed by nobody."""

from __future__ import annotations

from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie
from typing import Any, Protocol

from itsdangerous import BadData, URLSafeTimedSerializer
from starlette.responses import Response

COOKIE = "mockround_login"
MAX_AGE_S = 14 * 24 * 3600


class SignedCookie:
    """A value that the browser keeps for us. Scripts cannot read it, and pages of other sites do not send it along."""

    def __init__(
        self, name: str, salt: str, secret: Callable[[], str], max_age_s: int, path: str = "/"
    ) -> None:
        """`salt` keeps one cookie from passing for another; the secret is asked for each time, as it may change."""
        self._name = name
        self._salt = salt
        self._secret = secret
        self._max_age_s = max_age_s
        self._path = path

    def put(self, response: Response, value: object, secure: bool) -> None:
        """Give it to a browser; `secure`: to be sent over TLS alone."""
        signed = str(self._signer().dumps(value))
        response.set_cookie(
            self._name, signed, self._max_age_s, path=self._path, httponly=True, samesite="lax", secure=secure
        )

    def drop(self, response: Response, secure: bool) -> None:
        """Take it away again."""
        response.delete_cookie(self._name, path=self._path, httponly=True, samesite="lax", secure=secure)

    def read(self, header: str) -> Any:
        """The value in a `Cookie` header; None if there is none that we have signed and that is not too old."""
        try:
            return self._signer().loads(SimpleCookie(header)[self._name].value, max_age=self._max_age_s)
        except (BadData, CookieError, KeyError):
            return None

    def _signer(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self._secret(), salt=self._salt)


class Names(Protocol):
    """Knows who may be signed in."""

    @property
    def secret(self) -> str:
        """What cookies are signed with."""

    def stamp_of(self, name: str) -> str | None:
        """What the cookie of that name carries: when it changes, the cookie is worth nothing. None: there is nobody."""


class LoginCookie:
    """Who has signed in: a name, its stamp, and the id of the sign-in."""

    def __init__(self, names: Names, max_age_s: int = MAX_AGE_S) -> None:
        """Signed with the names' secret."""
        self.max_age_s = max_age_s
        self._names = names
        self._cookie = SignedCookie(COOKIE, "mockround.login", lambda: names.secret, max_age_s)

    def put(self, response: Response, name: str, sign_in: str, secure: bool) -> None:
        """Sign a browser in."""
        self._cookie.put(response, [name, self._names.stamp_of(name), sign_in], secure)

    def drop(self, response: Response, secure: bool) -> None:
        """Sign a browser out."""
        self._cookie.drop(response, secure)

    def whose(self, header: str) -> tuple[str, str] | None:
        """Name and sign-in in a `Cookie` header, if it is signed by us, not too old, and its stamp is still that one."""
        match self._cookie.read(header):
            case [str(name), str(stamp), str(sign_in)] if sign_in and stamp == self._names.stamp_of(name):
                return name, sign_in
        return None
