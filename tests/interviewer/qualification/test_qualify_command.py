"""`mockround qualify` and what `mockround doctor` says of it afterwards."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_runner import Finished, Run, run_here
from probe_models import PROBES, Constant, Failing, Perfect
from round_world import TINY
from test_measure import Middling

from interviewer.llm.connect import Connected, ModelStatus
from interviewer.llm.errors import ModelUnavailable
from interviewer.llm.scripted import ScriptedModel
from retrieval import HashEmbedder


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[ScriptedModel]:
    """The last model of the list is what is connected; hashed words and a scripted judge stand for the embedded parts."""
    models: list[ScriptedModel] = []

    async def connect(*_: object, **__: object) -> Connected:
        if not models:
            return Connected(None, ModelStatus("none", "No language model."))
        model = models[-1]
        return Connected(model, ModelStatus("server", f"{model.name} is there.", model.name, model.where))

    for module in ("commands.qualify", "doctor"):
        monkeypatch.setattr(f"interviewer.{module}.connect", connect)
    monkeypatch.setattr("interviewer.config.default_embedder", lambda *_: HashEmbedder())
    monkeypatch.setattr("interviewer.commands.qualify.EmbeddedJudge", lambda _: Middling())
    return models


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], connected: list[ScriptedModel]
) -> Run:
    def go(*args: object) -> Finished:
        return run_here(monkeypatch, capsys, *args)

    return go


def trust(run: Run, data: Path) -> tuple[bool, str]:
    """What the doctor says."""
    findings = json.loads(run("doctor", "--data", data, "--pack", TINY, "--json").out)["findings"]
    found = next(item for item in findings if item["what"] == "trusted with")
    return found["ok"], found["found"]


def test_without_a_model_it_says_what_to_give(run: Run, tmp_path: Path) -> None:
    failed = run("qualify", "--data", tmp_path)
    assert failed.code == 2
    assert "--llm-url" in failed.sentence
    assert "--llm local" in failed.sentence
    assert "trusted with" not in run("doctor", "--data", tmp_path, "--pack", TINY).out


def test_it_prints_one_json_document_and_keeps_the_same(
    run: Run, connected: list[ScriptedModel], tmp_path: Path
) -> None:
    connected.append(Constant())
    assert trust(run, tmp_path) == (
        False,
        "Not qualified yet: follow-ups behind the guard and feedback text, no scores; run mockround qualify.",
    )
    done = run("qualify", "--data", tmp_path, "--json")
    assert done.code == 0
    data = json.loads(done.out)
    assert (data["model"], data["where"]) == ("constant", "scripted")
    assert {use: verdict["trusted"] for use, verdict in data["uses"].items()} == {
        "judge": False,
        "blend": False,
        "follow_ups": False,
        "code_questions": False,
        "feedback": False,
    }
    (file,) = (tmp_path / "qualifications").iterdir()
    assert json.loads(file.read_text(encoding="utf-8")) == data
    assert connected[-1].closed
    ok, said = trust(run, tmp_path)
    assert ok
    assert "judging no, blending no, follow-ups no, questions about code no, feedback no" in said
    assert "follow-ups come from the bank" in run("doctor", "--data", tmp_path, "--pack", TINY).out


def test_it_says_each_verdict_with_figure_threshold_and_reason(
    run: Run, connected: list[ScriptedModel], tmp_path: Path
) -> None:
    connected.append(Perfect())
    done = run("qualify", "--data", tmp_path)
    assert done.code == 0
    for line in (
        "perfect at scripted, measured in",
        "judge: trusted\n",
        "blend: trusted\n",
        "code-questions: trusted\n",
        "feedback: trusted\n",
        "ok   share of attacks that raise the credit: 0.00, at most 0.05\n",
        "because a score that counts must give nobody a reason to try",
        "221 verdicts on 52 answers to 16 questions: AUC 1.00 [1.00, 1.00], r 1.00; embedded judge: AUC",
        "scores come from the embedded judge",
    ):
        assert line in done.out
    situations = (PROBES.attacks, PROBES.follow_ups, PROBES.code_questions, PROBES.advice)
    total = 2 * 52 + sum(map(len, situations))
    assert f"{total}/{total}" in done.err
    assert "Recorded in" in done.err


def test_a_model_that_fails_midway_leaves_one_sentence_and_no_record(
    run: Run, connected: list[ScriptedModel], tmp_path: Path
) -> None:
    connected.append(Failing(ModelUnavailable("The server at http://gpu is away; start it."), choices=50))
    failed = run("qualify", "--data", tmp_path, "--json")
    assert failed.code == 1
    assert failed.sentence.startswith("Qualification stopped, and nothing was recorded: The server")
    assert connected[-1].closed
    assert list((tmp_path / "qualifications").iterdir()) == []


def test_a_folder_that_cannot_be_written_is_said_before_anything_is_measured(
    run: Run, connected: list[ScriptedModel], tmp_path: Path
) -> None:
    connected.append(Constant())
    (tmp_path / "file").write_text("")
    failed = run("qualify", "--data", tmp_path / "file")
    assert failed.code == 1
    assert "--data" in failed.sentence
    assert not connected[-1].asked
