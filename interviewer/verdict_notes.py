"""What stands beside a verdict: the candidate's own, an earlier session's, a contest. Pure; page and exports share it."""

from __future__ import annotations

from dataclasses import dataclass

from interviewer.report import (
    VERDICT_WORDS,
    ContestReport,
    CriterionReport,
    QuestionReport,
    Report,
    shows_fault,
)
from rubrics import CriterionAssessment, Kind, Verdict


@dataclass(frozen=True)
class ContestLine:
    """A contest in words. `ruling` says which verdict counts, or why there is no second one."""

    criterion: str
    words: str
    first: str
    second: str
    ruling: str


def verdict_notes(question: QuestionReport, criterion: CriterionReport) -> tuple[str, ...]:
    """Short remarks on a criterion's verdict, in the order in which they came."""
    notes = []
    if question.before is not None and criterion.id in question.before.verdicts:
        was = question.before.verdicts[criterion.id]
        notes.append(f"{own_words(criterion.kind, was)} before")
    if criterion.own is not None:
        notes.append(f"you said {own_words(criterion.kind, criterion.own)}")
    if criterion.contested:
        notes.append("contested")
    return tuple(notes)


def own_words(kind: Kind, verdict: Verdict) -> str:
    """A verdict as one says it of one's own answer; of a red flag, whether the fault is there."""
    if kind is not Kind.RED_FLAG:
        return VERDICT_WORDS[verdict]
    return {Verdict.MET: "red flag", Verdict.PARTIAL: "red flag in part"}.get(verdict, "no red flag")


def contest_lines(report: Report, question: QuestionReport) -> tuple[ContestLine, ...]:
    """Every contest of a question, with both verdicts and which one counts."""
    texts = {criterion.id: criterion.text for criterion in question.criteria}
    return tuple(
        ContestLine(
            texts[item.criterion_id],
            item.words.text,
            _words(item.first, "not asked about"),
            _words(item.second, "none yet"),
            _ruling(item),
        )
        for place in question.turns
        for item in report.turns[place].contests
        if item.criterion_id in texts
    )


def is_shown(criterion: CriterionReport) -> bool:
    """Whether a criterion stands in a report: red flags only where the judge or the candidate sees one."""
    seen = criterion.own in (Verdict.MET, Verdict.PARTIAL) or shows_fault(criterion.credit)
    return criterion.kind is not Kind.RED_FLAG or seen


def contestable(report: Report, question: QuestionReport, criterion: CriterionReport) -> tuple[int, ...]:
    """The turns in which a verdict on a criterion can still be contested; none before the round is over."""
    if not report.finished or criterion.kind is Kind.RED_FLAG or criterion.verdict in (None, Verdict.MET):
        return ()
    return tuple(
        place
        for place in question.turns
        if (turn := report.turns[place]).answer
        and turn.assessment.score is not None
        and all(item.criterion_id != criterion.id for item in turn.contests)
        and all(item.id != criterion.id or item.verdict is not Verdict.MET for item in turn.counted)
    )


def change_sentence(question: QuestionReport) -> str:
    """What an answer given again changed, in one sentence; empty where there was none before, or it was not scored."""
    if question.before is None or question.score is None:
        return ""
    pairs = [
        (question.before.verdicts[item.id].credit, item.verdict.credit)
        for item in question.criteria
        if item.kind is not Kind.RED_FLAG and item.verdict is not None and item.id in question.before.verdicts
    ]
    if not pairs:
        return "The answer before was not scored, so there is nothing to compare with."
    better, worse = sum(now > was for was, now in pairs), sum(now < was for was, now in pairs)
    day = question.before.started_at[:10]
    if not better and not worse:
        return f"Compared with {day}: every criterion came out as before."
    return f"Compared with {day}: {better} of {len(pairs)} criteria came out better, {worse} worse."


def _words(verdict: CriterionAssessment | None, otherwise: str) -> str:
    return otherwise if verdict is None else VERDICT_WORDS[verdict.verdict]


def _ruling(item: ContestReport) -> str:
    if item.failed is not None:
        return f"not judged again yet: {item.failed}"
    if item.second is None:
        return "the judge is about to read these words"
    return "the second verdict counts" if item.counts else "the first verdict stands"
