"""Names that lead elsewhere: session ids, problem ids, exports, and the files that Gradio hands out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from api_client import served
from gradio_here import GRADIO_WARNINGS
from round_world import TINY, make_world

from interviewer.build import Parts
from ui.app import mount_page

pytestmark = [*GRADIO_WARNINGS]


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where everything is stored."""
    return tmp_path_factory.mktemp("data") / "rounds.db"


@pytest.fixture(scope="module")
def http(hostile_parts: Parts, database: Path) -> Iterator[httpx.Client]:
    """A client of the page that sends addresses as they are."""
    world = make_world(hostile_parts, f"sqlite:///{database}")
    with served(world, mount_page) as url, httpx.Client(base_url=url, timeout=60) as client:
        client.get("/api/v1/sessions").raise_for_status()
        yield client


def private_files(database: Path) -> list[Path]:
    """What nobody may read through the page."""
    assert database.exists()
    return [
        database,
        TINY / "pack.yaml",
        TINY / "problems" / "top_gap" / "tests.py",
        Path("/etc/passwd"),
        Path("/proc/self/environ"),
        Path("/proc/self/cmdline"),
        Path(__file__),
        Path.cwd() / "pyproject.toml",
        Path.home(),
    ]


def test_gradio_hands_out_no_file_that_was_not_offered(database: Path, http: httpx.Client) -> None:
    for path in private_files(database):
        for name in (str(path), f"//{path}", f"/tmp/../{path}", f"file://{path}", quote(str(path), safe="")):
            for door in ("/gradio_api/file=", "/gradio_api/file/", "/file=", "/gradio_api/stream/x/x/x/"):
                answer = http.get(f"{door}{name}")
                assert answer.status_code in (403, 404, 405, 307, 422), (door, name, answer.status_code)
                assert answer.headers.get("content-type", "json").endswith(
                    ("json", "text/plain; charset=utf-8")
                )


@pytest.mark.parametrize(
    "path",
    [
        "/static/../../../../etc/passwd",
        "/static/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/static/..%2f..%2f..%2fetc/passwd",
        "/assets/..%2f..%2f..%2f..%2fetc%2fpasswd",
        "/assets/....//....//etc/passwd",
        "/svelte/..%2f..%2fetc/passwd",
        "/custom_component/x/client/x/..%2f..%2fetc%2fpasswd",
        "/gradio_api/custom_component/x/client/x/..%2f..%2fetc%2fpasswd",
        "/static-offline-docs/..%2f..%2fetc%2fpasswd",
        "/gradio_api/proxy=http://127.0.0.1:1/",
        "/gradio_api/proxy=http://169.254.169.254/latest/meta-data",
        "/gradio_api/file=http://169.254.169.254/latest/meta-data",
        "/gradio_api/file=C:\\Windows\\win.ini",
        "/gradio_api/file=\\\\evil.example\\share",
        "/gradio_api/file=.",
        "/gradio_api/file=%00/etc/passwd",
    ],
)
def test_no_path_leads_out(http: httpx.Client, path: str) -> None:
    answer = http.get(path)
    assert 300 <= answer.status_code < 500, answer.status_code
    assert b"root:" not in answer.content
    assert not answer.headers.get("location", "").startswith(("http://169.", "//evil"))


IDS = (
    "../rounds.db",
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e",
    "....//",
    "\\..\\x",
    "a%00b",
    "%ef%bc%8e%ef%bc%8e%ef%bc%8fetc",
    "~root",
    "x" * 3000,
)


@pytest.mark.parametrize("name", IDS)
@pytest.mark.parametrize(
    "path",
    [
        "/sessions/{}",
        "/sessions/{}/report?format=pdf",
        "/sessions/{}/export",
        "/self-assessments/{}",
        "/loops/{}/debrief?format=md",
        "/problems/{}",
        "/questions/{}",
    ],
)
def test_an_id_is_a_name_and_no_path(http: httpx.Client, path: str, name: str) -> None:
    answer = http.get(f"/api/v1{path.format(name)}")
    assert answer.status_code in (404, 422), answer.text
    assert b"root:" not in answer.content
    assert "content-disposition" not in answer.headers


def handler(http: httpx.Client, elem_id: str) -> int:
    """The number of the event that takes the file of a component."""
    config: dict[str, Any] = http.get("/config").json()
    (component,) = [item["id"] for item in config["components"] if item["props"].get("elem_id") == elem_id]
    (found,) = [
        item["id"]
        for item in config["dependencies"]
        if [component, "upload"] in [list(target) for target in item["targets"]]
    ]
    return int(found)


@pytest.mark.parametrize("elem_id", ["mr-upload", "mr-sessions-import"])
def test_a_file_that_was_not_uploaded_is_neither_read_nor_deleted(
    http: httpx.Client, tmp_path: Path, elem_id: str
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret of somebody else")
    event = handler(http, elem_id)
    file = {"path": str(secret), "orig_name": "x.txt", "meta": {"_type": "gradio.FileData"}}
    for number, given in enumerate((file, file | {"url": f"file://{secret}"}, file | {"is_stream": True})):
        wanted = {
            "data": [given, ""],
            "fn_index": event,
            "session_hash": f"s{number}{elem_id}",
            "trigger_id": None,
        }
        assert http.post("/gradio_api/queue/join", json=wanted).status_code == 200
        told = []
        with http.stream("GET", f"/gradio_api/queue/data?session_hash=s{number}{elem_id}") as stream:
            for line in stream.iter_lines():
                if line.startswith("data:"):
                    told.append(json.loads(line[5:]))
                if told and told[-1]["msg"] in ("process_completed", "close_stream"):
                    break
        assert told[-1]["success"] is False
        assert "secret of somebody" not in json.dumps(told)
        assert secret.exists()
