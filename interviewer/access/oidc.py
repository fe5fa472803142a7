"""OpenID Connect, as its client: where a provider signs people in, and whom it says it has signed in.

The authorization code flow with PKCE (OpenID Connect Core 1.0, section 3.1; RFC 7636; RFC 9700).
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode, urlsplit

import httpx2
from authlib.common.security import is_secure_transport
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from pydantic import AfterValidator, BaseModel, SecretStr

from interviewer.access.identity import is_name
from interviewer.errors import NotSignedIn, ProviderDown

log = logging.getLogger(__name__)

TIMEOUT_S = 10.0
# How long what a provider publishes is believed unseen; a key that is not among its keys is asked for at once.
KEPT_S = 3600.0
# How far its clock may be from ours.
LEEWAY_S = 60
# No `none`, and nothing that is signed with a secret: a public key must never pass for one.
_REGISTRY = JWSRegistry(
    algorithms=[f"{kind}{bits}" for kind in ("RS", "PS", "ES") for bits in (256, 384, 512)] + ["EdDSA"],
    strict_check_header=False,
)
# No answer, or one that is not what was asked for.
_UNANSWERED = (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError, ValueError)
_SCOPES = {"sub": "openid", "email": "openid email"}


def _secure(url: str) -> str:
    if not is_secure_transport(url):
        raise ValueError("it has to begin with https://")
    return url


_Url = Annotated[str, AfterValidator(_secure)]


class _Metadata(BaseModel):
    """What a provider says of itself (OpenID Connect Discovery 1.0, section 3), as far as it is used."""

    issuer: str
    authorization_endpoint: _Url
    token_endpoint: _Url
    jwks_uri: _Url
    end_session_endpoint: _Url | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)

    @property
    def auth_method(self) -> str:
        """How we say at the token endpoint who we are."""
        known = self.token_endpoint_auth_methods_supported
        return "client_secret_basic" if "client_secret_basic" in known else "client_secret_post"


@dataclass(frozen=True)
class Errand:
    """What a browser is sent to the provider with, and has to come back with."""

    state: str
    nonce: str
    verifier: str


class Provider:
    """A provider. What it publishes is fetched when it is first needed, and kept for a while."""

    def __init__(
        self, issuer: str, client_id: str, client_secret: SecretStr, redirect_uri: str, claim: str
    ) -> None:
        """Nothing is asked yet; `claim` says in which claim of the ID token somebody's name is."""
        self.host = urlsplit(issuer).hostname or issuer
        self.redirect_uri = redirect_uri
        # A name of another provider, or from another claim, may be somebody else's.
        self.stamp = hashlib.sha256("\n".join((issuer, client_id, claim)).encode()).hexdigest()[:16]
        self._issuer = issuer
        self._client_id = client_id
        self._client_secret = client_secret
        self._claim = claim
        self._published: tuple[_Metadata, KeySet] | None = None
        self._kept_until = 0.0

    async def sign_in_url(self, errand: Errand) -> str:
        """Where a browser signs in. Raises ProviderDown."""
        metadata, _ = await self._asked()
        url = prepare_grant_uri(
            metadata.authorization_endpoint,
            self._client_id,
            "code",
            redirect_uri=self.redirect_uri,
            scope=_SCOPES.get(self._claim, "openid profile"),
            state=errand.state,
            nonce=errand.nonce,
            code_challenge=create_s256_code_challenge(errand.verifier),
            code_challenge_method="S256",
        )
        return str(url)

    async def sign_out_url(self) -> str | None:
        """Where a browser signs out of the provider itself, if it has such a place and can be asked."""
        try:
            metadata, _ = await self._asked()
        except ProviderDown:
            return None
        place = metadata.end_session_endpoint
        return place and f"{place}{'&' if '?' in place else '?'}{urlencode({'client_id': self._client_id})}"

    async def name(self, code: str, errand: Errand) -> str:
        """Whom the provider has signed in. Raises ProviderDown, and NotSignedIn for what cannot be believed."""
        metadata, _ = await self._asked()
        us = AsyncOAuth2Client(
            self._client_id,
            self._client_secret.get_secret_value(),
            token_endpoint_auth_method=metadata.auth_method,
            redirect_uri=self.redirect_uri,
        )
        try:
            async with asyncio.timeout(TIMEOUT_S), us:
                token = await us.fetch_token(
                    metadata.token_endpoint,
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=errand.verifier,
                )
        except OAuthError as error:
            log.warning("OpenID Connect: the token endpoint refuses: %r", error.args)
            raise NotSignedIn(f"{self.host} did not confirm who you are; try again.") from error
        except _UNANSWERED as error:
            raise self._down(error) from error
        try:
            claims = await self._claims(token, errand.nonce)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            log.warning("OpenID Connect: the ID token is refused: %r", error)
            raise NotSignedIn(
                f"What {self.host} says of you cannot be believed; tell who runs this server."
            ) from error
        return self._name(claims)

    async def _claims(self, token: dict[str, Any], nonce: str) -> dict[str, Any]:
        """What the ID token says, when it is signed by the provider, for us, for this sign-in and now."""
        _, keys = await self._asked()
        try:
            decoded = jwt.decode(token["id_token"], keys, registry=_REGISTRY)
        except InvalidKeyIdError:
            self._kept_until = 0.0
            _, keys = await self._asked()
            decoded = jwt.decode(token["id_token"], keys, registry=_REGISTRY)
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            {"iss": {"value": self._issuer}, "aud": {"value": self._client_id}},
            {"nonce": nonce, "client_id": self._client_id, "access_token": token.get("access_token")},
        )
        claims.validate(leeway=LEEWAY_S)
        return dict(claims)

    def _name(self, claims: dict[str, Any]) -> str:
        if self._claim == "email" and claims.get("email_verified") is not True:
            raise NotSignedIn(f"{self.host} does not say that your email address is verified.")
        name = claims.get(self._claim)
        if not isinstance(name, str) or not is_name(name):
            raise NotSignedIn(
                f"{self.host} gives you no name that can be used here; tell who runs this server."
            )
        return name

    async def _asked(self) -> tuple[_Metadata, KeySet]:
        """What the provider publishes, asked for anew when it has been kept too long. Raises ProviderDown."""
        if self._published is not None and time.monotonic() < self._kept_until:
            return self._published
        try:
            async with asyncio.timeout(TIMEOUT_S), httpx2.AsyncClient() as client:
                place = f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"
                metadata = _Metadata.model_validate((await client.get(place)).raise_for_status().json())
                if metadata.issuer != self._issuer:
                    raise ValueError(f"it calls itself {metadata.issuer!r}, not {self._issuer!r}")
                keys = (await client.get(metadata.jwks_uri)).raise_for_status().json()
                self._published = metadata, KeySet.import_key_set(keys)
        except (*_UNANSWERED, JoseError, TypeError, KeyError) as error:
            raise self._down(error) from error
        self._kept_until = time.monotonic() + KEPT_S
        return self._published

    def _down(self, error: Exception) -> ProviderDown:
        log.warning("OpenID Connect: %s cannot be asked: %r", self._issuer, error)
        return ProviderDown(f"{self.host} cannot be asked who you are now; try again in a moment.")
