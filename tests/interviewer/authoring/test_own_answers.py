"""A pack's own answers before a judge: which are remarked on, with what, at which line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from round_world import TINY, ScriptedJudge, assessment_of

from interviewer.authoring.own_answers import judge_own_answers
from interviewer.authoring.remark import RemarkKind
from interviewer.judge.protocol import AnswerToJudge
from interviewer.packs import PackOnDisk, RolePack, read_role_pack
from rubrics import Assessment, CriterionAssessment, JudgeRecord, Verdict

GOOD, BAD = "credit 0.95", "credit 0.02"


@pytest.fixture(scope="module")
def tiny() -> PackOnDisk:
    return read_role_pack(TINY)


def with_answers(pack: PackOnDisk, answers: Mapping[str, tuple[str, str]]) -> PackOnDisk:
    """The pack with other (model answer, common wrong answer) for some questions, and passable ones for the rest."""
    assert pack.role is not None
    questions = []
    for question in pack.role.pack.questions:
        model, wrong = answers.get(question.id, (GOOD, BAD))
        false = question.common_wrong_answer.model_copy(update={"text": wrong})
        questions.append(question.model_copy(update={"model_answer": model, "common_wrong_answer": false}))
    inner = replace(pack.role.pack, questions=tuple(questions))
    return replace(pack, role=RolePack(inner, pack.role.rubrics))


class Credits:
    """Gives each criterion its own credit, whatever is said."""

    name = "embedded"

    def __init__(self, credits: Mapping[str, float]) -> None:
        self.credits = credits

    async def assess(self, item: AnswerToJudge) -> Assessment:
        plain = assessment_of(item, 0.95)
        said = [CriterionAssessment(c.id, Verdict.MET, plain.credit(c.id)) for c in item.rubric.criteria]
        criteria = tuple(replace(c, credit=self.credits.get(c.id, c.credit)) for c in said)
        return replace(plain, criteria=criteria)


class Unable:
    """Cannot judge anything."""

    name = "embedded"

    async def assess(self, item: AnswerToJudge) -> Assessment:
        record = JudgeRecord("embedded", "none", None, None)
        return Assessment(None, None, 1.0, (), (), "The answer is in a foreign language.", record)


@pytest.mark.parametrize(
    ("model", "wrong", "expected"),
    [
        (GOOD, BAD, []),
        ("credit 0.7", BAD, [RemarkKind.MODEL_ANSWER_BELOW_4]),
        (GOOD, "credit 0.3", []),
        (GOOD, "credit 0.5", [RemarkKind.WRONG_ANSWER_ABOVE_1]),
        (BAD, GOOD, [RemarkKind.MODEL_ANSWER_BELOW_4, RemarkKind.WRONG_ANSWER_ABOVE_1]),
    ],
)
async def test_bands_decide(tiny: PackOnDisk, model: str, wrong: str, expected: list[RemarkKind]) -> None:
    found = await judge_own_answers(with_answers(tiny, {"idle-gpu": (model, wrong)}), ScriptedJudge())
    assert [remark.kind for remark in found] == expected
    assert all(remark.answer is not None and remark.answer.question_id == "idle-gpu" for remark in found)


async def test_a_remark_says_where_how_far_and_what_is_missing(tiny: PackOnDisk) -> None:
    found = await judge_own_answers(
        with_answers(tiny, {"idle-gpu": ("credit 0.4", "credit 0.7")}), ScriptedJudge()
    )
    low, high = found
    lines = (TINY / "questions" / "all.yaml").read_text(encoding="utf-8").splitlines()
    idle = next(n for n, line in enumerate(lines) if "id: idle-gpu" in line)
    assert low.line == 1 + next(n for n in range(idle, len(lines)) if "model_answer:" in lines[n])
    assert high.line == 1 + next(n for n in range(idle, len(lines)) if "common_wrong_answer:" in lines[n])
    assert low.answer is not None
    assert high.answer is not None
    ids = ["profile", "data-loader", "overlap", "kernel-launch"]
    assert [entry for entry, _ in low.answer.unmet] == ids
    assert low.answer.met == ()
    assert [entry for entry, _ in high.answer.met] == ids
    assert "unmet: profile 0.40, data-loader 0.40" in low.message
    assert f"scores {low.answer.score:.2f}, band {low.answer.band}, at IC1 band" in low.message


async def test_an_entry_of_the_level_caps_the_band_at_the_level_alone(tiny: PackOnDisk) -> None:
    """kv-cache is an IC3 question, whose level lists two criteria; one of them unmet caps at 2."""
    found = await judge_own_answers(tiny, Credits({"weights-share": 0.45}))
    low = next(r for r in found if r.answer is not None and r.answer.question_id == "kv-cache")
    assert low.kind is RemarkKind.MODEL_ANSWER_BELOW_4
    assert low.answer is not None
    assert (low.answer.band, low.answer.band_at_level) == (4, 2)
    assert low.answer.unmet == (("weights-share", 0.45),)


async def test_a_red_flag_that_is_seen_is_named(tiny: PackOnDisk) -> None:
    found = await judge_own_answers(tiny, Credits({"restart-fix": 0.9}))
    wrong = [remark for remark in found if remark.kind is RemarkKind.WRONG_ANSWER_ABOVE_1]
    assert len(wrong) == 4
    assert {remark.answer.faults for remark in wrong if remark.answer} == {(("restart-fix", 0.9),)}
    assert all(remark.message.endswith("red flags: restart-fix 0.90") for remark in wrong)


async def test_what_could_not_be_judged_is_remarked_on_with_the_reason(tiny: PackOnDisk) -> None:
    found = await judge_own_answers(tiny, Unable())
    assert len(found) == 8
    assert all("could not be judged: The answer is in a foreign language." in r.message for r in found)
    assert found[0].answer is not None
    assert found[0].answer.score is None


async def test_progress_counts_questions(tiny: PackOnDisk) -> None:
    progress: list[tuple[int, int]] = []
    await judge_own_answers(with_answers(tiny, {}), ScriptedJudge(), lambda *at: progress.append(at))
    assert progress == [(done, 4) for done in range(5)]


async def test_the_judge_is_asked_without_a_level_and_with_the_reference(tiny: PackOnDisk) -> None:
    judge = ScriptedJudge()
    await judge_own_answers(with_answers(tiny, {}), judge)
    assert len(judge.asked) == 8
    assert {item.level for item in judge.asked} == {None}
    assert {item.reference for item in judge.asked} == {GOOD}
