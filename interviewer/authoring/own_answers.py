"""A pack's own answers before a judge: a model answer should be a strong hire, a common wrong answer should not get near.

Where they are not, either the answer lacks what the rubric asks for, or the phrases of the rubric do not show the judge
what a good answer sounds like, or the judge is wrong. A person has to decide which.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from corpus import Question
from interviewer.authoring.remark import JudgedAnswer, Remark, RemarkKind
from interviewer.judge.protocol import AnswerToJudge, Judge
from interviewer.packs import PackOnDisk, RolePack
from retrieval import Progress
from rubrics import MET_CREDIT, Assessment, Kind, Rubric, capped_band, unit_credits

MODEL_ANSWER_BAND = 4
WRONG_ANSWER_BAND = 1


async def judge_own_answers(pack: PackOnDisk, judge: Judge, progress: Progress | None = None) -> list[Remark]:
    """Remarks on model answers below band 4, without a level or at the question's, and wrong answers above band 1.

    A wrong answer is taken without a level, where nothing caps its band. An answer that could not be judged is remarked
    on with the reason. In the order of the questions; `progress` is told how many of them are done.

    Raises ModelError: the judge's model cannot be used.
    """
    if pack.role is None:
        return []
    found: list[Remark] = []
    questions = pack.role.pack.questions
    for done, question in enumerate(questions):
        if progress is not None:
            progress(done, len(questions))
        model = await _judged(pack.role, judge, question, question.model_answer)
        wrong = await _judged(pack.role, judge, question, question.common_wrong_answer.text)
        if min(_or_none(model.band), _or_none(model.band_at_level)) < MODEL_ANSWER_BAND:
            place = pack.question_place(question.id, "model_answer")
            found.append(_remark(RemarkKind.MODEL_ANSWER_BELOW_4, place, model))
        if wrong.band is None or wrong.band > WRONG_ANSWER_BAND:
            place = pack.question_place(question.id, "common_wrong_answer", "text")
            found.append(_remark(RemarkKind.WRONG_ANSWER_ABOVE_1, place, wrong))
    if progress is not None:
        progress(len(questions), len(questions))
    return found


async def _judged(role: RolePack, judge: Judge, question: Question, answer: str) -> JudgedAnswer:
    rubric = role.rubrics[question.id]
    item = AnswerToJudge(
        question.prompt, answer, rubric, question.model_answer, bands=role.bands(question.id)
    )
    return _read(question, rubric, await judge.assess(item))


def _read(question: Question, rubric: Rubric, said: Assessment) -> JudgedAnswer:
    """The verdicts by what counts: units of the score and what the question's level lists."""
    if said.score is None or said.band is None:
        reason = said.unscored_reason
        return JudgedAnswer(question.id, question.level, None, None, None, (), (), (), reason)
    credits = {criterion.id: said.credit(criterion.id) for criterion in rubric.criteria}
    listed = _credits_of_entries(rubric, credits, rubric.levels.get(question.level, ()))
    faults = {c.id: credits[c.id] for c in rubric.criteria if c.kind is Kind.RED_FLAG}
    return JudgedAnswer(
        question.id,
        question.level,
        said.score,
        said.band,
        capped_band(said.band, rubric, credits, question.level),
        met=tuple(item for item in listed if item[1] >= MET_CREDIT),
        unmet=tuple(item for item in listed if item[1] < MET_CREDIT),
        faults=tuple(item for item in faults.items() if item[1] >= MET_CREDIT),
        unscored_reason=None,
    )


def _credits_of_entries(
    rubric: Rubric, credits: Mapping[str, float], listed: tuple[str, ...]
) -> list[tuple[str, float]]:
    found = {entry: credit for entry, (_, credit) in unit_credits(rubric, credits).items()}
    found.update({entry: credits[entry] for entry in listed if entry not in found})
    return [(entry, round(credit, 4)) for entry, credit in found.items()]


def _or_none(band: int | None) -> int:
    return -1 if band is None else band


def _remark(kind: RemarkKind, place: tuple[Path, int], answer: JudgedAnswer) -> Remark:
    return Remark(kind, *place, _words(kind, answer), answer)


def _words(kind: RemarkKind, answer: JudgedAnswer) -> str:
    """What is met is told of a wrong answer alone: of a model answer it is nearly all."""
    what = "model answer" if kind is RemarkKind.MODEL_ANSWER_BELOW_4 else "common wrong answer"
    if answer.score is None:
        return f"{answer.question_id}: the {what} could not be judged: {answer.unscored_reason}"
    parts = [
        f"{answer.question_id}: the {what} scores {answer.score:.2f}, band {answer.band}, "
        f"at {answer.level} band {answer.band_at_level}"
    ]
    met = answer.met if kind is RemarkKind.WRONG_ANSWER_ABOVE_1 else ()
    for title, entries in (("met", met), ("unmet", answer.unmet), ("red flags", answer.faults)):
        if entries:
            parts.append(f"{title}: {', '.join(f'{entry} {credit:.2f}' for entry, credit in entries)}")
    return "; ".join(parts)
