"""The server around the API: health, metrics, offline documentation, and what another web page may not do."""

from __future__ import annotations

import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path

import httpx
import pytest
from api_client import API, START, make_client, problem
from hypothesis import given
from hypothesis import strategies as st
from round_world import TINY, World, make_world

from interviewer.api import create_api
from interviewer.build import Parts
from interviewer.errors import SetupError
from interviewer.http_guard import refusal
from interviewer.listening import is_loopback
from interviewer.server import check_address

CONTRACT_ROUTES = {
    ("post", "/sessions"),
    ("get", "/sessions"),
    ("get", "/sessions/{session_id}"),
    ("post", "/sessions/{session_id}/messages"),
    ("post", "/sessions/{session_id}/actions/{action}"),
    ("get", "/sessions/{session_id}/report"),
    ("post", "/assess"),
    ("post", "/followups"),
    ("get", "/search"),
    ("get", "/questions"),
    ("get", "/questions/{question_id}"),
}


# Health, metrics, documentation


async def test_healthy_and_ready_with_a_word_on_the_model(client: httpx.AsyncClient) -> None:
    assert (await client.get("/healthz")).json() == {"status": "ok"}
    ready = await client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json() == {"status": "ready", "model": "No language model: the bank speaks."}


async def test_not_ready_without_the_database_but_healthy(parts: Parts, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    world = make_world(parts, f"sqlite:///{folder / 'rounds.db'}")
    async with make_client(world) as client:
        assert (await client.get("/readyz")).status_code == 200
        world.store.close()
        shutil.rmtree(folder)
        lost = await client.get("/readyz")
        assert lost.status_code == 503
        assert "data folder" in lost.json()["reason"]
        assert (await client.get("/healthz")).status_code == 200
        assert "data folder" in problem(await client.post(f"{API}/sessions", json=START), 503)
        folder.mkdir()
        assert (await client.get("/readyz")).status_code == 503, "an empty database is not ours"
    await world.service.aclose()


async def test_not_ready_when_the_database_was_unlinked(parts: Parts, tmp_path: Path) -> None:
    path = tmp_path / "rounds.db"
    world = make_world(parts, f"sqlite:///{path}")
    async with make_client(world) as client:
        created = (await client.post(f"{API}/sessions", json=START)).json()
        path.unlink()
        lost = await client.get("/readyz")
        assert lost.status_code == 503
        assert "was removed or replaced" in lost.json()["reason"]
        answer = await client.post(f"{API}/sessions/{created['id']}/messages", json={"text": "Lost?"})
        assert "nothing more is stored" in problem(answer, 503)
    await world.service.aclose()


async def test_metrics_count_by_route_and_not_by_id(client: httpx.AsyncClient) -> None:
    for number in range(3):
        await client.get(f"{API}/sessions/{number}")
        await client.get(f"{API}/unknown/{number}")
        await client.get(f"/elsewhere/{number}")
    await client.get(f"{API}/questions")
    answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    counted = dict(re.findall(r"^mockround_requests_total\{(.*)\} (\S+)$", answer.text, re.M))
    assert counted == {
        'route="/api/v1/sessions/{session_id}",status="404"': "3.0",
        'route="/api/v1/questions",status="200"': "1.0",
        'route="other",status="404"': "6.0",
    }
    timed = re.findall(r'^mockround_request_seconds_count\{route="(.*)"\}', answer.text, re.M)
    assert set(timed) == {"/api/v1/sessions/{session_id}", "/api/v1/questions", "other"}


async def test_the_documentation_loads_nothing_from_other_hosts(client: httpx.AsyncClient) -> None:
    page = await client.get("/docs")
    assert page.status_code == 200
    assert not re.search(r"(?:https?:)?//[a-z]", page.text)
    linked = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(linked) >= 3
    for place in linked:
        found = await client.get(place)
        assert found.status_code == 200, place
        assert len(found.content) > 100


async def test_the_openapi_description_has_every_route_and_our_kind_of_error(
    client: httpx.AsyncClient,
) -> None:
    described = (await client.get("/openapi.json")).json()
    routes = {
        (method, path.removeprefix(API))
        for path, methods in described["paths"].items()
        for method in methods
        if path.startswith(API)
    }
    assert routes >= CONTRACT_ROUTES
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            assert operation["description"], (method, path)
            assert "application/problem+json" in operation["responses"]["422"]["content"]
    assert "HTTPValidationError" not in str(described["paths"])


async def test_the_page_beside_the_api_keeps_its_own_paths(client: httpx.AsyncClient) -> None:
    assert (await client.get("/")).text == "the page"


# Other web pages

HOSTS: list[tuple[str, tuple[str, ...], bool]] = [
    ("127.0.0.1:7860", (), True),
    ("localhost:7860", (), True),
    ("LOCALHOST", (), True),
    ("mock.localhost:7860", (), True),
    ("[::1]:7860", (), True),
    ("192.168.1.20:7860", (), True),
    ("", (), True),
    ("evil.example:7860", (), False),
    ("localhost.evil.example", (), False),
    ("127.0.0.1.evil.example", (), False),
    ("[::1", (), False),
    ("mock.example", ("mock.example",), True),
    ("Mock.Example.:443", ("mock.example",), True),
    ("sub.mock.example", ("mock.example",), False),
    ("evil.example", ("*",), True),
]


@pytest.mark.parametrize(("host", "allowed", "passes"), HOSTS)
def test_only_known_names_are_answered(host: str, allowed: tuple[str, ...], passes: bool) -> None:
    assert (refusal("GET", "/api/v1/sessions", {"host": host}, allowed) is None) is passes


ORIGINS: list[tuple[str, str, str, tuple[str, ...], bool]] = [
    ("POST", "127.0.0.1:7860", "http://127.0.0.1:7860", (), True),
    ("POST", "localhost:7860", "http://LOCALHOST:7860", (), True),
    ("POST", "localhost:7860", "http://127.0.0.1:7860", (), False),
    ("POST", "localhost:7860", "http://localhost:3000", (), False),
    ("POST", "localhost:7860", "https://evil.example", (), False),
    ("POST", "localhost:7860", "https://evil.example/localhost:7860", (), False),
    ("POST", "localhost:7860", "null", (), False),
    ("POST", "localhost:7860", "", (), False),
    ("DELETE", "localhost:7860", "https://evil.example", (), False),
    ("PUT", "localhost:7860", "https://evil.example", (), False),
    ("GET", "localhost:7860", "https://evil.example", (), True),
    ("OPTIONS", "localhost:7860", "https://evil.example", (), True),
    ("POST", "mock.example", "https://mock.example", ("mock.example",), True),
    ("POST", "127.0.0.1:7860", "https://mock.example", ("mock.example",), True),
    ("POST", "mock.example", "https://evil.example", ("*",), False),
    ("POST", "mock.example", "https://mock.example", ("*",), True),
]


@pytest.mark.parametrize(("method", "host", "origin", "allowed", "passes"), ORIGINS)
def test_only_our_own_pages_may_act(
    method: str, host: str, origin: str, allowed: tuple[str, ...], passes: bool
) -> None:
    found = refusal(method, "/api/v1/sessions", {"host": host, "origin": origin}, allowed)
    assert (found is None) is passes


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_another_page_may_not_even_open_a_stream_of_the_programs_doors(method: str) -> None:
    asked = {"host": "localhost:7860", "origin": "https://evil.example"}
    assert refusal(method, "/gradio_api/mcp/sse", asked) is not None
    assert refusal(method, "/gradio_api/mcp/sse", {**asked, "origin": "http://localhost:7860"}) is None


@given(origin=st.text(), host=st.text(max_size=30))
def test_no_odd_header_passes_as_ours_or_breaks_the_check(origin: str, host: str) -> None:
    found = refusal("POST", "/api/v1/sessions", {"host": host, "origin": origin})
    assert found is not None or host.lower() in origin.lower()


async def test_a_foreign_page_can_neither_start_nor_delete_a_session(client: httpx.AsyncClient) -> None:
    foreign = {"Origin": "https://evil.example"}
    assert "origin" in problem(await client.post(f"{API}/sessions", json=START, headers=foreign), 403)
    session = (await client.post(f"{API}/sessions", json=START)).json()["id"]
    problem(await client.delete(f"{API}/sessions/{session}", headers=foreign), 403)
    problem(await client.post("/", headers=foreign), 403)
    listed = (await client.get(f"{API}/sessions")).json()["sessions"]
    assert [item["id"] for item in listed] == [session]
    own = {"Origin": "http://127.0.0.1:7860"}
    assert (await client.delete(f"{API}/sessions/{session}", headers=own)).status_code == 204


async def test_no_page_of_another_origin_is_invited_to_read_or_to_act(client: httpx.AsyncClient) -> None:
    asked = {
        "Origin": "https://evil.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    preflight = await client.options(f"{API}/sessions", headers=asked)
    read = await client.get(f"{API}/sessions", headers={"Origin": "https://evil.example"})
    for answer in (preflight, read):
        assert not [name for name in answer.headers if name.startswith("access-control-")]


async def test_a_form_of_a_foreign_page_without_origin_is_no_json(client: httpx.AsyncClient) -> None:
    form = {"Content-Type": "text/plain"}
    problem(await client.post(f"{API}/sessions", content=b'{"round":"systems"}', headers=form), 422)


async def test_a_foreign_name_is_told_which_setting_lets_it_in(client: httpx.AsyncClient) -> None:
    renamed = {"Host": "evil.example"}
    detail = problem(await client.get(f"{API}/sessions", headers=renamed), 403)
    assert "evil.example" in detail
    assert "MOCKROUND_ALLOWED_HOSTS" in detail
    problem(await client.get("/", headers=renamed), 403)
    for place in ("/healthz", "/readyz", "/metrics"):
        assert (await client.get(place, headers=renamed)).status_code == 200


async def test_a_setting_names_the_hosts(world: World) -> None:
    world.service.settings = world.service.settings.model_copy(update={"allowed_hosts": ("mock.example",)})
    transport = httpx.ASGITransport(create_api(world.service))
    async with httpx.AsyncClient(transport=transport, base_url="https://mock.example") as client:
        own = {"Origin": "https://mock.example"}
        assert (await client.post(f"{API}/sessions", json=START, headers=own)).status_code == 201


async def test_browsers_are_told_to_be_careful(client: httpx.AsyncClient) -> None:
    for place in (f"{API}/sessions", f"{API}/nothing", "/docs", "/"):
        headers = (await client.get(place)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "SAMEORIGIN"
        assert headers["referrer-policy"] == "same-origin"
        assert (headers.get("cache-control") == "no-store") is place.startswith(API)


# The address

LOOPBACK = [
    ("127.0.0.1", True),
    ("127.1.2.3", True),
    ("::1", True),
    ("localhost", True),
    ("0.0.0.0", False),
    ("::", False),
    ("192.168.1.20", False),
    ("example.org", False),
]


@pytest.mark.parametrize(("host", "expected"), LOOPBACK)
def test_which_addresses_stay_on_this_machine(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.20"])
def test_an_open_address_needs_a_word(host: str) -> None:
    with pytest.raises(SetupError, match="--allow-remote"):
        check_address(host, 7860, allow_remote=False)


def test_a_port_in_use_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SetupError, match=rf"Port {port} on 127\.0\.0\.1 is in use.*--port"):
            check_address("127.0.0.1", port, allow_remote=False)
    check_address("127.0.0.1", port, allow_remote=False)


def test_an_address_that_is_not_ours_is_named() -> None:
    # 192.0.2.0/24 is for documentation (RFC 5737); no machine has it.
    with pytest.raises(SetupError, match=r"192\.0\.2\.1 cannot be used"):
        check_address("192.0.2.1", 7860, allow_remote=True)


# `mockround serve` itself


def wait_until_it_answers(client: httpx.Client) -> None:
    for _ in range(600):
        try:
            client.get("/healthz")
            return
        except httpx.TransportError:
            time.sleep(0.1)
    pytest.fail("the server does not answer")


def test_serve_for_real(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "interviewer.cli", "serve", "--port", str(port), "--llm", "none"]
    command += ["--pack", str(TINY), "--data", str(tmp_path)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            lines = iter(process.stderr.readline, "")
            said = next((line for line in lines if "mockround is at" in line), "")
            assert f"http://127.0.0.1:{port} " in said
            assert "No language model" in said
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
                wait_until_it_answers(client)
                idle = HTTPConnection("127.0.0.1", port)
                idle.request("GET", "/healthz")
                idle.getresponse().read()
                unused_since = time.monotonic()
                assert client.get("/readyz").json()["status"] == "ready"
                page = client.get("/")
                assert page.status_code == 200
                assert "mockround" in page.text
                assert page.headers["x-content-type-options"] == "nosniff"
                problem(client.get(f"{API}/nothing"), 404)
                problem(client.put(f"{API}/sessions"), 405)
                foreign = {"Origin": "https://evil.example"}
                for place in (f"{API}/sessions", "/gradio_api/queue/join"):
                    problem(client.post(place, json={}, headers=foreign), 403)
                created = client.post(f"{API}/sessions", json=START, headers={"Origin": str(client.base_url)})
                assert created.status_code == 201
                # Longer than uvicorn itself keeps a connection, shorter than proxies do.
                time.sleep(max(0.0, unused_since + 6 - time.monotonic()))
                idle.request("GET", "/healthz")
                assert idle.getresponse().status == 200
                idle.close()
        finally:
            process.terminate()
            rest = process.stderr.read()
            process.wait(30)
    assert "Traceback" not in rest
    assert process.returncode in (0, -signal.SIGTERM)
