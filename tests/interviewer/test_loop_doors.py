"""Whole loops for programs and in the terminal."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pypdf
import pytest
import pytest_asyncio
from api_client import API, make_client, problem
from cli_runner import Finished, Run, run_here
from round_world import TINY, World

from interviewer.build import Parts

PAGED = "The cache grows with sequence length and batch size; the weights take 14 GB and stay fixed."


@pytest_asyncio.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with make_client(world) as made:
        yield made


async def get(client: httpx.AsyncClient, path: str) -> Any:
    answer = await client.get(f"{API}/{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def begun(client: httpx.AsyncClient, **body: Any) -> Any:
    answer = await client.post(f"{API}/loops", json={"level": "IC3", "seed": 1, **body})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def play(client: httpx.AsyncClient, loop_id: str, credit: float = 0.9, **body: Any) -> Any:
    answer = await client.post(f"{API}/loops/{loop_id}/stages", json=body)
    assert answer.status_code == 201, answer.text
    view = answer.json()
    while view["phase"] == "open":
        said = {"text": f"credit {credit}"}
        view = (await client.post(f"{API}/sessions/{view['id']}/messages", json=said)).json()
    return (await client.post(f"{API}/sessions/{view['id']}/actions/end")).json()


async def test_a_loop_from_its_beginning_to_the_decision(client: httpx.AsyncClient) -> None:
    loop = await begun(client, background="I tune caches.")
    assert (loop["next"], loop["state"], loop["finished"], loop["planned"]) == ("talk", "under way", 0, 4)
    assert [stage["id"] for stage in loop["stages"]] == ["talk", "onsite"]
    for _ in range(4):
        assert (await play(client, loop["id"]))["finished"]
    shown = await get(client, f"loops/{loop['id']}")
    assert (shown["state"], shown["next"], len(shown["stages"])) == ("complete", None, 4)
    assert await get(client, "loops") == {"loops": [shown]}
    early = await get(client, f"loops/{loop['id']}/debrief")
    assert (early["decided_at"], early["recommendation"]) == (None, "strong hire")
    decided = (await client.post(f"{API}/loops/{loop['id']}/decision")).json()
    assert decided["decided_at"] == "2026-03-02T10:00:00+00:00"
    assert {**early, "decided_at": decided["decided_at"]} == decided
    assert "decided" in problem(await client.post(f"{API}/loops/{loop['id']}/stages"), 409)


async def test_the_debrief_as_markdown_quotes_the_answers(client: httpx.AsyncClient) -> None:
    loop = await begun(client)
    await play(client, loop["id"], 0.6)
    answer = await client.get(f"{API}/loops/{loop['id']}/debrief?format=md")
    assert answer.headers["content-type"] == "text/markdown; charset=utf-8"
    assert "mockround-debrief" in answer.headers["content-disposition"]
    text = answer.text
    assert text.startswith(
        "# Debrief of the loop · Test role · IC3\n\n**No recommendation at IC3.**\n\nSo far: the loop is not decided yet. Too little is scored"
    )
    assert "Not in the result: Onsite (not taken)." in text
    assert "has not been measured" in text
    problem(await client.get(f"{API}/loops/{loop['id']}/debrief?format=docx"), 422)


async def test_the_debrief_as_pdf_has_what_the_markdown_has(client: httpx.AsyncClient) -> None:
    loop = await begun(client)
    for credit in (0.9, 0.9, 0.1, 0.9):
        await play(client, loop["id"], credit)
    found = await get(client, f"loops/{loop['id']}/debrief")
    answer = await client.get(f"{API}/loops/{loop['id']}/debrief?format=pdf")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].endswith('.pdf"')
    pages = [
        " ".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(answer.content)).pages
    ]
    assert all(len(page) > 200 for page in pages)
    text = " ".join(pages)
    assert f"at IC3 ({found['level_title']})" in pages[0]
    assert "has not been measured" in pages[0]
    titles = [item["title"] for item in (*found["stages"], *found["dimensions"])]
    points = [item["criterion"] for item in (*found["evidence_for"], *found["evidence_against"])]
    assert points
    assert [words for words in (*titles, *points) if words not in text] == []


async def test_the_same_request_twice(client: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": "k1"}
    both = [await client.post(f"{API}/loops", json={"level": "IC3"}, headers=key) for _ in range(2)]
    assert both[0].json() == both[1].json()
    path = f"{API}/loops/{both[0].json()['id']}/stages"
    views = [(await client.post(path, headers=key)).json() for _ in range(2)]
    assert views[0]["id"] == views[1]["id"]
    await client.post(f"{API}/sessions/{views[0]['id']}/actions/end")
    assert (await client.post(path, headers=key)).json()["id"] == views[0]["id"]


async def test_deleting_leaves_the_sessions_unless_told(client: httpx.AsyncClient) -> None:
    for sessions, left in (("", 1), ("?sessions=true", 1)):
        loop = await begun(client)
        await play(client, loop["id"])
        assert (await client.delete(f"{API}/loops/{loop['id']}{sessions}")).status_code == 204
        assert len((await get(client, "sessions"))["sessions"]) == left
        problem(await client.get(f"{API}/loops/{loop['id']}"), 404)


@pytest.mark.parametrize(
    ("body", "status"),
    [({"level": "IC9"}, 404), ({}, 422), ({"level": "IC3", "colour": "red"}, 422)],
)
async def test_what_cannot_be_begun_is_a_problem(
    client: httpx.AsyncClient, body: dict[str, Any], status: int
) -> None:
    problem(await client.post(f"{API}/loops", json=body), status)


async def test_a_stage_out_of_turn_is_a_problem(client: httpx.AsyncClient) -> None:
    loop = await begun(client)
    path = f"{API}/loops/{loop['id']}/stages"
    assert "comes first" in problem(await client.post(path, json={"stage": "onsite"}), 409)
    problem(await client.post(path, json={"stage": "lunch"}), 404)
    problem(await client.post(f"{API}/loops/{loop['id']}/decision"), 409)
    problem(await client.post(f"{API}/loops/nowhere/stages"), 404)


# The command line


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], real_parts: Parts) -> Run:
    """`mockround` in this process; the embedding model is loaded once for all tests."""
    monkeypatch.setattr("interviewer.config.default_embedder", lambda *_: real_parts.embedder)

    def go(*args: object, stdin: str = "") -> Finished:
        return run_here(monkeypatch, capsys, *args, stdin=stdin)

    return go


@pytest.fixture
def place(tmp_path: Path) -> tuple[object, ...]:
    """Options for the tiny pack and a data folder of the test's own."""
    return ("--data", tmp_path / "rounds", "--pack", TINY)


def whole_json(finished: Finished) -> Any:
    assert finished.code == 0, finished.err
    return json.loads(finished.out)


def test_a_loop_in_the_terminal(run: Run, place: tuple[object, ...], tmp_path: Path) -> None:
    assert run("loop", "show", *place).sentence.startswith("No loop was begun yet")
    résumé = tmp_path / "cv.txt"
    résumé.write_text("I tune caches.", encoding="utf-8")
    told = whole_json(run("loop", "begin", "--background-file", résumé, "--seed", 1, "--json", *place))
    assert (told["next"], told["background"]) == ("talk", "I tune caches.")
    shown = run("loop", "show", *place)
    assert "First talk" in shown.out
    assert "under way" in shown.err

    played = run("loop", "continue", *place, "--llm", "none", stdin=f"{PAGED}\n\n/end\n\n")
    assert played.code == 0, played.err
    assert "Next: Onsite" in played.err
    assert whole_json(run("loop", "show", told["id"], "--json", *place))["stages"][0]["state"] == "finished"
    assert told["id"] in run("loop", "list", *place).out
    assert len(whole_json(run("loop", "list", "--json", *place))["loops"]) == 1

    read = run("loop", "debrief", *place)
    assert read.out.startswith("# Debrief of the loop")
    assert "So far: the loop is not decided yet." in read.out
    kept = tmp_path / "debrief.md"
    assert run("loop", "debrief", "-o", kept, *place).code == 0
    assert kept.read_text(encoding="utf-8") == read.out
    assert run("loop", "debrief", "--format", "pdf", "-o", kept, *place).code == 0
    assert kept.read_bytes().startswith(b"%PDF-")
    as_json = whole_json(run("loop", "debrief", "--json", *place))
    assert as_json == whole_json(run("loop", "debrief", "--format", "json", *place))
    assert whole_json(run("loop", "decide", "--json", *place))["decided_at"] is not None
    assert run("loop", "continue", *place, "--llm", "none").sentence.startswith("The loop is decided")
    assert run("loop", "delete", told["id"], "--with-sessions", *place).code == 0
    assert run("loop", "delete", told["id"], *place).sentence.startswith("There is no loop")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["begin", "--level", "IC9"], "no level"),
        (["begin", "--background-file", "nowhere.txt"], "cannot be read"),
        (["debrief", "--format", "docx"], "--format is md, json or pdf"),
        (["debrief", "--format", "pdf"], "Name a file with -o"),
        (["decide", "nowhere"], "no loop"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    run: Run, place: tuple[object, ...], words: list[str], sentence: str
) -> None:
    failed = run("loop", *words, *place)
    assert failed.code == 2
    assert sentence in failed.sentence
