"""Bulk scoring by a model: in order, within limits, resumed after a failure, and never made anew."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from clipping_question import GOOD, QUESTION, RUBRIC, ask

from corpus import Question
from interviewer.errors import JudgeStopped, SetupError
from interviewer.judge.bulk import assess_file
from interviewer.judge.model import PROMPT_IDS, ModelJudge
from interviewer.judge.protocol import AnswerToJudge
from interviewer.judge.stored import StoredJudge
from interviewer.llm.breaker import Patience
from interviewer.llm.connect import Connection, connect
from interviewer.llm.errors import ModelGarbled, ModelUnavailable
from interviewer.llm.protocol import Message
from interviewer.llm.scripted import Distribution, ScriptedModel
from interviewer.prompts import joint_sha256
from rubrics import Assessment, JudgeRecord, Rubric

sys.path.insert(0, str(Path(__file__).parents[1]))  # where the tests of the whole keep their server

from faulty_vllm import FaultyVllm

RUBRIC_JSON = RUBRIC.model_dump(mode="json", exclude_none=True)
RECORD = JudgeRecord("model", "scripted", joint_sha256(PROMPT_IDS), None)


def nobody(_: str) -> tuple[Question, Rubric] | None:
    """A bank without questions."""
    return None


def rows_in(path: Path, number: int) -> Path:
    rows: list[dict[str, Any]] = [
        {
            "item_id": f"r{place}",
            "question": QUESTION,
            "rubric": RUBRIC_JSON,
            "answer": f"{GOOD} Case {place}.",
        }
        for place in range(number)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def scores(path: Path) -> list[tuple[str, float | None]]:
    return [(row["item_id"], row["score"]) for row in map(json.loads, path.read_text("utf-8").splitlines())]


def only_file(folder: Path) -> Path:
    (found,) = folder.rglob("*.json")
    return found


class LatestFirst:
    """A judge that is slower the earlier a row came; counts how many it judges at once."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.running = 0
        self.most = 0
        self.order: list[str] = []

    name = "model"

    async def assess(self, item: AnswerToJudge) -> Assessment:
        place = int(item.answer.rsplit(" ", 1)[1].rstrip("."))
        self.running += 1
        self.most = max(self.most, self.running)
        for _ in range(3 * (self.rows - place)):
            await asyncio.sleep(0)
        self.running -= 1
        self.order.append(f"r{place}")
        return Assessment(place / 10, 0, 0.0, (), (), None, RECORD)


async def test_rows_are_written_in_order_however_they_end_and_only_some_run_at_once(tmp_path: Path) -> None:
    judge, out = LatestFirst(8), tmp_path / "out"
    assert await assess_file(rows_in(tmp_path / "in", 8), out, judge, nobody, rows_at_once=3) == 8
    assert scores(out) == [(f"r{place}", place / 10) for place in range(8)]
    assert judge.most == 3
    assert judge.order != sorted(judge.order)


class Wavering(ScriptedModel):
    """A model whose every choice is a little different from the one before."""

    def __init__(self) -> None:
        steps = count()

        def choose(_: Sequence[Message], labels: Sequence[str]) -> Distribution:
            part = 0.5 + 0.4 / (2 + next(steps))
            return {labels[0]: 1 - part, labels[-2]: part}

        super().__init__(choices=choose)


async def test_a_row_that_was_scored_is_not_judged_anew(tmp_path: Path) -> None:
    model, source = Wavering(), rows_in(tmp_path / "in", 2)
    judge = StoredJudge(ModelJudge(model), RECORD, tmp_path / "kept", "1.0")
    await assess_file(source, tmp_path / "first", judge, nobody)
    asked = len(model.asked)
    again = StoredJudge(ModelJudge(model), RECORD, tmp_path / "kept", "1.0")
    await assess_file(source, tmp_path / "second", again, nobody)
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()
    assert len(model.asked) == asked == 2 * 2 * len(RUBRIC.criteria)


@pytest.mark.parametrize("other", [replace(RECORD, model="other"), replace(RECORD, prompt_sha256="d")])
async def test_another_model_or_prompt_judges_anew(tmp_path: Path, other: JudgeRecord) -> None:
    model = Wavering()
    for record in (RECORD, other):
        await StoredJudge(ModelJudge(model), record, tmp_path, "1.0").assess(ask(GOOD))
    assert len(model.asked) == 4 * len(RUBRIC.criteria)


async def test_the_same_item_twice_at_once_is_judged_once(tmp_path: Path) -> None:
    model = Wavering()
    judge = StoredJudge(ModelJudge(model), RECORD, tmp_path, "1.0")
    first, second = await asyncio.gather(judge.assess(ask(GOOD)), judge.assess(ask(GOOD)))
    assert first == second
    assert len(model.asked) == 2 * len(RUBRIC.criteria)


async def test_what_an_exchanged_model_says_is_not_kept_as_the_first_ones(tmp_path: Path) -> None:
    model = Wavering()
    judge = StoredJudge(ModelJudge(model), replace(RECORD, model="the one before"), tmp_path, "1.0")
    assert (await judge.assess(ask(GOOD))).judge.model == "scripted"
    await judge.assess(ask(GOOD))
    assert len(model.asked) == 4 * len(RUBRIC.criteria)


async def test_what_could_not_be_scored_is_tried_again_and_damage_is_noticed(tmp_path: Path) -> None:
    answers: list[Distribution] = [ModelGarbled("It rambles.")]
    model = ScriptedModel(choices=lambda _, labels: answers.pop() if answers else {labels[0]: 1.0})
    judge = StoredJudge(ModelJudge(model), RECORD, tmp_path, "1.0")
    assert (await judge.assess(ask(GOOD))).score is None
    assert (await judge.assess(ask(GOOD))).score is not None
    kept = only_file(tmp_path)
    kept.write_bytes(b'{"score"')
    assert (await judge.assess(ask(GOOD))).score is not None
    assert json.loads(kept.read_bytes())["score"] == 0.0


async def test_a_folder_that_cannot_be_used_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("a file", encoding="utf-8")
    judge = StoredJudge(ModelJudge(Wavering()), RECORD, tmp_path / "kept", "1.0")
    with pytest.raises(SetupError, match="name another folder"):
        await judge.assess(ask(GOOD))


async def test_a_model_that_goes_away_stops_the_run_and_the_next_goes_on(tmp_path: Path) -> None:
    away = [False]

    def choose(messages: Sequence[Message], labels: Sequence[str]) -> Distribution:
        away[0] = away[0] or "Case 3." in messages[-1].content
        return ModelUnavailable("It is away.") if away[0] else {labels[0]: 1.0}

    source, out = rows_in(tmp_path / "in", 6), tmp_path / "out"
    with pytest.raises(
        JudgeStopped, match=r"It is away\. 3 of 6 rows are scored and kept; run the same command"
    ):
        await assess_file(source, out, ModelJudge(ScriptedModel(choices=choose)), nobody, rows_at_once=1)
    assert [name for name, _ in scores(out)] == ["r0", "r1", "r2"]
    whole = ModelJudge(ScriptedModel(choices=lambda _, labels: {labels[0]: 1.0}))
    assert await assess_file(source, out, whole, nobody, rows_at_once=2) == 3
    assert scores(out) == [(f"r{place}", 0.0) for place in range(6)]


async def test_through_a_server_that_speaks_vllms_protocol(tmp_path: Path) -> None:
    patience = Patience(failures=3, cool_down_s=0.05, longest_s=0.1, jitter=0.0)
    source, out = rows_in(tmp_path / "in", 3), tmp_path / "out"
    async with FaultyVllm() as server:
        connected = await connect(Connection("server", server.url), patience=patience)
        assert connected.model is not None
        judge = ModelJudge(connected.model)
        assert await assess_file(source, out, judge, nobody) == 3
        await connected.model.aclose()
    rows = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    # 2 with .6 and 4 with .4 is .7 in the mean; so is the fault, which weighs 2 of 9.
    assert [row["score"] for row in rows] == [pytest.approx(0.7 - 0.7 * 2 / 9)] * 3
    assert rows[0]["judge"]["name"] == "model"
    assert rows[0]["judge"]["model"] == "first-model"
    assert rows[0]["judge"]["calibration"] is None
    assert rows[0]["criteria"][0]["evidence"][0]["text"] == GOOD.split(". ")[0] + "."
