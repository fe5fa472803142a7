"""How it is known who asks: nobody is asked, a file of accounts, or a proxy in front."""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Collection, Mapping
from typing import Any, Protocol

from starlette.datastructures import Headers

from interviewer.access.accounts import Accounts
from interviewer.access.cookies import LoginCookie
from interviewer.access.identity import OPEN, SIGN_IN, SIGN_OUT, Identity, is_name
from interviewer.config import Settings
from interviewer.errors import SetupError

log = logging.getLogger(__name__)

Scope = Mapping[str, Any]


class Door(Protocol):
    """Finds out who asks."""

    @property
    def pages(self) -> frozenset[str]:
        """Paths of its own on which people sign in and out, and so need no name; a browser without one is sent there."""

    @property
    def asks(self) -> str:
        """What a program without a name is told to do."""

    def identify(self, scope: Scope) -> Identity | None:
        """Who sent a request; None if that is not known. `scope` is as the server got it, `client` the peer."""


class OpenDoor:
    """One user: whoever reaches the address."""

    pages: frozenset[str] = frozenset()
    asks = ""

    def identify(self, scope: Scope) -> Identity | None:
        """The owner of everything."""
        return OPEN


class AccountsDoor:
    """A file of accounts. Browsers send the cookie of the sign-in page, programs a token."""

    pages = frozenset({SIGN_IN, SIGN_OUT})
    asks = (
        "Sign in at /login, or send a token: 'Authorization: Bearer …' ('mockround users token' makes one)."
    )

    def __init__(self, accounts: Accounts) -> None:
        """Nothing is read before the first request."""
        self.accounts = accounts
        self.cookie = LoginCookie(accounts)

    def identify(self, scope: Scope) -> Identity | None:
        """Whose token or cookie it is; a token that is wrong is not made good by a cookie."""
        headers = Headers(scope=dict(scope))
        kind, _, token = headers.get("authorization", "").partition(" ")
        try:
            if token:
                name = self.accounts.of_token(token.strip()) if kind.lower() == "bearer" else None
            else:
                name = self.cookie.whose(headers.get("cookie", ""))
            account = None if name is None else self.accounts.users.get(name)
        except SetupError as error:
            # Damaged while the server runs: nobody gets in until it is mended.
            log.error("%s", error)
            return None
        return None if name is None or account is None else Identity(name, account.admin)


class ProxyDoor:
    """A proxy in front asks who is there, and says so in a header. From nobody else is that header believed."""

    pages: frozenset[str] = frozenset()
    asks = "The proxy in front of this server has not said who you are."

    def __init__(self, header: str, proxies: Collection[str], admins: Collection[str] = ()) -> None:
        """`proxies` are addresses or networks. Raises SetupError for one that is neither."""
        self._header = header.lower()
        self._admins = frozenset(admins)
        try:
            self._networks = tuple(ipaddress.ip_network(item, strict=False) for item in proxies)
        except ValueError as error:
            raise SetupError(f"MOCKROUND_TRUSTED_PROXIES: {error}.") from error

    def identify(self, scope: Scope) -> Identity | None:
        """The one name that the header has, if it comes from the proxy."""
        if not self._trusts(scope.get("client")):
            return None
        names = Headers(scope=dict(scope)).getlist(self._header)
        name = names[0].strip() if len(names) == 1 else ""
        return Identity(name, name in self._admins) if is_name(name) else None

    def _trusts(self, client: object) -> bool:
        if not isinstance(client, tuple | list) or not client:
            return False
        try:
            address = ipaddress.ip_address(str(client[0]))
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None)
        return any((mapped or address) in network for network in self._networks)


def door_for(settings: Settings) -> Door:
    """The door that the settings ask for. Raises SetupError where they do not go together."""
    if settings.auth is not None and settings.user_header:
        raise SetupError(
            "MOCKROUND_AUTH and MOCKROUND_USER_HEADER are two ways of knowing who asks; choose one."
        )
    if settings.auth is not None:
        return AccountsDoor(Accounts(settings.auth))
    if settings.user_header:
        if not settings.trusted_proxies:
            raise SetupError(
                "MOCKROUND_USER_HEADER is believed from the proxy alone: name its address in MOCKROUND_TRUSTED_PROXIES."
            )
        return ProxyDoor(settings.user_header, settings.trusted_proxies, settings.admins)
    return OpenDoor()
