"""Who comes in: tokens, cookies, a proxy's word, and nobody else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NoReturn

import httpx
import pytest
from access_world import HTML, PASSWORDS, Guarded, bearer, client
from itsdangerous import URLSafeTimedSerializer
from round_world import make_world

from interviewer.access.cookies import COOKIE, MAX_AGE_S
from interviewer.access.doors import ProxyDoor, door_for
from interviewer.access.sign_ins import SignIns
from interviewer.build import Parts
from interviewer.config import Settings
from interviewer.errors import SetupError, StoreUnavailable

ME = "/api/v1/me"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def sign_in(asked: httpx.AsyncClient, name: str, password: str, after: str = "/") -> httpx.Response:
    return await asked.post("/login", data={"name": name, "password": password, "next": after})


# Without a name


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/sessions"),
        ("POST", "/api/v1/sessions"),
        ("GET", "/api/v1/questions"),
        ("POST", "/api/v1/assess"),
        ("GET", "/docs"),
        ("GET", "/openapi.json"),
        ("POST", "/gradio_api/queue/join"),
        ("GET", "/config"),
        ("GET", "/login/../api/v1/sessions"),
        ("GET", "//api/v1/sessions"),
    ],
)
async def test_nothing_is_told_to_who_has_no_name(guarded: Guarded, method: str, path: str) -> None:
    async with client(guarded.world.service) as asked:
        answer = await asked.request(method, path)
    assert answer.status_code == 401, answer.text
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["title"] == "Sign in first"


async def test_health_is_told_to_anybody(guarded: Guarded) -> None:
    async with client(guarded.world.service) as asked:
        for path in ("/healthz", "/readyz", "/metrics"):
            assert (await asked.get(path)).status_code == 200


async def test_a_browser_is_sent_to_the_page_and_back(guarded: Guarded) -> None:
    async with client(guarded.world.service) as asked:
        away = await asked.get("/docs?a=1", headers=HTML)
        assert (away.status_code, away.headers["location"]) == (303, "/login?next=/docs%3Fa%3D1")
        page = await asked.get(away.headers["location"])
        assert 'name="next" value="/docs?a=1"' in page.text
        back = await sign_in(asked, "ann", PASSWORDS["ann"], "/docs?a=1")
        assert (back.status_code, back.headers["location"]) == (303, "/docs?a=1")
        assert (await asked.get(ME)).json() == {"owner": "ann", "admin": False}


@pytest.mark.parametrize(
    "after", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:1", ""]
)
async def test_the_page_sends_nobody_away(guarded: Guarded, after: str) -> None:
    async with client(guarded.world.service) as asked:
        assert (await sign_in(asked, "ann", PASSWORDS["ann"], after)).headers["location"] == "/"


async def test_what_is_typed_into_the_page_is_text(guarded: Guarded) -> None:
    async with client(guarded.world.service) as asked:
        answer = await sign_in(asked, '"><script>alert(1)</script>', "x", '/"><script>')
    assert answer.status_code == 401
    assert "<script" not in answer.text
    assert "script-src" not in answer.headers["content-security-policy"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]


# Passwords


async def test_wrong_passwords_and_unknown_names_sound_the_same(guarded: Guarded) -> None:
    async with client(guarded.world.service) as asked:
        wrong = await sign_in(asked, "ann", "not this one at all")
        unknown = await sign_in(asked, "eve", "not this one at all")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.text.replace("ann", "eve") == unknown.text
    assert not wrong.cookies


async def test_guessing_is_slowed_down(guarded: Guarded) -> None:
    async with client(guarded.world.service, address="192.0.2.1") as guesser:
        codes = [
            (await sign_in(guesser, f"name{place}", "not this one at all")).status_code for place in range(22)
        ]
        assert codes == [401] * 20 + [429] * 2
        refused = await sign_in(guesser, "ann", PASSWORDS["ann"])
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) > 0


# Cookies


async def test_the_cookie_is_kept_from_scripts_and_other_sites(guarded: Guarded) -> None:
    async with client(guarded.world.service) as asked:
        cookie = (await sign_in(asked, "ann", PASSWORDS["ann"])).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


async def test_a_cookie_ends_with_the_password(guarded: Guarded) -> None:
    async with client(guarded.world.service) as asked:
        await sign_in(asked, "ann", PASSWORDS["ann"])
        assert (await asked.get(ME)).status_code == 200
        guarded.accounts.set_password("ann", "another sentence altogether")
        assert (await asked.get(ME)).status_code == 401


async def test_a_cookie_ends_with_the_account(guarded: Guarded) -> None:
    async with client(guarded.world.service) as asked:
        await sign_in(asked, "ann", PASSWORDS["ann"])
        guarded.accounts.remove("ann")
        assert (await asked.get(ME)).status_code == 401


async def test_signing_out_ends_the_cookie_and_its_copies(guarded: Guarded) -> None:
    async with client(guarded.world.service) as asked, client(guarded.world.service) as elsewhere:
        for one in (asked, elsewhere):
            await sign_in(one, "ann", PASSWORDS["ann"])
        copied = {"Cookie": f"{COOKIE}={asked.cookies[COOKIE]}"}
        out = await asked.post("/logout")
        assert (out.headers["location"], asked.cookies.get(COOKIE)) == ("/login", None)
        assert (await asked.get(ME, headers=copied)).status_code == 401
        assert (await elsewhere.get(ME)).status_code == 200
        # A cookie that has ended ends no other.
        await asked.post("/logout?everywhere=true", headers=copied)
        assert (await elsewhere.get(ME)).status_code == 200


async def test_signing_out_everywhere_ends_all_of_ones_own(guarded: Guarded) -> None:
    service = guarded.world.service
    async with client(service) as here, client(service) as there, client(service) as bobs:
        for one in (here, there):
            await sign_in(one, "ann", PASSWORDS["ann"])
        await sign_in(bobs, "bob", PASSWORDS["bob"])
        await here.post("/logout?everywhere=true")
        assert (await there.get(ME)).status_code == 401
        assert (await there.get(ME, headers=bearer(guarded.tokens["ann"]))).status_code == 200
        assert (await bobs.get(ME)).status_code == 200
        await sign_in(there, "ann", PASSWORDS["ann"])
        assert (await there.get(ME)).status_code == 200


async def test_a_replica_knows_what_another_one_ended(parts: Parts, guarded: Guarded) -> None:
    other = make_world(parts, guarded.world.url, auth=guarded.accounts.path)
    async with client(guarded.world.service) as one, client(other.service) as two:
        await sign_in(one, "ann", PASSWORDS["ann"])
        copied = {"Cookie": f"{COOKIE}={one.cookies[COOKIE]}"}
        assert (await two.get(ME, headers=copied)).status_code == 200
        await one.post("/logout")
        assert (await two.get(ME, headers=copied)).status_code == 401
    await other.service.aclose()


async def test_without_a_database_nobody_comes_in_and_health_is_told(
    guarded: Guarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> NoReturn:
        raise StoreUnavailable("The database cannot be reached; try again.")

    async with client(guarded.world.service) as asked:
        await sign_in(asked, "ann", PASSWORDS["ann"])
        monkeypatch.setattr(guarded.world.store, "transaction", fails)
        for method, path in (("GET", ME), ("POST", "/logout")):
            refused = await asked.request(method, path)
            assert (refused.status_code, refused.json()["detail"]) == (
                503,
                "The database cannot be reached; try again.",
            )
        assert (await asked.get("/healthz")).status_code == 200
        page = await sign_in(asked, "ann", PASSWORDS["ann"])
        assert (page.status_code, "cannot be reached" in page.text) == (503, True)


@pytest.mark.parametrize(
    "kind",
    [
        "other secret",
        "other salt",
        "old",
        "other name",
        "list",
        "empty",
        "nonsense",
        "no sign-in",
        "empty sign-in",
        "other sign-in",
    ],
)
async def test_cookies_that_are_not_ours(
    guarded: Guarded, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts = guarded.accounts
    begun = SignIns(guarded.world.store).begin("ann", 3600)
    stamp = accounts.users["ann"].stamp
    told: object = ["ann", stamp, begun]
    secret, salt = accounts.secret, "mockround.login"
    match kind:
        case "other secret":
            secret = "x" * 40
        case "other salt":
            salt = "mockround"
        case "other name":
            told = ["bob", accounts.users["bob"].stamp, begun]
        case "list":
            told = [["ann"], stamp, begun]
        case "no sign-in":
            told = ["ann", stamp]
        case "empty sign-in":
            told = ["ann", stamp, ""]
        case "other sign-in":
            told = ["ann", stamp, "x" * 32]
    signer = URLSafeTimedSerializer(secret, salt=salt)
    if kind == "old":
        with monkeypatch.context() as patched:
            patched.setattr(signer.signer, "get_timestamp", lambda self: 1_000_000_000)
            value = str(signer.dumps(told))
    else:
        value = {"empty": "", "nonsense": "a.b.c"}.get(kind, str(signer.dumps(told)))
    async with client(guarded.world.service) as asked:
        answer = await asked.get(ME, headers={"Cookie": f"{COOKIE}={value}"})
    assert answer.status_code == 401
    assert MAX_AGE_S == 14 * 24 * 3600


async def test_a_foreign_page_cannot_sign_anybody_in_or_out(guarded: Guarded) -> None:
    async with client(guarded.world.service) as asked:
        for path in ("/login", "/logout"):
            answer = await asked.post(path, headers={"Origin": "https://evil.example"})
            assert answer.status_code == 403


# Tokens


async def test_a_token_is_a_name(guarded: Guarded) -> None:
    async with client(guarded.world.service, guarded.tokens["root"]) as asked:
        assert (await asked.get(ME)).json() == {"owner": "root", "admin": True}


@pytest.mark.parametrize(
    "header", ["Bearer mr_wrong", "Bearer ", "Basic YW5uOng=", "mr_wrong", "Bearer \u00e4"]
)
async def test_what_is_no_token_is_refused(guarded: Guarded, header: str) -> None:
    async with client(guarded.world.service) as asked:
        answer = await asked.get(ME, headers={"Authorization": header.encode()})
    assert answer.status_code == 401


async def test_a_wrong_token_is_not_made_good_by_a_cookie(guarded: Guarded) -> None:
    async with client(guarded.world.service) as asked:
        await sign_in(asked, "ann", PASSWORDS["ann"])
        assert (await asked.get(ME, headers=bearer("mr_wrong"))).status_code == 401


async def test_who_asks_too_often_is_told_to_wait(parts: Parts, guarded: Guarded, tmp_path: Path) -> None:
    slow = make_world(
        parts, f"sqlite:///{tmp_path / 'slow.db'}", auth=guarded.accounts.path, requests_per_minute=3
    )
    async with client(slow.service, guarded.tokens["ann"]) as ann:
        codes = [(await ann.post("/api/v1/sessions", json={})).status_code for _ in range(5)]
        assert codes == [422, 422, 422, 429, 429]
        assert (await ann.get("/api/v1/sessions")).status_code == 200
        refused = await ann.post("/api/v1/sessions", json={})
        assert 0 < int(refused.headers["retry-after"]) <= 60
        bob = await ann.post("/api/v1/sessions", json={}, headers=bearer(guarded.tokens["bob"]))
        assert bob.status_code == 422
    await slow.service.aclose()


# A proxy


def scope(address: str, *names: str) -> dict[str, object]:
    return {
        "type": "http",
        "client": (address, 1),
        "headers": [(b"x-forwarded-user", n.encode()) for n in names],
    }


@pytest.mark.parametrize(
    ("address", "names", "owner"),
    [
        ("10.1.2.3", ("ann",), "ann"),
        ("::ffff:10.1.2.3", ("ann",), "ann"),
        ("11.1.2.3", ("ann",), None),
        ("10.1.2.3", (), None),
        ("10.1.2.3", ("",), None),
        ("10.1.2.3", ("ann", "root"), None),
        ("10.1.2.3", ("local",), None),
        ("10.1.2.3", ("a" * 121,), None),
        ("unix", ("ann",), None),
    ],
)
def test_only_the_proxy_is_believed(address: str, names: tuple[str, ...], owner: str | None) -> None:
    door = ProxyDoor("X-Forwarded-User", ["10.0.0.0/8"], ["root"])
    found = door.identify(scope(address, *names))
    assert (found and found.owner) == owner
    assert found is None or not found.admin


def test_a_proxy_has_to_be_named() -> None:
    with pytest.raises(SetupError, match="MOCKROUND_TRUSTED_PROXIES"):
        door_for(Settings(user_header="X-Forwarded-User"))
    with pytest.raises(SetupError, match="MOCKROUND_TRUSTED_PROXIES"):
        door_for(Settings(user_header="X-Forwarded-User", trusted_proxies=("the proxy",)))
    with pytest.raises(SetupError, match="choose one"):
        door_for(Settings(user_header="X", auth=Path("users.json"), trusted_proxies=("10.0.0.1",)))


async def test_a_proxy_says_who_asks(parts: Parts, tmp_path: Path) -> None:
    world = make_world(
        parts,
        f"sqlite:///{tmp_path / 'proxied.db'}",
        user_header="X-Forwarded-User",
        trusted_proxies=("192.0.2.0/24",),
        admins=("root",),
    )
    async with client(world.service, address="192.0.2.7") as proxy:
        found = await proxy.get(ME, headers={"X-Forwarded-User": "root"})
        assert found.json() == {"owner": "root", "admin": True}
        unsaid = await proxy.get(ME, headers=HTML)
        assert (unsaid.status_code, unsaid.json()["detail"]) == (
            401,
            "The proxy in front of this server has not said who you are.",
        )
    async with client(world.service, address="198.51.100.1") as stranger:
        assert (await stranger.get(ME, headers={"X-Forwarded-User": "root"})).status_code == 401
    await world.service.aclose()


# The audit log


async def test_what_is_done_is_noted_and_nothing_of_what_is_said(guarded: Guarded) -> None:
    service = guarded.world.service
    async with client(service) as asked:
        await sign_in(asked, "ann", "not this one at all")
        await sign_in(asked, "ann", PASSWORDS["ann"])
        made = await asked.post("/api/v1/sessions", json={"round": "systems", "level": "IC3"})
        session = made.json()["id"]
        await asked.post(f"/api/v1/sessions/{session}/messages", json={"text": "credit 0.9 my secret words"})
        await asked.get(f"/api/v1/sessions/{session}/export")
        await asked.get(f"/api/v1/sessions/{session}", headers=bearer(guarded.tokens["bob"]))
        await asked.delete(f"/api/v1/sessions/{session}")
        await asked.post("/logout")
    text = guarded.audit.read_text(encoding="utf-8")
    noted = [json.loads(line) for line in text.splitlines()]
    assert [(item["event"], item["owner"]) for item in noted] == [
        ("sign-in failed", None),
        ("signed in", "ann"),
        ("session started", "ann"),
        ("session exported", "ann"),
        ("session of another refused", "bob"),
        ("session deleted", "ann"),
        ("signed out", "ann"),
    ]
    assert {item["session"] for item in noted if "session" in item} == {session}
    assert "secret words" not in text
    assert "not this one" not in text
