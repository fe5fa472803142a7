"""Signing in by OpenID Connect, with a provider on a port: who comes in, and everything that is not believed."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import pytest_asyncio
from access_world import HTML
from itsdangerous import URLSafeTimedSerializer
from joserfc import jwt
from joserfc.jwk import RSAKey
from oidc_provider import CLIENT_ID, CLIENT_SECRET, FakeProvider
from round_world import World, make_world

from interviewer.access.audit import AUDIT_FILE, AuditFile
from interviewer.access.cookies import COOKIE
from interviewer.access.doors import OIDC_MAX_AGE_S, door_for
from interviewer.api import create_api
from interviewer.build import Parts
from interviewer.config import Settings
from interviewer.errors import SetupError
from interviewer.server import check_address

ME = "/api/v1/me"
OURS = "http://127.0.0.1:7860"
SECRET = "s" * 32
ERRAND = "mockround_errand"
Make = Callable[..., httpx.AsyncClient]


@pytest.fixture(scope="module")
def running() -> Iterator[FakeProvider]:
    with FakeProvider().running() as provider:
        yield provider


@pytest.fixture
def provider(running: FakeProvider) -> FakeProvider:
    running.reset()
    return running


def wanted(provider: FakeProvider, **changes: Any) -> dict[str, Any]:
    return {
        "oidc_issuer": provider.issuer,
        "oidc_client_id": CLIENT_ID,
        "oidc_client_secret": CLIENT_SECRET,
        "public_url": OURS,
        "secret": SECRET,
        "admins": ("root",),
    } | changes


@pytest_asyncio.fixture
async def browser(provider: FakeProvider, parts: Parts, tmp_path: Path) -> AsyncIterator[Make]:
    """Makes a browser of a server with these settings; the servers of a test share a database, as replicas do."""
    worlds: list[World] = []

    def make(**changes: Any) -> httpx.AsyncClient:
        world = make_world(
            parts,
            f"sqlite:///{tmp_path / 'shared.db'}",
            audit=AuditFile(tmp_path),
            **wanted(provider, **changes),
        )
        worlds.append(world)
        here = httpx.ASGITransport(create_api(world.service), raise_app_exceptions=False)
        return httpx.AsyncClient(
            base_url=OURS, mounts={OURS: here}, headers=HTML, follow_redirects=True, timeout=30
        )

    yield make
    for world in worlds:
        await world.service.aclose()


async def sign_in(asked: httpx.AsyncClient, after: str = "/api/v1/me") -> httpx.Response:
    """The whole way, as a browser goes it."""
    return await asked.get("/login/start", params={"next": after})


async def redirected(asked: httpx.AsyncClient) -> str:
    """The address at which the provider sends the browser back."""
    away = await asked.get("/login/start", follow_redirects=False)
    back = await asked.get(away.headers["location"], follow_redirects=False)
    return back.headers["location"]


def noted(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / AUDIT_FILE).read_text(encoding="utf-8").splitlines()]


# Who comes in


async def test_a_browser_is_sent_to_the_provider_and_back(browser: Make, tmp_path: Path) -> None:
    async with browser() as asked:
        page = await asked.get("/api/v1/me?a=1")
        assert str(page.url) == f"{OURS}/login?next=/api/v1/me%3Fa%3D1"
        assert 'href="/login/start?next=%2Fapi%2Fv1%2Fme%3Fa%3D1"' in page.text
        back = await sign_in(asked, "/api/v1/me?a=1")
        assert (str(back.url), back.json()) == (f"{OURS}/api/v1/me?a=1", {"owner": "ann-7", "admin": False})
        cookies = back.history[-1].headers.get_list("set-cookie")
        assert all("HttpOnly" in item and "SameSite=lax" in item for item in cookies)
        assert {item.name for item in asked.cookies.jar} == {COOKIE}
        assert (await asked.get("/api/v1/sessions")).json()["sessions"] == []
    assert [(item["event"], item["owner"]) for item in noted(tmp_path)] == [("signed in", "ann-7")]


async def test_programs_are_told_that_there_are_no_tokens(browser: Make) -> None:
    async with browser() as asked:
        answer = await asked.get(ME, headers={"Accept": "*/*", "Authorization": "Bearer mr_x"})
    assert answer.status_code == 401
    assert "no tokens for programs" in answer.json()["detail"]


async def test_administrators_are_named_in_the_settings(browser: Make, provider: FakeProvider) -> None:
    provider.claims["sub"] = "root"
    async with browser() as asked:
        assert (await sign_in(asked)).json() == {"owner": "root", "admin": True}


@pytest.mark.parametrize("claim", ["email", "preferred_username"])
async def test_a_claim_names_the_person(browser: Make, provider: FakeProvider, claim: str) -> None:
    provider.claims |= {claim: "ann@example.org", "email_verified": True}
    async with browser(oidc_claim=claim) as asked:
        assert (await sign_in(asked)).json()["owner"] == "ann@example.org"


async def test_a_replica_knows_the_others_cookies_and_goes_on_with_its_sign_in(browser: Make) -> None:
    async with browser() as one, browser() as two, browser(secret="t" * 32) as stranger:
        back = await redirected(one)
        two.cookies, stranger.cookies = one.cookies, httpx.Cookies(one.cookies)
        assert (await stranger.get(back)).status_code == 401
        assert (await two.get(back, follow_redirects=False)).status_code == 303
        one.cookies, stranger.cookies = two.cookies, httpx.Cookies(two.cookies)
        assert (await one.get(ME)).json()["owner"] == "ann-7"
        assert (await stranger.get(ME)).url.path == "/login"


async def test_a_new_key_of_the_provider_is_asked_for(browser: Make, provider: FakeProvider) -> None:
    async with browser() as asked:
        assert (await sign_in(asked)).status_code == 200
        assert (await sign_in(asked)).status_code == 200
        assert provider.asked.count("discovery") == 1
        provider.key = RSAKey.generate_key(2048, {"use": "sig"}, auto_kid=True)
        assert (await sign_in(asked)).json()["owner"] == "ann-7"
        assert provider.asked.count("discovery") == 2


async def test_the_secret_is_posted_where_the_provider_wants_it_so(
    browser: Make, provider: FakeProvider
) -> None:
    provider.metadata = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    async with browser() as asked:
        assert (await sign_in(asked)).json()["owner"] == "ann-7"


async def test_a_secret_that_the_provider_does_not_know(browser: Make) -> None:
    await refused(browser(oidc_client_secret="another one"), "did not confirm who you are")


async def test_cookies_go_over_tls_alone_where_the_page_does(browser: Make) -> None:
    async with browser(public_url="https://mockround.example.org") as asked:
        away = await asked.get("/login/start", follow_redirects=False)
    assert "Secure" in away.headers["set-cookie"]
    sent = parse_qs(urlsplit(away.headers["location"]).query)
    assert sent["redirect_uri"] == ["https://mockround.example.org/login/callback"]


# Signing out


async def test_signing_out_says_where_one_is_still_signed_in(
    browser: Make, provider: FakeProvider, tmp_path: Path
) -> None:
    async with browser() as asked:
        await sign_in(asked)
        out = await asked.post("/logout")
        assert "You are signed out here." in out.text
        assert f'href="{provider.issuer}/bye?client_id={CLIENT_ID}"' in out.text
        assert (await asked.get(ME)).url.path == "/login"
    assert [item["event"] for item in noted(tmp_path)] == ["signed in", "signed out"]


async def test_signing_out_ends_the_cookie_and_its_copies(browser: Make) -> None:
    async with browser() as asked, browser() as copy, browser() as elsewhere:
        await sign_in(asked)
        await sign_in(elsewhere)
        copy.cookies = httpx.Cookies(asked.cookies)
        await asked.post("/logout")
        assert (await copy.get(ME)).url.path == "/login"
        assert (await elsewhere.get(ME)).json()["owner"] == "ann-7"
        await sign_in(asked)
        await asked.post("/logout?everywhere=true")
        assert (await elsewhere.get(ME)).url.path == "/login"


async def test_a_foreign_page_signs_nobody_out(browser: Make) -> None:
    async with browser() as asked:
        await sign_in(asked)
        assert (await asked.post("/logout", headers={"Origin": "https://evil.example"})).status_code == 403
        assert (await asked.get(ME)).json()["owner"] == "ann-7"


# What the browser brings back


async def test_a_browser_that_was_not_sent_is_not_let_in(browser: Make, provider: FakeProvider) -> None:
    async with browser() as asked, browser() as other:
        back = await redirected(asked)
        # Another browser, as when somebody is made to follow a link that signs them in as the attacker.
        refused = await other.get(back)
        assert (refused.status_code, "begin again" in refused.text) == (401, True)
        for wrong in ("x", "", "ä"):
            told = dict(httpx.URL(back).params) | {"state": wrong}
            assert (await asked.get("/login/callback", params=told)).status_code == 401
        assert provider.asked.count("token") == 0
        # None of that has cost the right one its sign-in.
        assert (await asked.get(back, follow_redirects=False)).status_code == 303


@pytest.mark.parametrize("kind", ["old", "other secret", "login's salt", "list"])
async def test_errands_that_are_not_ours(browser: Make, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    told: object = {"list": ["s", ["n"], "v", "/"]}.get(kind, ["s", "n", "v", "/"])
    secret = "t" * 32 if kind == "other secret" else SECRET
    salt = "mockround.login" if kind == "login's salt" else "mockround.errand"
    signer = URLSafeTimedSerializer(secret, salt=salt)
    with monkeypatch.context() as patched:
        if kind == "old":
            patched.setattr(signer.signer, "get_timestamp", lambda self: int(time.time()) - 700)
        value = str(signer.dumps(told))
    async with browser() as asked:
        answer = await asked.get("/login/callback?state=s&code=c", headers={"Cookie": f"{ERRAND}={value}"})
    assert "begin again" in answer.text


async def test_a_code_is_good_once(browser: Make, provider: FakeProvider) -> None:
    async with browser() as asked:
        back = await redirected(asked)
        kept = httpx.Cookies(asked.cookies)
        assert (await asked.get(back, follow_redirects=False)).status_code == 303
    async with browser() as thief:
        thief.cookies = kept
        answer = await thief.get(back)
        assert (answer.status_code, COOKIE in thief.cookies) == (401, False)
    assert provider.asked.count("token") == 2


async def test_a_code_of_another_browser_is_refused(browser: Make) -> None:
    """The verifier of PKCE lies in the browser that was sent."""
    async with browser() as victim, browser() as thief:
        stolen = httpx.URL(await redirected(victim)).params["code"]
        own = dict(httpx.URL(await redirected(thief)).params)
        answer = await thief.get("/login/callback", params=own | {"code": stolen})
        assert "did not confirm who you are" in answer.text


async def test_guessing_codes_is_slowed_down(browser: Make, provider: FakeProvider) -> None:
    async with browser() as asked:
        state = httpx.URL(await redirected(asked)).params["state"]
        kept = httpx.Cookies(asked.cookies)
        codes = []
        for place in range(22):
            asked.cookies = httpx.Cookies(kept)
            told = {"state": state, "code": str(place)}
            codes.append((await asked.get("/login/callback", params=told)).status_code)
    assert codes == [401] * 20 + [429] * 2
    assert provider.asked.count("token") == 20


async def test_what_the_provider_says_went_wrong_is_text(
    browser: Make, provider: FakeProvider, tmp_path: Path
) -> None:
    provider.refuses = {"error": "<script>alert(1)</script>", "error_description": "<b>Call us</b>"}
    async with browser() as asked:
        answer = await sign_in(asked)
        assert answer.status_code == 401
        assert "did not sign you in (&lt;script&gt;alert(1)&lt;/script&gt;)." in answer.text
        assert "<script" not in answer.text
        assert "Call us" not in answer.text
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert 'href="/login/start?next=%2Fapi%2Fv1%2Fme"' in answer.text
    assert provider.asked.count("token") == 0
    assert [(item["event"], item["owner"]) for item in noted(tmp_path)] == [("sign-in failed", None)]


@pytest.mark.parametrize(
    "after", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:1", "", "/" * 2_001]
)
async def test_nobody_is_sent_away(browser: Make, after: str) -> None:
    async with browser() as asked:
        assert 'href="/login/start?next=%2F"' in (await asked.get("/login", params={"next": after})).text
        landed = await sign_in(asked, after)
        assert str(landed.url) == f"{OURS}/"


# What the provider says


def by_hand(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def hs256_with_the_public_key(provider: FakeProvider, claims: dict[str, Any]) -> str:
    # By hand: the library makes no such thing.
    text = by_hand({"alg": "HS256", "kid": provider.key.kid}) + "." + by_hand(claims)
    mac = hmac.digest(provider.key.as_pem(private=False), text.encode(), "sha256")
    return f"{text}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def unsigned(provider: FakeProvider, claims: dict[str, Any]) -> str:
    return by_hand({"alg": "none", "kid": provider.key.kid}) + "." + by_hand(claims) + "."


def other_key(provider: FakeProvider, claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": "RS256", "kid": provider.key.kid}, claims, RSAKey.generate_key(2048))


def unknown_kid(provider: FakeProvider, claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": "RS256", "kid": "who"}, claims, provider.key)


def no_token(_provider: FakeProvider, _claims: dict[str, Any]) -> str:
    return "not.a.token"


@pytest.mark.parametrize("forge", [hs256_with_the_public_key, unsigned, other_key, unknown_kid, no_token])
async def test_forged_tokens(
    browser: Make, provider: FakeProvider, forge: Callable[[FakeProvider, dict[str, Any]], str]
) -> None:
    provider.sign = lambda claims: forge(provider, claims)
    await refused(browser(), "cannot be believed")


HOUR_AGO = time.time() - 3600


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another"},
        {"aud": "another", "azp": CLIENT_ID},
        {"aud": ["another", CLIENT_ID]},
        {"aud": [CLIENT_ID, "another"], "azp": "another"},
        {"aud": None},
        {"iss": "https://accounts.example.org"},
        {"iss": None},
        {"exp": HOUR_AGO},
        {"exp": float("inf")},
        {"exp": None},
        {"iat": HOUR_AGO + 7200},
        {"sub": 7},
        {"at_hash": "x"},
    ],
    ids=lambda claims: "-".join(claims),
)
async def test_tokens_for_somebody_else_or_another_time(
    browser: Make, provider: FakeProvider, claims: dict[str, Any]
) -> None:
    provider.claims |= claims
    provider.sign = lambda told: provider.signed(
        {key: value for key, value in told.items() if value is not None}
    )
    await refused(browser(), "cannot be believed")


@pytest.mark.parametrize("name", ["a" * 121, "", "local", " ann", "an\nn", "an\u202en", None, ["ann"], 7])
async def test_names_that_cannot_be_kept(browser: Make, provider: FakeProvider, name: object) -> None:
    provider.claims["nickname"] = name
    await refused(browser(oidc_claim="nickname"), "no name that can be used")


@pytest.mark.parametrize("verified", [False, None, "true"])
async def test_an_address_that_is_not_verified_is_no_name(
    browser: Make, provider: FakeProvider, verified: object
) -> None:
    provider.claims |= {"email": "ann@example.org", "email_verified": verified}
    await refused(browser(oidc_claim="email"), "email address is verified")


async def test_a_name_of_another_claim_is_somebody_elses(browser: Make, provider: FakeProvider) -> None:
    provider.claims |= {"nickname": "root"}
    async with browser(oidc_claim="nickname") as one, browser() as two:
        assert (await sign_in(one)).json()["owner"] == "root"
        two.cookies = one.cookies
        assert (await two.get(ME)).url.path == "/login"


async def test_a_cookie_lasts_half_a_day(browser: Make) -> None:
    async with browser() as asked:
        back = await sign_in(asked)
    (cookie,) = [item for item in back.history[-1].headers.get_list("set-cookie") if COOKIE in item]
    assert f"Max-Age={OIDC_MAX_AGE_S};" in cookie
    assert OIDC_MAX_AGE_S == 12 * 3600


async def refused(asked: httpx.AsyncClient, says: str) -> None:
    async with asked:
        answer = await sign_in(asked)
        assert answer.status_code == 401, answer.text
        assert says in answer.text
        assert COOKIE not in asked.cookies
        assert (await asked.get(ME, headers={"Accept": "*/*"})).status_code == 401


# A provider that is away


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://accounts.example.org"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"token_endpoint": "http://accounts.example.org/token"},
        {"jwks_uri": None},
    ],
    ids=str,
)
async def test_a_provider_that_is_another_or_unsafe_is_not_asked(
    browser: Make, provider: FakeProvider, metadata: dict[str, Any]
) -> None:
    provider.metadata = metadata
    async with browser() as asked:
        answer = await sign_in(asked)
        assert (answer.status_code, answer.url.path) == (503, "/login/start")
        provider.metadata = {}
        assert (await sign_in(asked)).json()["owner"] == "ann-7"


async def test_a_provider_that_is_away_is_a_sentence(browser: Make) -> None:
    async with browser(oidc_issuer="http://127.0.0.1:9") as asked:
        assert (await asked.get("/")).status_code == 200
        answer = await sign_in(asked)
        assert answer.status_code == 503
        assert "127.0.0.1 cannot be asked who you are now; try again in a moment." in answer.text
        assert "signed out here" in (await asked.get("/login?out=true")).text
        assert (await asked.get("/readyz")).status_code == 200


async def test_a_provider_that_goes_away_on_the_way_is_a_sentence(
    browser: Make, provider: FakeProvider
) -> None:
    provider.metadata = {"token_endpoint": "http://127.0.0.1:9/token"}
    async with browser() as asked:
        answer = await sign_in(asked)
    assert (answer.status_code, "cannot be asked" in answer.text) == (503, True)


# Settings


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"oidc_issuer": None}, "MOCKROUND_OIDC_ISSUER"),
        ({"oidc_client_id": None}, "MOCKROUND_OIDC_CLIENT_ID"),
        ({"oidc_client_secret": None}, "MOCKROUND_OIDC_CLIENT_SECRET"),
        ({"public_url": None}, "MOCKROUND_PUBLIC_URL"),
        ({"secret": None}, "MOCKROUND_SECRET"),
        ({"secret": "s" * 31}, "32 random characters"),
        ({"public_url": "https://example.org/mockround"}, "without a path"),
        ({"public_url": "example.org"}, "without a path"),
        ({"oidc_issuer": "http://accounts.example.org"}, "https://"),
        ({"auth": Path("users.json")}, "MOCKROUND_AUTH and MOCKROUND_OIDC_ISSUER .* choose one"),
        ({"user_header": "X", "trusted_proxies": ("10.0.0.1",)}, "MOCKROUND_USER_HEADER .* choose one"),
    ],
    ids=str,
)
def test_settings_that_do_not_go_together(changes: dict[str, Any], says: str) -> None:
    provider = FakeProvider()
    provider.issuer = "https://accounts.example.org"
    settings = Settings(**wanted(provider, **changes))
    assert not settings.is_open
    with pytest.raises(SetupError, match=says):
        door_for(settings)


def test_secrets_are_not_shown() -> None:
    provider = FakeProvider()
    provider.issuer = "https://accounts.example.org"
    shown = repr(Settings(**wanted(provider)))
    assert CLIENT_SECRET not in shown
    assert SECRET not in shown


def test_the_refusal_of_an_address_names_it() -> None:
    with pytest.raises(SetupError, match="MOCKROUND_OIDC_ISSUER"):
        check_address("0.0.0.0", 7860, False)
