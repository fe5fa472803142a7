"""Nobody gets at anybody else's: a hundred users at once over the API, and every event, endpoint and tool of the page."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from access_world import ADMIN, PASSWORDS, Guarded, bearer, make_accounts
from api_client import served
from gradio_client import Client
from gradio_client.exceptions import AppError
from gradio_here import GRADIO_WARNINGS
from round_world import World, make_world

from interviewer.access.accounts import Accounts
from interviewer.api import create_api
from interviewer.build import Parts
from interviewer.service import StartRequest
from ui.app import mount_page

pytestmark = [*GRADIO_WARNINGS]

API = "/api/v1"
USERS = 100
SECRET = "credit 0.9 the harbour lights word"
# What a thief sends where a body is wanted; with their own session every one of these is taken.
BODIES: dict[str, Any] = {
    "/sessions/{session_id}/messages": {"text": "mine now"},
    "/sessions/{session_id}/actions/{action}": {"text": "mine now"},
}


def many_accounts(folder: Path) -> tuple[Accounts, dict[str, str]]:
    """A hundred users with tokens. One hash serves for all of them: no password is asked here."""
    accounts, _ = make_accounts(folder)
    file = json.loads(accounts.path.read_text(encoding="utf-8"))
    file["users"] = {f"user{place}": file["users"]["ann"] | {"tokens": []} for place in range(USERS)}
    accounts.path.write_text(json.dumps(file), encoding="utf-8")
    return accounts, {name: accounts.add_token(name, "tests") for name in file["users"]}


def logs(world: World) -> dict[str, tuple[int, str]]:
    """Session -> the number of its last event and whose it is."""
    return {item.id: (world.store.load(item.id)[-1].seq, item.owner) for item in world.store.list(None)}


async def test_a_hundred_users_at_once_get_at_nothing_of_each_other(parts: Parts, tmp_path: Path) -> None:
    accounts, tokens = many_accounts(tmp_path)
    world = make_world(
        parts, f"sqlite:///{tmp_path / 'rounds.db'}", auth=accounts.path, requests_per_minute=10_000
    )
    app = create_api(world.service)
    routes = [
        (method.upper(), path.removeprefix(API))
        for path, methods in app.openapi()["paths"].items()
        for method in methods
        if "_id}" in path and not path.startswith((f"{API}/questions", f"{API}/problems"))
    ]
    assert len(routes) >= 12
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:7860") as asked:

        async def ask(name: str, method: str, path: str, **more: Any) -> httpx.Response:
            return await asked.request(method, API + path, headers=bearer(tokens[name]), **more)

        async def begin(name: str) -> tuple[str, str]:
            made = await ask(
                name, "POST", "/sessions", json={"round": "systems", "level": "IC3", "background": SECRET}
            )
            session: str = made.json()["id"]
            await ask(name, "POST", f"/sessions/{session}/messages", json={"text": f"{SECRET} of {name}"})
            return name, session

        theirs = dict(await asyncio.gather(*(begin(name) for name in tokens)))
        before = logs(world)
        assert {owner for _, owner in before.values()} == set(tokens)

        async def steal(place: int, name: str) -> None:
            for step in (1, 7, 50):
                victim = theirs[f"user{(place + step) % USERS}"]
                for method, path in routes:
                    where = path.format(session_id=victim, loop_id=victim, action="skip")
                    answer = await ask(name, method, where, json=BODIES.get(path, {}))
                    assert answer.status_code == 404, (method, path, answer.text)
                    assert SECRET not in answer.text
            mine = (await ask(name, "GET", "/sessions")).json()["sessions"]
            assert [item["id"] for item in mine] == [theirs[name]]
            again = await ask(name, "POST", "/sessions", json={"level": "IC3", "again": theirs["user0"]})
            assert (answer.status_code, again.status_code) == (404, 404 if name != "user0" else 201)

        await asyncio.gather(*(steal(place, name) for place, name in enumerate(tokens)))
        after = logs(world)
        assert {key: after[key] for key in before} == before
        # The same key of two users makes two sessions.
        keyed = [
            await asked.post(
                f"{API}/sessions",
                json={"round": "systems", "level": "IC3"},
                headers={**bearer(tokens[name]), "Idempotency-Key": "the same"},
            )
            for name in ("user1", "user2")
        ]
        assert len({item.json()["id"] for item in keyed}) == 2
        deleted = await ask("user3", "DELETE", "/sessions?confirm=everything")
        assert deleted.json() == {"sessions": 1}
        assert set(before) - set(logs(world)) == {theirs["user3"]}
    await world.service.aclose()


# The page


@pytest.fixture
def url(guarded: Guarded) -> Iterator[str]:
    """The whole page on a port of its own."""
    with served(guarded.world, mount_page) as address:
        yield address


async def ann_begins(guarded: Guarded) -> str:
    """A session of Ann's with a secret in it."""
    service = guarded.world.service
    view = await service.start(StartRequest("systems", "IC3", background=SECRET), "ann")
    async for _ in await service.proceed(view.id, "ann"):
        pass
    async for _ in await service.send(view.id, "ann", SECRET):
        pass
    return view.id


def config_of(client: httpx.Client) -> dict[str, Any]:
    """The page's components and events."""
    found: dict[str, Any] = client.get("/config").json()
    return found


def event(client: httpx.Client, page: str, number: int, data: list[Any]) -> str:
    """What one of the page's events answers, as it comes over the wire."""
    body = {"data": data, "fn_index": number, "session_hash": page, "event_data": None, "trigger_id": None}
    joined = client.post("/gradio_api/queue/join", json=body)
    if joined.status_code != 200:
        return joined.text
    with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": page}) as stream:
        return "".join(stream.iter_text())


async def test_no_event_of_the_page_gives_or_changes_what_is_anothers(guarded: Guarded, url: str) -> None:
    session = await ann_begins(guarded)
    before = logs(guarded.world)
    with httpx.Client(base_url=url, headers=bearer(guarded.tokens["bob"]), timeout=60) as bob:
        config = await asyncio.to_thread(config_of, bob)
        assert config["dependencies"]
        tried = 0
        for item in config["dependencies"]:
            if not item["backend_fn"]:
                continue
            # The id stands wherever an id could: alone, and as the buttons of a report say it.
            for told in (session, f"1|{session}"):
                told_by = await asyncio.to_thread(
                    event, bob, secrets.token_hex(5), item["id"], [told] * len(item["inputs"])
                )
                assert SECRET not in told_by, item
                tried += 1
    assert tried > 100
    after = logs(guarded.world)
    assert after[session] == before[session]
    assert all(owner == "bob" for key, (_, owner) in after.items() if key != session)
    # The same way with her own name reaches it: the sweep would have found it.
    with httpx.Client(base_url=url, headers=bearer(guarded.tokens["ann"]), timeout=60) as ann:
        found = ""
        for item in (await asyncio.to_thread(config_of, ann))["dependencies"]:
            if item["backend_fn"] and len(item["inputs"]) == 1:
                found += await asyncio.to_thread(event, ann, secrets.token_hex(5), item["id"], [session])
    assert SECRET in found


async def test_a_page_is_its_owners(guarded: Guarded, url: str) -> None:
    page = secrets.token_hex(5)
    with httpx.Client(base_url=url, timeout=30) as anybody:

        def ask(name: str, method: str, path: str, **more: Any) -> int:
            return anybody.request(method, path, headers=bearer(guarded.tokens[name]), **more).status_code

        body = {"data": [], "fn_index": 0, "session_hash": page}
        assert ask("ann", "POST", "/gradio_api/queue/join", json=body) == 200
        for method, path, more in (
            ("POST", "/gradio_api/queue/join", {"json": body}),
            ("GET", f"/gradio_api/queue/data?session_hash={page}", {}),
            ("GET", f"/gradio_api/heartbeat/{page}", {}),
            ("POST", "/gradio_api/cancel", {"json": {"session_hash": page, "fn_index": 0, "event_id": "x"}}),
            ("POST", "/gradio_api/reset", {"json": {"session_hash": page, "event_id": "x"}}),
            ("POST", "/gradio_api/run/sessions", {"json": {"data": [], "session_hash": page}}),
            ("POST", "/gradio_api/call/sessions", {"json": {"data": [], "session_hash": page}}),
        ):
            assert ask("bob", method, path, **more) == 403, path
        fetched = {"path": "https://example.org/résumé.pdf", "meta": {"_type": "gradio.FileData"}}
        body = {"data": [[fetched]], "fn_index": 0, "session_hash": page}
        assert ask("ann", "POST", "/gradio_api/queue/join", json=body) == 403


@pytest.mark.parametrize(
    "path",
    [
        "/monitoring",
        "/gradio_api/proxy=https://example.org",
        "/gradio_api/dev/reload",
        "/gradio_api/vibe-code",
        "/login/x",
    ],
)
def test_what_the_page_does_not_need_is_closed(guarded: Guarded, url: str, path: str) -> None:
    with httpx.Client(base_url=url, headers=bearer(guarded.tokens[ADMIN])) as root:
        assert root.get(path).status_code == 404


async def test_gradio_client_has_the_sessions_of_its_token(guarded: Guarded, url: str) -> None:
    session = await ann_begins(guarded)
    with pytest.raises(Exception, match="credentials"):
        await asyncio.to_thread(Client, url, verbose=False)
    bob = await asyncio.to_thread(
        Client, url, verbose=False, headers=bearer(guarded.tokens["bob"]), analytics_enabled=False
    )
    calls = [
        ("/session", {"session_id": session}),
        ("/report", {"session_id": session}),
        ("/say", {"session_id": session, "text": "mine now"}),
        ("/act", {"session_id": session, "action": "end"}),
        ("/contest", {"session_id": session, "turn": 0, "criterion": "cache-grows", "words": "credit"}),
    ]
    for name, arguments in calls:
        with pytest.raises(AppError, match="There is no session"):
            await asyncio.to_thread(bob.predict, api_name=name, **arguments)
    assert (await asyncio.to_thread(bob.predict, api_name="/sessions"))["sessions"] == []
    bob.close()


@asynccontextmanager
async def tools_of(url: str, token: str | None) -> AsyncIterator[Any]:
    mcp = pytest.importorskip("mcp", reason="mcp is not installed (make install-dev)")
    http = pytest.importorskip("mcp.client.streamable_http")
    async with (
        httpx.AsyncClient(headers=bearer(token), timeout=30) as client,
        http.streamable_http_client(f"{url}/gradio_api/mcp/", http_client=client) as (read, write, *_),
        mcp.ClientSession(read, write) as session,
    ):
        await session.initialize()
        yield session


async def test_mcp_has_the_sessions_of_its_token(guarded: Guarded, url: str) -> None:
    session = await ann_begins(guarded)
    for name, sees in (("ann", True), ("bob", False)):
        async with tools_of(url, guarded.tokens[name]) as tools:
            told = await tools.call_tool("session", {"session_id": session})
            assert (not told.isError) is sees
            assert (SECRET in str(told.content)) is sees
            listed = await tools.call_tool("sessions", {})
            assert (session in str(listed.content)) is sees
    async with httpx.AsyncClient(base_url=url) as nobody:
        ask = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
        asked = await nobody.post("/gradio_api/mcp/", json=ask, headers={"Accept": "text/event-stream"})
        assert asked.status_code == 401


async def test_only_administrators_connect_a_model(guarded: Guarded, url: str) -> None:
    service = guarded.world.service

    def press(name: str) -> str:
        with httpx.Client(base_url=url, headers=bearer(guarded.tokens[name]), timeout=60) as client:
            (number,) = [
                item["id"]
                for item in config_of(client)["dependencies"]
                if item["backend_fn"] and len(item["inputs"]) == 4 and len(item["outputs"]) == 3
            ]
            return event(client, secrets.token_hex(5), number, ["http://127.0.0.1:9/v1", "", "", False])

    with suppress(httpx.HTTPError):
        assert "ask who runs this server" in await asyncio.to_thread(press, "bob")
    assert "ask who runs this server" not in await asyncio.to_thread(press, ADMIN)
    assert service.model.status.kind == "none"


def test_passwords_are_long_enough() -> None:
    assert all(len(password) >= 15 for password in PASSWORDS.values())
