"""How it is known who asks: nobody is asked, a file of accounts, an OpenID Connect provider, or a proxy in front."""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

from authlib.common.security import is_secure_transport
from starlette.datastructures import Headers

from interviewer.access.accounts import Accounts
from interviewer.access.cookies import LoginCookie, SignedCookie
from interviewer.access.identity import (
    OPEN,
    SIGN_IN,
    SIGN_IN_BACK,
    SIGN_IN_START,
    SIGN_OUT,
    Identity,
    is_name,
)
from interviewer.access.oidc import Provider
from interviewer.config import Settings
from interviewer.errors import SetupError

log = logging.getLogger(__name__)

# A provider that lets somebody go is asked again after that; whoever is still signed in there hardly notices.
OIDC_MAX_AGE_S = 12 * 3600
ERRAND_MAX_AGE_S = 600
MIN_SECRET_CHARS = 32

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
        """Who sent a request; None if that is not known. `scope` is as the server got it, `client` the peer.

        Whether the sign-in of a cookie is still open is not asked here: see the gate.
        """


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
        name, sign_in = None, ""
        try:
            if token:
                name = self.accounts.of_token(token.strip()) if kind.lower() == "bearer" else None
            elif (found := self.cookie.whose(headers.get("cookie", ""))) is not None:
                name, sign_in = found
            account = None if name is None else self.accounts.users.get(name)
        except SetupError as error:
            # Damaged while the server runs: nobody gets in until it is mended.
            log.error("%s", error)
            return None
        return None if name is None or account is None else Identity(name, account.admin, sign_in)


@dataclass(frozen=True)
class _AnyName:
    """Whoever the provider has signed in."""

    secret: str
    stamp: str

    def stamp_of(self, name: str) -> str:
        return self.stamp


class OidcDoor:
    """An OpenID Connect provider signs people in. Browsers send the cookie that they got for it."""

    pages = frozenset({SIGN_IN, SIGN_OUT, SIGN_IN_START, SIGN_IN_BACK})
    asks = "Sign in at /login with a browser; with OpenID Connect there are no tokens for programs."

    def __init__(self, provider: Provider, secret: str, admins: Collection[str] = ()) -> None:
        """Nothing is asked of the provider yet."""
        self.provider = provider
        self.cookie = LoginCookie(_AnyName(secret, provider.stamp), OIDC_MAX_AGE_S)
        self.errand = SignedCookie(
            "mockround_errand", "mockround.errand", lambda: secret, ERRAND_MAX_AGE_S, SIGN_IN
        )
        self.secure = provider.redirect_uri.startswith("https://")
        self._admins = frozenset(admins)

    def identify(self, scope: Scope) -> Identity | None:
        """Whose cookie it is."""
        found = self.cookie.whose(Headers(scope=dict(scope)).get("cookie", ""))
        if found is None:
            return None
        name, sign_in = found
        return Identity(name, name in self._admins, sign_in)


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
    ways = {
        "MOCKROUND_AUTH": settings.auth is not None,
        "MOCKROUND_USER_HEADER": bool(settings.user_header),
        "MOCKROUND_OIDC_ISSUER": settings.has_oidc,
    }
    if sum(ways.values()) > 1:
        named = " and ".join(name for name, wanted in ways.items() if wanted)
        raise SetupError(f"{named} are different ways of knowing who asks; choose one.")
    if settings.auth is not None:
        return AccountsDoor(Accounts(settings.auth))
    if settings.has_oidc:
        return _oidc_door(settings)
    if settings.user_header:
        if not settings.trusted_proxies:
            raise SetupError(
                "MOCKROUND_USER_HEADER is believed from the proxy alone: name its address in MOCKROUND_TRUSTED_PROXIES."
            )
        return ProxyDoor(settings.user_header, settings.trusted_proxies, settings.admins)
    return OpenDoor()


def _oidc_door(settings: Settings) -> OidcDoor:
    issuer, client, public_url = settings.oidc_issuer, settings.oidc_client_id, settings.public_url
    client_secret, secret = settings.oidc_client_secret, settings.secret
    if not issuer or not client or not client_secret or not public_url or not secret:
        raise SetupError(
            "OpenID Connect needs all of MOCKROUND_OIDC_ISSUER, MOCKROUND_OIDC_CLIENT_ID, MOCKROUND_OIDC_CLIENT_SECRET, "
            "MOCKROUND_PUBLIC_URL and MOCKROUND_SECRET."
        )
    if not is_secure_transport(issuer):
        raise SetupError("MOCKROUND_OIDC_ISSUER has to begin with https://.")
    place = urlsplit(public_url)
    if place.scheme not in ("http", "https") or not place.netloc or place.path not in ("", "/"):
        raise SetupError(
            "MOCKROUND_PUBLIC_URL is where browsers open this server, without a path: https://mockround.example.org."
        )
    if len(secret.get_secret_value()) < MIN_SECRET_CHARS:
        raise SetupError(
            f"MOCKROUND_SECRET signs cookies: give it {MIN_SECRET_CHARS} random characters or more ('openssl rand -hex 32')."
        )
    back = f"{place.scheme}://{place.netloc}{SIGN_IN_BACK}"
    provider = Provider(issuer, client, client_secret, back, settings.oidc_claim)
    return OidcDoor(provider, secret.get_secret_value(), settings.admins)
