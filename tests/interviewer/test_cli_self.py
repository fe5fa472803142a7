"""The commands of self-assessment, contests, second tries and exchange."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_runner import Run, whole_json
from round_world import TINY

ANSWER = "The key-value cache grows linearly with batch size and sequence length, so I page it in blocks."
RATED = ("--verdict", "cache-grows=met", "--verdict", "paged = partly", "--verdict", "quantize=met")


@pytest.fixture
def answer(tmp_path: Path) -> Path:
    path = tmp_path / "answer.txt"
    path.write_text(ANSWER, encoding="utf-8")
    return path


def test_an_answer_is_rated_compared_contested_and_moved(
    run: Run, place: tuple[object, ...], answer: Path, tmp_path: Path
) -> None:
    rate = ("self-assess", "--question", "kv-cache", "--answer-file", answer, *RATED, *place)
    result = whole_json(run(*rate, "--json"))
    rated = {item["id"]: item for item in result["criteria"]}
    assert (rated["cache-grows"]["own"], rated["paged"]["own"]) == ("met", "partial")
    assert "quantize" in result["overrated"], "nothing in the answer is about it"
    for item in rated.values():
        for piece in item["evidence"]:
            assert ANSWER[piece["start"] : piece["end"]] == piece["text"]
    shown = run(*rate)
    assert "over" in shown.out
    assert "Differences are between your view and the judge's." in shown.out
    assert "Stored as session" in shown.err
    assert whole_json(run("self-assess", "--overview", "--json", *place))["answers"][0]["overrated"] > 0
    assert "few" in run("self-assess", "--overview", *place).out

    session = result["session_id"]
    words = ("--turn", 0, "--criterion", "quantize", "--words", "page it in blocks")
    contest = whole_json(run("sessions", "contest", session, *words, "--json", *place))
    assert contest["counts"] is False, "the marked words say nothing of it"
    assert contest["first"]["id"] == contest["second"]["id"] == "quantize"
    assert "contested before" in run("sessions", "contest", session, *words, *place).sentence

    file = tmp_path / "session.json"
    assert run("sessions", "export", session, "-o", file, *place).code == 0
    assert json.loads(file.read_text("utf-8"))["id"] == session
    assert whole_json(run("sessions", "export", session, *place))["format"] == "mockround-session"
    refused = run("sessions", "import", file, *place)
    assert (refused.code, "nothing was changed" in refused.sentence) == (1, True)
    elsewhere = ("--data", tmp_path / "elsewhere", "--pack", TINY)
    assert whole_json(run("sessions", "import", file, "--json", *elsewhere))["id"] == session
    report = ("report", session, "--format", "json")
    assert run(*report, *elsewhere).out == run(*report, *place).out


def test_a_question_of_ones_own(run: Run, place: tuple[object, ...], answer: Path, tmp_path: Path) -> None:
    rubric = tmp_path / "rubric.txt"
    rubric.write_text(
        "The cache grows with length and batch.\nfault: It calls the cache a weight.\n", "utf-8"
    )
    own = ("--own", "What limits the batch of a served model?", "--answer-file", answer, *place)
    rated = ("--verdict", "c1=met", "--verdict", "c2=missing", "--json")
    result = whole_json(run("self-assess", *own, "--rubric-file", rubric, *rated))
    assert [item["kind"] for item in result["criteria"]] == ["required", "red_flag"]
    reference = tmp_path / "reference.txt"
    reference.write_text("The cache grows with every token. Weights are shared.", "utf-8")
    result = whole_json(
        run("self-assess", *own, "--reference-file", reference, "--verdict", "c1=met", "--json")
    )
    assert result["model_answer"] == reference.read_text("utf-8")
    assert len(result["criteria"]) == 2


def test_what_cannot_be_used_is_one_sentence(
    run: Run, place: tuple[object, ...], answer: Path, tmp_path: Path
) -> None:
    bank = ("self-assess", "--question", "kv-cache", "--answer-file", answer, *place)
    assert "cache-grows" in run(*bank).sentence, "without verdicts it says what there is to rate"
    assert "not 'paged'" in run(*bank, "--verdict", "paged").sentence
    assert "not 'paged=good'" in run(*bank, "--verdict", "paged=good").sentence
    assert "--answer-file" in run("self-assess", "--question", "kv-cache", *place).sentence
    assert "cannot be read" in run("sessions", "import", tmp_path / "nothing.json", *place).sentence
    assert "sessions export" in run("sessions", "import", answer, *place).sentence
    for failed in (run(*bank), run("sessions", "import", answer, *place)):
        assert failed.code == 2
