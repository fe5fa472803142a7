"""Bulk scoring: the contract's rows, order, resuming, and one clear error for what cannot be used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from clipping_question import GOOD, OTHER_TOPIC, QUESTION, RUBRIC

from corpus import Question
from interviewer.errors import BadInput
from interviewer.judge.bulk import assess_file
from interviewer.judge.embedded import EmbeddedJudge
from rubrics import Rubric

INLINE = {
    "criteria": [
        {"id": "a", "text": "The gradient is scaled down when its norm exceeds a threshold.", "weight": 2},
        {"id": "b", "text": "Exploding gradients make training diverge."},
    ]
}
ROWS: list[dict[str, Any]] = [
    {"item_id": "good", "question": QUESTION, "rubric": INLINE, "answer": GOOD},
    {"item_id": "none", "question": QUESTION, "rubric": INLINE, "answer": "I don't know."},
    {"item_id": "copy", "question": QUESTION, "reference": GOOD, "answer": GOOD, "level": "IC3"},
    {"item_id": "off", "question": QUESTION, "reference": GOOD, "answer": OTHER_TOPIC},
    {
        "item_id": "french",
        "question": QUESTION,
        "rubric": INLINE,
        "answer": "La norme du gradient est trop grande.",
    },
]
KEYS = {"item_id", "score", "band", "uncertainty", "criteria", "flags", "unscored_reason", "judge"}


def nobody(_: str) -> tuple[Question, Rubric] | None:
    """A bank without questions."""
    return None


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    """Rows as JSON lines."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


async def score(tmp_path: Path, judge: EmbeddedJudge, rows: list[dict[str, Any]], name: str) -> list[str]:
    """The output lines for rows."""
    output = tmp_path / f"{name}.out"
    await assess_file(write(tmp_path / f"{name}.in", rows), output, judge, nobody)
    return output.read_text("utf-8").splitlines()


async def test_rows_have_the_contracts_form_and_order(tmp_path: Path, judge: EmbeddedJudge) -> None:
    found = [json.loads(line) for line in await score(tmp_path, judge, ROWS, "all")]
    assert [row["item_id"] for row in found] == [row["item_id"] for row in ROWS]
    for given, row in zip(ROWS, found, strict=True):
        assert set(row) == KEYS
        assert set(row["judge"]) == {"name", "model", "prompt_sha256", "calibration"}
        for criterion in row["criteria"]:
            assert set(criterion) == {"id", "verdict", "credit", "evidence", "rationale"}
            assert criterion["verdict"] in ("met", "partial", "missing", "contradicted")
            for piece in criterion["evidence"]:
                assert given["answer"][piece["start"] : piece["end"]] == piece["text"]
    good, none, copy, off, french = found
    assert good["score"] > 0.6
    assert (none["score"], none["band"], none["flags"]) == (0.0, 0, ["dont_know"])
    assert "model_answer_copy" in copy["flags"]
    assert copy["score"] > 0.8
    assert off["band"] == 0
    assert (french["score"], french["band"]) == (None, None)
    assert french["unscored_reason"]


async def test_a_row_does_not_depend_on_its_neighbours(tmp_path: Path, judge: EmbeddedJudge) -> None:
    together = await score(tmp_path, judge, ROWS, "together")
    backwards = await score(tmp_path, judge, ROWS[::-1], "backwards")
    alone = [(await score(tmp_path, judge, [row], f"alone-{n}"))[0] for n, row in enumerate(ROWS)]
    assert backwards[::-1] == together == alone


@pytest.mark.parametrize("torn", ["", '{"item_id": "cop'])
async def test_a_second_run_goes_on_where_the_first_stopped(
    tmp_path: Path, judge: EmbeddedJudge, torn: str
) -> None:
    whole = await score(tmp_path, judge, ROWS, "whole")
    output = tmp_path / "half.out"
    output.write_text("\n".join(whole[:2]) + "\n" + torn, encoding="utf-8")
    told: list[tuple[int, int]] = []
    now = await assess_file(
        write(tmp_path / "half.in", ROWS),
        output,
        judge,
        nobody,
        lambda done, total: told.append((done, total)),
    )
    assert now == len(ROWS) - 2
    assert output.read_text("utf-8").splitlines() == whole
    assert told[0] == (2, len(ROWS))
    assert told[-1] == (len(ROWS), len(ROWS))


GIVEN = {"item_id": "x", "answer": "a", "question": "q", "reference": "r"}


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "not one JSON object"),
        ("[1]", "a row is a JSON object"),
        (json.dumps({**GIVEN, "item_id": ""}), "item_id"),
        (json.dumps({k: v for k, v in GIVEN.items() if k != "answer"}), "answer"),
        (json.dumps({k: v for k, v in GIVEN.items() if k != "question"}), "'question_id' or 'question'"),
        (json.dumps({k: v for k, v in GIVEN.items() if k != "reference"}), "'rubric' or a 'reference'"),
        (json.dumps({**GIVEN, "level": "IC9"}), "level"),
        (json.dumps({"item_id": "x", "answer": "a", "question_id": "nowhere"}), "no question 'nowhere'"),
        (json.dumps({**GIVEN, "rubric": {"criteria": []}}), "criteria"),
        (json.dumps({**GIVEN, "item_id": "first"}), "ids are unique"),
        (json.dumps({**GIVEN, "answer": "half \ud800 a pair"}), "surrogate"),
    ],
)
async def test_a_bad_line_is_one_sentence_and_nothing_is_written(
    tmp_path: Path, judge: EmbeddedJudge, line: str, says: str
) -> None:
    source = tmp_path / "bad.in"
    source.write_text(json.dumps({**GIVEN, "item_id": "first"}) + "\n" + line + "\n", encoding="utf-8")
    output = tmp_path / "bad.out"
    with pytest.raises(BadInput) as raised:
        await assess_file(source, output, judge, nobody)
    assert "line 2" in str(raised.value)
    assert says in str(raised.value)
    assert "\n" not in str(raised.value)
    assert not output.exists()


async def test_output_of_other_rows_is_not_overwritten(tmp_path: Path, judge: EmbeddedJudge) -> None:
    output = tmp_path / "x.out"
    output.write_text('{"item_id": "somebody else"}\n', encoding="utf-8")
    with pytest.raises(BadInput, match="other rows"):
        await assess_file(write(tmp_path / "x.in", ROWS), output, judge, nobody)
    assert output.read_text("utf-8") == '{"item_id": "somebody else"}\n'


async def test_a_question_of_the_bank_brings_its_rubric(tmp_path: Path, judge: EmbeddedJudge) -> None:
    question = Question.model_construct(id="clip", prompt=QUESTION, model_answer=GOOD)
    output = tmp_path / "bank.out"
    row = {"item_id": "1", "question_id": "clip", "answer": GOOD}
    await assess_file(
        write(tmp_path / "bank.in", [row]),
        output,
        judge,
        lambda name: (question, RUBRIC) if name == "clip" else None,
    )
    found = json.loads(output.read_text("utf-8"))
    assert [c["id"] for c in found["criteria"]] == [c.id for c in RUBRIC.criteria]
    assert "model_answer_copy" in found["flags"]
