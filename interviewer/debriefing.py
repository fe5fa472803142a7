"""The committee's debrief of a loop, from the reports of its stages. Pure; no model is asked.

docs/scoring.md, "The debrief of a loop", says the same in words. Every stage has one voice: it counts as its report has
it, and the loop is to its stages what a round is to its questions. What a point is worth is found by counting again
without it, or with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import fsum
from statistics import NormalDist, fmean

from interviewer.debrief import Change, Debrief, DimensionResult, Exhibit, LevelReading, StageResult
from interviewer.interview import State
from interviewer.loops import LoopView, StageView
from interviewer.packs import RolePack
from interviewer.report import BAND_NAMES, CriterionReport, QuestionReport, Report, shows_fault
from interviewer.reporting import NOT_JUDGED, Mark, build_report, dimension_units, overall
from rubrics import (
    DEFAULT_BANDS,
    MET_CREDIT,
    Kind,
    Rubric,
    Verdict,
    band_of,
    capped_band,
    score_credits,
)

HIRE = BAND_NAMES.index("hire")
MAX_EXHIBITS = 6
MAX_CHANGES = 5

# A report's uncertainty is the half-width of an 80 % interval of a normal distribution; so is the reading of a chance:
# above (below) is what the whole interval lies on that side of.
_NORMAL = NormalDist()
INTERVAL = 0.80
_SURE = (1 + INTERVAL) / 2
_HALF_WIDTHS = _NORMAL.inv_cdf(_SURE)
# Beyond this many standard deviations nothing happens any more: 1 in 10^9.
_FURTHEST = 6.0
_STEPS = 40

_WORST, _BEST = Mark(0.0, 0), Mark(1.0, len(BAND_NAMES) - 1)


@dataclass(frozen=True)
class Played:
    """A stage with the session that counts for it: its id and its state; None where none was finished."""

    stage: StageView
    session: tuple[str, State] | None


@dataclass(frozen=True)
class _Heard:
    """A question that was scored, with what its score is made of."""

    stage: StageView
    report: Report
    question: QuestionReport
    rubric: Rubric
    bands: tuple[float, float, float, float]
    credits: Mapping[str, float]

    def mark(self, level: str, credits: Mapping[str, float] | None = None) -> Mark:
        """Score and band by a level, of these credits or the question's own."""
        given = self.credits if credits is None else credits
        score = score_credits(self.rubric, given).score
        return Mark(score, capped_band(band_of(score, self.bands), self.rubric, given, level))

    def moved(self, deviations: float) -> dict[str, float]:
        """The credits if the judge erred alike on all that is required, by so many standard deviations of the score."""
        by = deviations * (self.question.uncertainty or 0.0) / _HALF_WIDTHS
        required = {item.id for item in self.rubric.criteria if item.kind is Kind.REQUIRED}
        return {
            name: min(1.0, max(0.0, credit + by)) if name in required else credit
            for name, credit in self.credits.items()
        }


@dataclass(frozen=True)
class _Loop:
    """The scored questions by stage, and the arithmetic over them."""

    stages: tuple[tuple[_Heard, ...], ...]
    bands: tuple[float, float, float, float]

    @property
    def heard(self) -> tuple[_Heard, ...]:
        return tuple(item for stage in self.stages for item in stage)

    def marks(self, level: str) -> list[list[Mark]]:
        """The questions' marks by stage."""
        return [[item.mark(level) for item in stage] for stage in self.stages]

    def come_to(self, marks: Iterable[Sequence[Mark]], more: Sequence[Mark] = ()) -> Mark:
        """The loop's mark of its questions' marks by stage, and of `more` stages."""
        return overall([*(overall(stage, self.bands) for stage in marks), *more], self.bands)

    def at(self, level: str, credits: Mapping[int, Mapping[str, float]] | None = None) -> Mark:
        """The loop's mark by a level; `credits` replaces those of questions, by `id` of what was heard."""
        changed = credits or {}
        return self.come_to(
            [item.mark(level, changed.get(id(item))) for item in stage] for stage in self.stages
        )

    def chance(self, level: str) -> float:
        """The chance that the answers come to *hire* by a level, by halving: the more credit, the higher the band."""

        def reaches(deviations: float) -> bool:
            return self.at(level, {id(item): item.moved(deviations) for item in self.heard}).band >= HIRE

        if reaches(-_FURTHEST):
            return 1.0
        if not reaches(_FURTHEST):
            return 0.0
        low, high = -_FURTHEST, _FURTHEST
        for _ in range(_STEPS):
            middle = (low + high) / 2
            low, high = (low, middle) if reaches(middle) else (middle, high)
        return 1.0 - _NORMAL.cdf(high)


def build_debrief(
    view: LoopView, played: Sequence[Played], role: RolePack, versions: Mapping[str, str]
) -> Debrief:
    """The debrief of a loop as its stages stand, decided or not."""
    info = role.pack.info
    level = view.level
    reports = [
        None if item.session is None else build_report(*item.session, role, versions) for item in played
    ]
    results = tuple(_stage_result(item.stage, report) for item, report in zip(played, reports, strict=True))
    heard = [
        _heard(item.stage, report, role)
        for item, report in zip(played, reports, strict=True)
        if report is not None
    ]
    loop = _Loop(tuple(stage for stage in heard if stage), info.bands or DEFAULT_BANDS)
    whole = loop.at(level) if loop.stages else None
    withheld = _withheld(loop, level, results)
    below = _below(role, level)
    differ = below is not None and any(
        item.rubric.levels.get(level) != item.rubric.levels.get(below)  # type: ignore[call-overload]
        for item in loop.heard
    )
    readings: tuple[LevelReading, ...] = ()
    if withheld is None:
        readings = _readings(loop, (level, below) if below is not None and differ else (level,), role)
    goal = None if whole is None or whole.band == len(BAND_NAMES) - 1 else max(whole.band + 1, HIRE)
    changes, needed = _changes(loop, level, goal)
    widths = [item.uncertainty for item in results if item.uncertainty is not None]
    judged = [report.judge for report in reports if report is not None and report.judge is not NOT_JUDGED]
    name = None if whole is None else BAND_NAMES[whole.band]
    return Debrief(
        loop_id=view.id,
        pack=info.id,
        pack_title=info.title,
        notice=info.notice,
        level=level,
        level_title=view.level_title,
        decided_at=view.decided_at,
        stages=results,
        dimensions=_dimensions(loop, role),
        score=None if whole is None else whole.score,
        band=None if whole is None else whole.band,
        band_name=name,
        # As in a report: stages err alike, so the mean width is not shrunk by their number.
        uncertainty=fmean(widths) if widths else None,
        recommendation=None if withheld is not None else name,
        withheld=withheld,
        levels=readings,
        rubrics_differ=differ,
        down_level_risk=_risk(readings),
        held_down=_held_down(loop, level, below) if below is not None else (),
        evidence_for=_evidence_for(loop, level),
        evidence_against=_evidence_against(loop, level),
        goal=None if goal is None else BAND_NAMES[goal],
        needed=needed,
        changes=changes,
        judge=judged[-1] if judged else NOT_JUDGED,
        versions=dict(versions),
    )


def _stage_result(stage: StageView, report: Report | None) -> StageResult:
    missing = None
    paper = None if report is None else report.paper
    if report is None:
        missing = "not taken"
    elif paper is not None:
        missing = f"{paper.sentence.rstrip('.')}; what it takes to pass is not published"
    elif report.score is None:
        missing = "nothing in it could be scored" if report.questions else "nothing in it was answered"
    return StageResult(
        id=stage.id,
        title=stage.title,
        onsite=stage.onsite,
        interviews=stage.interviews,
        session_id=None if report is None else report.session_id,
        finished_at=stage.finished_at,
        score=None if report is None else report.score,
        band=None if report is None else report.band,
        band_name=None if report is None else report.band_name,
        uncertainty=None if report is None else report.uncertainty,
        questions=0 if report is None else len(report.questions),
        unscored=0
        if report is None or paper is not None
        else sum(item.score is None for item in report.questions),
        missing=missing,
        checked=paper is not None,
    )


def _heard(stage: StageView, report: Report, role: RolePack) -> tuple[_Heard, ...]:
    return tuple(
        _Heard(
            stage,
            report,
            question,
            role.rubrics[question.question_id],
            role.bands(question.question_id),
            {item.id: item.credit or 0.0 for item in question.criteria},
        )
        for question in report.questions
        if question.score is not None
    )


def _withheld(loop: _Loop, level: str, results: Sequence[StageResult]) -> str | None:
    """Why there is no recommendation: what is missing could be as bad or as good as to cross the bar. None if not."""
    if not loop.stages:
        return "Nothing has been scored yet, so there is nothing to recommend."
    marks = dict(zip((stage[0].stage.id for stage in loop.stages), loop.marks(level), strict=True))

    def filled(by: Mark) -> Mark:
        with_gaps = [[*marks[item.id], *[by] * item.unscored] for item in results if item.id in marks]
        gone = sum(item.interviews for item in results if item.id not in marks and not item.checked)
        return loop.come_to(with_gaps, [by] * gone)

    worst, best = filled(_WORST), filled(_BEST)
    if (worst.band >= HIRE) == (best.band >= HIRE):
        return None
    stages = sum(item.interviews for item in results if not item.checked)
    scored = len(marks)
    answers = sum(item.unscored for item in results if item.id in marks)
    parts = [f"{scored} of the {stages} stages that are scored {'has' if scored == 1 else 'have'} a score"]
    if answers:
        parts.append(f"{answers} {'answer' if answers == 1 else 'answers'} in them could not be scored")
    return (
        f"Too little is scored for a recommendation: {' and '.join(parts)}. With what is missing the result could be "
        f"anything from {BAND_NAMES[worst.band]} to {BAND_NAMES[best.band]}."
    )


def _below(role: RolePack, level: str) -> str | None:
    """The pack's level below; None for its lowest."""
    levels = [item.id for item in role.pack.info.levels]
    place = levels.index(level)  # type: ignore[arg-type]
    return levels[place - 1] if place else None


def _readings(loop: _Loop, levels: Sequence[str], role: RolePack) -> tuple[LevelReading, ...]:
    """The readings by levels, highest first. Who comes to a band at a level comes to it at a lower one."""
    titles = {str(item.id): item.title for item in role.pack.info.levels}
    found: list[LevelReading] = []
    chance, band = 0.0, 0
    for level in levels:
        # With fewer entries to a level one that is open weighs more in the cap, which must not turn the levels round.
        chance, band = max(chance, loop.chance(level)), max(band, loop.at(level).band)
        reading = "above" if chance >= _SURE else "below" if chance <= 1 - _SURE else "open"
        found.append(LevelReading(level, titles[level], band, BAND_NAMES[band], chance, reading))
    return tuple(found)


def _risk(readings: Sequence[LevelReading]) -> float | None:
    if not readings:
        return None
    return (readings[1].chance if len(readings) > 1 else 1.0) - readings[0].chance


def _dimensions(loop: _Loop, role: RolePack) -> tuple[DimensionResult, ...]:
    parts: dict[str, list[tuple[float, float, float]]] = {}
    for item in loop.heard:
        for name, (weight, earned) in dimension_units(item.rubric, item.credits).items():
            parts.setdefault(name, []).append((weight, earned, weight * (item.question.uncertainty or 0.0)))
    found = []
    for dimension in role.pack.info.dimensions:
        spoken = parts.get(dimension.id, [])
        if not spoken:
            found.append(DimensionResult(dimension.id, dimension.title, None, None, None, None, 0))
            continue
        weight, earned, width = (fsum(column) for column in zip(*spoken, strict=True))
        score = earned / weight
        band = band_of(score, loop.bands)
        found.append(
            DimensionResult(
                dimension.id, dimension.title, score, band, BAND_NAMES[band], width / weight, len(spoken)
            )
        )
    return tuple(found)


def _evidence_for(loop: _Loop, level: str) -> tuple[Exhibit, ...]:
    """What was met, with its words; strongest first, by what the score would lose without it."""
    found = []
    for item, criterion in _criteria(loop):
        quote = _quote(item, criterion)
        if criterion.kind is Kind.RED_FLAG or criterion.verdict is not Verdict.MET or not quote:
            continue
        without = {**item.credits, criterion.id: 0.0}
        lost = loop.at(level).score - loop.at(level, {id(item): without}).score
        found.append(_exhibit(item, criterion, "shown", quote, lost))
    return _strongest(found)


def _evidence_against(loop: _Loop, level: str) -> tuple[Exhibit, ...]:
    """Faults, contradictions, and what the level must show and the answers do not; strongest first."""
    found = []
    for item, criterion in _criteria(loop):
        kind = _against(item, criterion)
        if kind is not None:
            quote = "" if kind == "missing" else _quote(item, criterion)
            found.append(_exhibit(item, criterion, kind, quote, _gain(loop, level, item, criterion)))
    return _strongest(found)


def _against(item: _Heard, criterion: CriterionReport) -> str | None:
    if criterion.kind is Kind.RED_FLAG:
        return "fault" if shows_fault(item.credits[criterion.id]) else None
    if criterion.verdict is Verdict.CONTRADICTED:
        return "contradicted"
    return "missing" if criterion.expected_at_level and not _is_met(item, criterion) else None


def _held_down(loop: _Loop, level: str, below: str) -> tuple[Exhibit, ...]:
    """What the target level must show and the one below need not, and was not shown."""
    found = []
    for item, criterion in _criteria(loop):
        entries = item.rubric.levels.get(below, ())  # type: ignore[call-overload]
        lower = criterion.id in entries or criterion.group in entries
        if criterion.expected_at_level and not lower and not _is_met(item, criterion):
            found.append(_exhibit(item, criterion, "missing", "", _gain(loop, level, item, criterion)))
    return _strongest(found)


@dataclass(frozen=True)
class _Option:
    """A change that was found; `raised` is by how many bands it would raise its question."""

    change: Change
    item: _Heard
    criterion: CriterionReport
    raised: int


def _changes(loop: _Loop, level: str, goal: int | None) -> tuple[tuple[Change, ...], int | None]:
    """The points with the largest effect, and how many of all points found lead to the goal, taken in that order."""
    if goal is None:
        return (), None
    now = loop.at(level)
    options = [
        _option(loop, level, item, criterion)
        for item, criterion in _criteria(loop)
        if _could_change(item, criterion)
    ]
    # Where the level's gaps hold the band below the score's, what closes them comes first.
    by_gaps = now.band < band_of(now.score, loop.bands)

    def order(option: _Option) -> tuple[float, float, str, str]:
        change = option.change
        first, second = (option.raised, change.effect) if by_gaps else (change.effect, option.raised)
        return (-first, -second, change.question_id, change.criterion_id)

    options.sort(key=order)
    mended: dict[int, dict[str, float]] = {}
    needed = None
    for place, option in enumerate(options, 1):
        held = mended.get(id(option.item), option.item.credits)
        mended[id(option.item)] = _mended(held, option.criterion)
        if loop.at(level, mended).band >= goal:
            needed = place
            break
    return tuple(option.change for option in options[:MAX_CHANGES]), needed


def _could_change(item: _Heard, criterion: CriterionReport) -> bool:
    if criterion.kind is Kind.RED_FLAG:
        return shows_fault(item.credits[criterion.id])
    counts = criterion.kind is Kind.REQUIRED or criterion.expected_at_level
    return counts and not _is_met(item, criterion)


def _option(loop: _Loop, level: str, item: _Heard, criterion: CriterionReport) -> _Option:
    mended = _mended(item.credits, criterion)
    change = Change(
        *_point(item, criterion),
        expected_at_level=criterion.expected_at_level,
        is_fault=criterion.kind is Kind.RED_FLAG,
        effect=_gain(loop, level, item, criterion),
        band=loop.at(level, {id(item): mended}).band,
        read=item.question.read,
    )
    return _Option(change, item, criterion, item.mark(level, mended).band - item.mark(level).band)


def _criteria(loop: _Loop) -> Iterable[tuple[_Heard, CriterionReport]]:
    return ((item, criterion) for item in loop.heard for criterion in item.question.criteria)


def _is_met(item: _Heard, criterion: CriterionReport) -> bool:
    """Whether a criterion is met, or its group without it: then it would add nothing."""
    if criterion.group is not None:
        mended = score_credits(item.rubric, _mended(item.credits, criterion)).score
        if mended <= score_credits(item.rubric, item.credits).score:
            return True
    return item.credits[criterion.id] >= MET_CREDIT


def _gain(loop: _Loop, level: str, item: _Heard, criterion: CriterionReport) -> float:
    """What the loop's score would gain if the criterion were met, or its fault were not there."""
    mended = _mended(item.credits, criterion)
    return loop.at(level, {id(item): mended}).score - loop.at(level).score


def _mended(credits: Mapping[str, float], criterion: CriterionReport) -> dict[str, float]:
    return {**credits, criterion.id: 0.0 if criterion.kind is Kind.RED_FLAG else 1.0}


def _quote(item: _Heard, criterion: CriterionReport) -> str:
    """The words of the answer that the verdict stands on; empty if there are none."""
    if criterion.turn is None:
        return ""
    judged = item.report.turns[criterion.turn].verdict(criterion.id)
    return judged.evidence[0].text if judged is not None and judged.evidence else ""


def _point(item: _Heard, criterion: CriterionReport) -> tuple[str, str, str, str, str, str]:
    """The fields of a `Point`, in its order."""
    question = item.question
    return item.stage.id, item.stage.title, question.question_id, question.title, criterion.id, criterion.text


def _exhibit(item: _Heard, criterion: CriterionReport, kind: str, quote: str, effect: float) -> Exhibit:
    return Exhibit(
        *_point(item, criterion),
        dimension=criterion.dimension,
        expected_at_level=criterion.expected_at_level,
        kind=kind,
        quote=quote,
        effect=effect,
    )


def _strongest(found: Iterable[Exhibit]) -> tuple[Exhibit, ...]:
    """At most MAX_EXHIBITS, the largest effect first; ties fall to what the level must show, then to the ids."""

    def order(item: Exhibit) -> tuple[float, bool, str, str]:
        return (-item.effect, not item.expected_at_level, item.question_id, item.criterion_id)

    return tuple(sorted(found, key=order)[:MAX_EXHIBITS])
