"""A candidate's own verdicts beside the judge's: criterion by criterion, and over many answers. Pure.

The judge's view is a view, not the truth: what is measured here is how far two readers are apart, one of whom wrote
the answer.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean, stdev
from typing import Literal

from interviewer.report import CriterionReport, Report, shows_fault
from rubrics import CriterionAssessment, Evidence, Kind, Verdict
from rubrics.scoring import MET_CREDIT

Difference = Literal["over", "under", "same"]
Reading = Literal["over", "under", "even", "few"]

JUDGES_VIEW = (
    "Differences are between your view and the judge's. It compares words and meanings and can be wrong, so read its "
    "evidence before you believe it."
)
# From fewer answers nothing is said of a habit: an interval over two answers spans nearly everything.
MIN_ANSWERS = 3
CONFIDENCE = 0.95
READING_WORDS: dict[Reading, str] = {
    "over": "you overrate yourself",
    "under": "you underrate yourself",
    "even": "no clear difference",
    "few": "too few answers to say",
}
NO_DIMENSION = ("", "Criteria without a dimension")

# Student's t, 97.5 % quantiles for 1 to 9 degrees of freedom (two-sided 95 %); beyond, the expansion in `t_quantile`.
_T_975 = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262)


@dataclass(frozen=True)
class RatedCriterion:
    """A criterion in both eyes. `judged` and `credit` are None where the answer was not scored, and so `difference`.

    For a red flag, `met` means that the fault is there, and `over` that the candidate did not see it.
    """

    id: str
    text: str
    kind: Kind
    dimension: str | None
    own: Verdict | None
    judged: Verdict | None
    credit: float | None
    evidence: tuple[Evidence, ...]
    rationale: str
    difference: Difference | None


@dataclass(frozen=True)
class SelfAssessed:
    """An answer that its author rated: all criteria, and those that the author rated higher or lower than the judge."""

    session_id: str
    question_id: str
    question: str
    title: str
    answer: str
    level: str
    started_at: str
    score: float | None
    band: int | None
    band_name: str | None
    unscored_reason: str | None
    flags: tuple[str, ...]
    criteria: tuple[RatedCriterion, ...]
    overrated: tuple[str, ...]
    underrated: tuple[str, ...]
    model_answer: str
    note: str = JUDGES_VIEW

    @property
    def judged_criteria(self) -> tuple[CriterionAssessment, ...]:
        """The judge's verdicts, those on criteria without a rating included; none where nothing was scored."""
        return tuple(
            CriterionAssessment(item.id, item.judged, item.credit or 0.0, item.evidence, item.rationale)
            for item in self.criteria
            if item.judged is not None
        )


@dataclass(frozen=True)
class RatedAnswer:
    """A line of the history. `mean_difference` is own minus judged credit (met 1, partial 0.5, else 0), -1..1.

    It is None for an unscored answer.
    """

    session_id: str
    title: str
    started_at: str
    criteria: int
    overrated: int
    underrated: int
    mean_difference: float | None


@dataclass(frozen=True)
class DimensionGap:
    """Own minus judged credit over a dimension: the mean of the answers' means, -1..1, above 0 where one overrates.

    `low` and `high` are its 95 % interval by Student's t over the answers; None from a single one. Criteria of one
    answer are no independent measurements, so they do not narrow it.
    """

    id: str
    title: str
    answers: int
    criteria: int
    mean_difference: float
    low: float | None
    high: float | None
    reading: Reading


@dataclass(frozen=True)
class Overview:
    """Everything that was rated: by dimension in the pack's order, and answer by answer, latest first."""

    dimensions: tuple[DimensionGap, ...]
    answers: tuple[RatedAnswer, ...]
    note: str = JUDGES_VIEW


def self_assessed(report: Report) -> SelfAssessed | None:
    """The first answer of a report that has its author's verdicts; None if none has."""
    for question in report.questions:
        place = next((at for at in question.turns if report.turns[at].own_verdicts is not None), None)
        if place is None:
            continue
        turn = report.turns[place]
        criteria = tuple(_rated(report, item) for item in question.criteria)
        return SelfAssessed(
            session_id=report.session_id,
            question_id=question.question_id,
            question=turn.prompt,
            title=question.title,
            answer=turn.answer,
            level=report.level,
            started_at=report.started_at,
            score=question.score,
            band=question.band,
            band_name=report.band_name,
            unscored_reason=question.unscored_reason,
            flags=turn.assessment.flags,
            criteria=criteria,
            overrated=tuple(item.id for item in criteria if item.difference == "over"),
            underrated=tuple(item.id for item in criteria if item.difference == "under"),
            model_answer=question.model_answer,
        )
    return None


def overview(assessed: Iterable[SelfAssessed], dimensions: Sequence[tuple[str, str]]) -> Overview:
    """What the answers say together. `dimensions` are the pack's ids and titles.

    Red flags are left out of the means: most are absent in everybody's eyes, which would hide every other difference.
    """
    found = tuple(assessed)
    by_dimension: dict[str, list[list[float]]] = defaultdict(list)
    for item in found:
        mine: dict[str, list[float]] = defaultdict(list)
        for criterion in item.criteria:
            gap = _gap(criterion)
            if gap is not None:
                mine[criterion.dimension or NO_DIMENSION[0]].append(gap)
        for name, gaps in mine.items():
            by_dimension[name].append(gaps)
    known = [*dimensions, NO_DIMENSION]
    return Overview(
        tuple(
            _dimension_gap(name, title, by_dimension[name]) for name, title in known if name in by_dimension
        ),
        tuple(_answer(item) for item in sorted(found, key=lambda item: item.started_at, reverse=True)),
    )


def difference_of(kind: Kind, own: Verdict, judged: Verdict, credit: float) -> Difference:
    """How an own verdict stands to the judge's. A contradicted criterion is as open as a missing one."""
    if kind is Kind.RED_FLAG:
        mine, theirs = -float(own.credit >= MET_CREDIT), -float(shows_fault(credit))
    else:
        mine, theirs = own.credit, judged.credit
    return "over" if mine > theirs else "under" if mine < theirs else "same"


def t_quantile(freedom: int) -> float:
    """The 97.5 % quantile of Student's t.

    From 10 degrees of freedom on by its expansion in 1/freedom (Abramowitz and Stegun, 26.7.5, three terms).
    """
    if freedom <= len(_T_975):
        return _T_975[freedom - 1]
    z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
    )
    return z + math.fsum(term / freedom**power for power, term in enumerate(terms, 1))


def _rated(report: Report, criterion: CriterionReport) -> RatedCriterion:
    judged = None if criterion.turn is None else report.turns[criterion.turn].verdict(criterion.id)
    difference = None
    if criterion.own is not None and criterion.verdict is not None and criterion.credit is not None:
        difference = difference_of(criterion.kind, criterion.own, criterion.verdict, criterion.credit)
    return RatedCriterion(
        id=criterion.id,
        text=criterion.text,
        kind=criterion.kind,
        dimension=criterion.dimension,
        own=criterion.own,
        judged=criterion.verdict,
        credit=criterion.credit,
        evidence=() if judged is None else judged.evidence,
        rationale="" if judged is None else judged.rationale,
        difference=difference,
    )


def _gap(criterion: RatedCriterion) -> float | None:
    """Own minus judged credit, both by their verdicts.

    The judge's expected credit is hardly ever 0 or 1, so against it one would differ even where both say "missing".
    """
    if criterion.kind is Kind.RED_FLAG or criterion.own is None or criterion.judged is None:
        return None
    return criterion.own.credit - criterion.judged.credit


def _answer(item: SelfAssessed) -> RatedAnswer:
    gaps = [gap for criterion in item.criteria if (gap := _gap(criterion)) is not None]
    return RatedAnswer(
        session_id=item.session_id,
        title=item.title,
        started_at=item.started_at,
        criteria=sum(criterion.difference is not None for criterion in item.criteria),
        overrated=len(item.overrated),
        underrated=len(item.underrated),
        mean_difference=round(fmean(gaps), 4) if gaps else None,
    )


def _dimension_gap(name: str, title: str, answers: Sequence[Sequence[float]]) -> DimensionGap:
    means = [fmean(gaps) for gaps in answers]
    mean = fmean(means)
    low = high = None
    if len(means) > 1:
        half = t_quantile(len(means) - 1) * stdev(means) / math.sqrt(len(means))
        low, high = round(max(-1.0, mean - half), 4), round(min(1.0, mean + half), 4)
    reading: Reading = "even"
    if low is None or high is None or len(means) < MIN_ANSWERS:
        reading = "few"
    elif low > 0 or high < 0:
        reading = "over" if low > 0 else "under"
    count = sum(len(gaps) for gaps in answers)
    return DimensionGap(name, title, len(means), count, round(mean, 4), low, high, reading)
