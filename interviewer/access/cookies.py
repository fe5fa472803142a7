"""The cookie of who has signed in: a signed name, worth nothing once the password changes or the account goes."""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie

from itsdangerous import BadData, URLSafeTimedSerializer
from starlette.responses import Response

from interviewer.access.accounts import Accounts

COOKIE = "mockround_login"
MAX_AGE_S = 14 * 24 * 3600


class LoginCookie:
    """Writes and reads it."""

    def __init__(self, accounts: Accounts) -> None:
        """Signed with the accounts' secret."""
        self._accounts = accounts

    def put(self, response: Response, name: str, secure: bool) -> None:
        """Sign a browser in. Scripts cannot read it, and pages of other sites do not send it along."""
        value = self._signer().dumps([name, self._accounts.users[name].stamp])
        response.set_cookie(COOKIE, str(value), MAX_AGE_S, httponly=True, samesite="lax", secure=secure)

    @staticmethod
    def drop(response: Response, secure: bool) -> None:
        """Sign a browser out."""
        response.delete_cookie(COOKIE, httponly=True, samesite="lax", secure=secure)

    def whose(self, header: str) -> str | None:
        """The name in a `Cookie` header, if it is signed by us, not too old, and the account's password is still that one."""
        try:
            value = SimpleCookie(header)[COOKIE].value
            name, stamp = self._signer().loads(value, max_age=MAX_AGE_S)
        except (BadData, CookieError, KeyError, TypeError, ValueError):
            return None
        account = self._accounts.users.get(name) if isinstance(name, str) else None
        return name if account is not None and stamp == account.stamp else None

    def _signer(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self._accounts.secret, salt="mockround.login")
