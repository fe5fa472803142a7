"""Coding problems over the command line and over HTTP, with the service that holds them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from sandbox_world import TINY, needs_bubblewrap

from interviewer.api import create_api
from interviewer.build import Parts, build_service
from interviewer.cli import main
from interviewer.config import Settings
from interviewer.judge.embedded import EmbeddedJudge
from interviewer.llm.connect import ModelStatus
from interviewer.packs import load_role_pack
from interviewer.service import InterviewService
from retrieval import HashEmbedder, build_passages, open_retriever

pytestmark = needs_bubblewrap

WRONG = TINY / "problems" / "top_gap" / "wrong_given_order.py"
RIGHT = TINY / "problems" / "top_gap" / "solution.py"

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """`mockround ARGS --pack TINY` in this process: exit code, stdout, stderr."""

    def go(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["mockround", *map(str, words), "--pack", str(TINY)])
        code: object = 0
        try:
            main()
        except SystemExit as done:
            code = done.code or 0
        out, err = capsys.readouterr()
        assert isinstance(code, int)
        return code, out, err

    return go


def test_a_run_as_json_is_that_of_the_contract(command: Command, tmp_path: Path) -> None:
    code, out, _ = command("code", "run", "top_gap", WRONG, "--json", "--data", tmp_path)
    document = json.loads(out)
    assert code == 0, "it has run, whether or not it passed"
    assert {"problem", "passed", "cases", "error"} <= document.keys()
    assert (document["problem"], document["passed"], document["error"]) == ("top_gap", False, None)
    for case in document["cases"]:
        assert {"name", "passed", "expected", "got", "stdout", "time_ms"} <= case.keys()
    first, hidden = document["cases"][0], document["cases"][2]
    assert (first["expected"], first["got"], first["passed"]) == ("5", "3", False)
    assert (hidden["visible"], hidden["expected"]) == (False, None)

    code, out, _ = command("code", "run", "top_gap", RIGHT, "--json", "--data", tmp_path)
    document = json.loads(out)
    assert (code, document["passed"]) == (0, True)
    assert all(isinstance(case["time_ms"], float) for case in document["cases"])


def test_a_run_for_a_person(command: Command, tmp_path: Path) -> None:
    code, out, _ = command("code", "run", "top_gap", WRONG, "--examples", "--growth", "--data", tmp_path)
    assert code == 0
    assert "1 of 2 cases passed." in out
    assert "First failure, example-1: 5 expected, 3 found." in out
    assert "n =    64,000" in out
    broken = tmp_path / "broken.py"
    broken.write_text("def top_gap(times:\n")
    code, out, _ = command("code", "run", "top_gap", broken, "--data", tmp_path)
    assert code == 0
    assert out.startswith("No case was run. SyntaxError: ")


def test_the_problems_are_listed_and_shown(command: Command, tmp_path: Path) -> None:
    code, out, _ = command("code", "list", "--json")
    assert [item["id"] for item in json.loads(out)["problems"]] == ["pick_pair", "row_softmax", "top_gap"]
    code, out, _ = command("code", "list")
    assert code == 0
    assert "row_softmax" in out
    code, out, _ = command("code", "show", "top_gap", "--data", tmp_path)
    assert code == 0
    assert "top_gap([10, 2, 5]) → 5" in out
    assert "oracle" not in out
    code, out, _ = command("code", "show", "top_gap", "--json", "--data", tmp_path)
    assert json.loads(out)["starter"].startswith("def top_gap(times")


def test_what_the_command_cannot_do_is_one_sentence(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = tmp_path / "nowhere.py"
    for words, wanted, sentence in (
        (("code", "run", "nothing", RIGHT), 2, "no problem 'nothing'"),
        (("code", "run", "top_gap", nowhere), 2, "nowhere.py cannot be read"),
        (("code", "show", "nothing"), 2, "no problem 'nothing'"),
    ):
        code, out, err = command(*words, "--data", tmp_path)
        assert (code, out) == (wanted, "")
        assert sentence in err
    monkeypatch.setenv("MOCKROUND_RUN_CODE", "off")
    code, out, err = command("code", "run", "top_gap", RIGHT, "--data", tmp_path)
    assert (code, out) == (1, "")
    assert "MOCKROUND_RUN_CODE=off" in err


def test_a_check_runs_what_the_pack_promises(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import shutil

    root = tmp_path / "pack"
    shutil.copytree(TINY, root)
    shutil.rmtree(root / "problems" / "row_softmax")
    solution = root / "problems" / "top_gap" / "solution_2.py"
    solution.write_text(solution.read_text().replace("max(best, now - last)", "min(best, now - last)"))
    monkeypatch.setattr("sys.argv", ["mockround", "corpus", "check", str(root), "--run", "--json"])
    with pytest.raises(SystemExit) as done:
        main()
    assert done.value.code == 2
    out, err = capsys.readouterr()
    document = json.loads(out)
    assert [fault["file"] for fault in document["faults"]] == [str(solution)]
    assert "fails the case example-1" in document["faults"][0]["message"]
    assert [item["problem"] for item in document["ran"]] == ["pick_pair", "top_gap"]
    assert "2 coding problems were run." in err


@pytest_asyncio.fixture
async def service(tmp_path: Path) -> AsyncIterator[InterviewService]:
    role = load_role_pack(TINY)
    embedder = HashEmbedder()
    passages = build_passages(role.pack, role.rubrics)
    retriever = open_retriever(tmp_path / "index", passages, embedder)
    status = ModelStatus("none", "No language model.")
    parts = Parts(role, embedder, retriever, passages, EmbeddedJudge(embedder), None, status)
    made = build_service(Settings(data=tmp_path, pack=TINY, llm="none"), parts, store_url="sqlite://")
    yield made
    await made.aclose()


def client_of(app: FastAPI) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:7860/api/v1", timeout=60)


async def test_over_http(service: InterviewService) -> None:
    async with client_of(create_api(service)) as client:
        listed = (await client.get("/problems")).json()["problems"]
        assert [item["id"] for item in listed] == ["pick_pair", "row_softmax", "top_gap"]
        shown = (await client.get("/problems/top_gap")).json()
        assert shown["runs"] is True
        assert not {"tests", "solutions", "wrong", "complexity"} & shown.keys()
        ran = (await client.post("/problems/top_gap/run", json={"code": WRONG.read_text()})).json()
        assert ran == json.loads(json.dumps(asdict(await service.code.run("top_gap", WRONG.read_text())))) | {
            "cases": ran["cases"]
        }
        assert ran["cases"][0]["message"] == "5 expected, 3 found."
        few: dict[str, Any] = {"code": RIGHT.read_text(), "examples_only": True}
        assert len((await client.post("/problems/top_gap/run", json=few)).json()["cases"]) == 2
        grown = (await client.post("/problems/top_gap/growth", json={"code": RIGHT.read_text()})).json()
        assert [point["n"] for point in grown["points"]] == [4000, 16000, 64000]


async def test_health_is_answered_while_hostile_code_runs(service: InterviewService) -> None:
    async with client_of(create_api(service)) as client:
        code = "def top_gap(times):\n    held = []\n    while True:\n        held.append(bytearray(10**6)); print('x' * 10**4)\n"
        running = [
            asyncio.create_task(client.post("/problems/top_gap/run", json={"code": code})) for _ in range(6)
        ]
        answered = 0
        while not all(task.done() for task in running):
            answer = await client.get("http://127.0.0.1:7860/healthz")
            assert answer.status_code == 200
            answered += 1
        assert answered > len(running)
        answers = [task.result() for task in running]
        # Whoever's turn does not come in time is told so.
        assert {answer.status_code for answer in answers} <= {200, 503}
        assert {answer.json()["passed"] for answer in answers if answer.status_code == 200} == {False}


async def test_where_code_is_not_run_the_answer_says_how_to_turn_it_on(service: InterviewService) -> None:
    off = InterviewService(
        service.settings.model_copy(update={"run_code": "off"}),
        service.role,
        service.store,
        service.interviewer,
        service.versions,
        service.model.status,
    )
    async with client_of(create_api(off)) as client:
        answer = await client.post("/problems/top_gap/run", json={"code": "x = 1"})
        assert answer.status_code == 503
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["title"] == "Running code is off"
        assert "set it to auto" in answer.json()["detail"]
        assert (await client.get("/problems/top_gap")).json()["runs"] is False
