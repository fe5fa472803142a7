"""From a session's state to its report. Pure: the same events give the same report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from corpus import Document, Question
from interviewer.contests import Contest
from interviewer.interview import Phase, State, Turn
from interviewer.own_questions import role_for
from interviewer.packs import RolePack
from interviewer.paper import CHECKED, paper_result
from interviewer.policy import ThreadResult, thread_result, verdicts_of
from interviewer.report import (
    BAND_NAMES,
    Before,
    ChoiceReport,
    ContestReport,
    CriterionReport,
    DimensionReport,
    Point,
    QuestionReport,
    Reading,
    Report,
    TurnReport,
    shows_fault,
)
from interviewer.submissions import bounds_claimed
from rubrics import (
    DEFAULT_BANDS,
    MET_CREDIT,
    Assessment,
    Criterion,
    CriterionAssessment,
    Evidence,
    JudgeRecord,
    Kind,
    Rubric,
    Verdict,
    band_of,
    is_met,
)

MAX_LISTED = 6
NOT_JUDGED = JudgeRecord("none", "", None, "")
_CHECKED = Assessment(None, None, 0.0, (), (), CHECKED, NOT_JUDGED)


@dataclass(frozen=True)
class Mark:
    """A score 0..1 with the band that it comes to."""

    score: float
    band: int


def overall(parts: Sequence[Mark], bands: tuple[float, float, float, float]) -> Mark:
    """The mean of a round's questions, or of a loop's stages; one part at least, in any order."""
    score = fmean(part.score for part in parts)
    # A level's gap caps a question's band; the whole cannot stand above the mean of its parts.
    mean_band = int(fmean(part.band for part in parts) + 0.5)
    return Mark(score, min(band_of(score, bands), mean_band))


def build_report(
    session_id: str,
    state: State,
    role: RolePack,
    versions: Mapping[str, str],
    before: Report | None = None,
) -> Report:
    """The report on a session, finished or not; turns without an answer are left out unless they were skipped.

    `before` is the report of the session whose questions were answered again.
    """
    role = role_for(role, state.setup)
    level = state.setup.level
    paper = state.setup.paper
    turns = tuple(turn for turn in state.turns if paper or turn.answer is not None or turn.skipped)
    position = {turn.index: place for place, turn in enumerate(turns)}
    threads = [
        tuple(turn for turn in thread if turn.index in position)
        for thread in state.threads
        if thread[0].index in position
    ]
    results = [(thread, None if paper else thread_result(thread, role, level)) for thread in threads]
    scored = [result for _, result in results if result is not None]
    bands = role.pack.info.bands or DEFAULT_BANDS
    whole = overall([Mark(result.score.score, result.band) for result in scored], bands) if scored else None
    band = None if whole is None else whole.band
    questions = tuple(
        replace(
            _question_report(thread, result, role, level, position, paper),
            before=_before(before, thread[0].question_id),
        )
        for thread, result in results
    )
    # In a paper nobody says what the code costs.
    claimed = (
        {}
        if paper
        else {
            turn.index: bounds_claimed(item.answer or "" for item in thread)
            for thread in threads
            for turn in thread
            if turn.submission is not None
        }
    )
    reports = tuple(
        _turn_report(turn, role, claimed.get(turn.index, () if not paper else None), paper) for turn in turns
    )
    widths = [item.uncertainty for item in questions if item.uncertainty is not None]
    gaps = _gaps(questions, role)
    judged = [turn.assessment.judge for turn in turns if turn.assessment is not None]
    info = role.pack.info
    return Report(
        session_id=session_id,
        pack=info.id,
        pack_title=info.title,
        notice=info.notice,
        level=level,
        round=state.setup.round,
        round_title=role.pack.round(state.setup.round).title,
        started_at=state.started_at.isoformat() if state.started_at else "",
        minutes_used=round(state.shown_s(state.elapsed_s) / 60, 1),
        finished=state.phase is Phase.FINISHED,
        score=None if whole is None else whole.score,
        band=band,
        band_name=None if band is None else BAND_NAMES[band],
        # The mean of independent intervals is narrower by the root of their number; question effects are not
        # independent, so the mean width is reported instead, which is on the safe side.
        uncertainty=sum(widths) / len(widths) if widths else None,
        unscored=0 if paper else sum(item.assessment.score is None for item in reports),
        dimensions=_dimensions(role, [(thread, result) for thread, result in results if result is not None]),
        questions=questions,
        turns=reports,
        strengths=_strengths(questions, reports),
        gaps=gaps,
        practise_next=_practise(questions, gaps),
        judge=judged[-1] if judged else NOT_JUDGED,
        versions=dict(versions),
        mode=state.setup.mode,
        minutes=state.setup.minutes,
        paper=paper_result(state, role.pack) if paper else None,
        bounds=bands,
    )


def _before(report: Report | None, question_id: str) -> Before | None:
    found = None
    if report is not None:
        found = next((item for item in report.questions if item.question_id == question_id), None)
    if report is None or found is None:
        return None
    verdicts = {item.id: item.verdict for item in found.criteria if item.verdict is not None}
    return Before(report.session_id, report.started_at, found.band, verdicts)


def _turn_report(
    turn: Turn, role: RolePack, claimed: tuple[str, ...] | None = (), paper: bool = False
) -> TurnReport:
    asked = role.pack.question(turn.question_id).asked
    return TurnReport(
        kind="question" if turn.is_question else "follow_up",
        question_id=turn.question_id,
        criterion_ids=turn.criterion_ids,
        # What led over to a question belongs to the conversation.
        prompt=asked if turn.is_question and turn.prompt.endswith(asked) else turn.prompt,
        answer=turn.answer or "",
        origin=turn.origin,
        assessment=turn.assessment or (_CHECKED if paper else _unassessed(turn)),
        feedback=turn.feedback,
        hints=turn.hints,
        skipped=turn.skipped,
        seconds=round(turn.seconds, 1),
        grounds=turn.grounds,
        model=turn.model,
        second_opinion=turn.opinion,
        second_opinion_reason=turn.opinion_failed,
        own_verdicts=turn.own_verdicts,
        contests=tuple(_contest_report(turn, item) for item in turn.contests),
        submission=turn.submission,
        growth=turn.growth,
        claimed=claimed,
    )


def _contest_report(turn: Turn, contest: Contest) -> ContestReport:
    criteria = turn.assessment.shown if turn.assessment is not None else ()
    first = next((item for item in criteria if item.id == contest.criterion_id), None)
    words = Evidence(contest.start, contest.end, (turn.answer or "")[contest.start : contest.end])
    second, counts = contest.second, contest.counts(first)
    return ContestReport(contest.criterion_id, words, first, second, counts, contest.failed)


def _unassessed(turn: Turn) -> Assessment:
    if turn.skipped:
        # Passing on a question is the candidate's decision, so it counts; it is not a failure to judge.
        return Assessment(0.0, 0, 0.0, (), ("skipped",), None, NOT_JUDGED)
    return Assessment(
        None, None, 1.0, (), (), turn.pending_reason or "The answer is still being assessed.", NOT_JUDGED
    )


def _question_report(
    thread: tuple[Turn, ...],
    result: ThreadResult | None,
    role: RolePack,
    level: str,
    position: Mapping[int, int],
    paper: bool,
) -> QuestionReport:
    question = role.pack.question(thread[0].question_id)
    rubric = role.rubrics[question.id]
    opening = _turn_report(thread[0], role, paper=paper).assessment
    bands = role.bands(question.id)
    return QuestionReport(
        question_id=question.id,
        title=question.title,
        category=question.category,
        level=question.level,
        score=None if result is None else result.score.score,
        band=None if result is None else result.band,
        capped=result is not None and result.band < band_of(result.score.score, bands),
        uncertainty=None if result is None else opening.uncertainty,
        unscored_reason=None if paper or result is not None else opening.unscored_reason,
        criteria=()
        if paper
        else tuple(_criterion_report(c, thread, result, rubric, level, position) for c in rubric.criteria),
        turns=tuple(position[turn.index] for turn in thread),
        model_answer=question.model_answer,
        common_wrong_answer=question.common_wrong_answer.text,
        why_wrong=question.common_wrong_answer.why,
        read=_reading(question, role),
        choices=tuple(
            ChoiceReport(letter, choice.text, choice.correct, choice.why)
            for letter, choice in question.lettered
        ),
        own_bounds=rubric.bands,
    )


def _criterion_report(
    criterion: Criterion,
    thread: tuple[Turn, ...],
    result: ThreadResult | None,
    rubric: Rubric,
    level: str,
    position: Mapping[int, int],
) -> CriterionReport:
    best: CriterionAssessment | None = None
    turn_index: int | None = None
    for turn in thread:
        for item in verdicts_of(turn):
            if item.id == criterion.id and (best is None or item.credit > best.credit):
                best, turn_index = item, position[turn.index]
    entries = rubric.levels.get(level, ())  # type: ignore[call-overload]
    rated = [turn.own_verdicts for turn in thread if turn.own_verdicts is not None]
    return CriterionReport(
        id=criterion.id,
        text=criterion.text,
        kind=criterion.kind,
        dimension=criterion.dimension,
        weight=criterion.weight,
        group=criterion.group,
        expected_at_level=criterion.id in entries or criterion.group in entries,
        verdict=None if result is None else best.verdict if best else Verdict.MISSING,
        credit=None if result is None else best.credit if best else 0.0,
        turn=turn_index,
        own=next((given[criterion.id] for given in rated if criterion.id in given), None),
        contested=any(item.criterion_id == criterion.id for turn in thread for item in turn.contests),
    )


def _reading(question: Question, role: RolePack) -> tuple[Reading, ...]:
    wanted = set(question.topics)
    known = Counter(topic for note in role.pack.notes for topic in note.topics)

    def fit(note: Document) -> float:
        """A topic that few notes have says more; a note of the question's own category is worth one such topic."""
        shared = sum(1 / known[topic] for topic in wanted & set(note.topics))
        return shared + (note.category == question.category) if shared else 0.0

    near = sorted((note for note in role.pack.notes if fit(note)), key=lambda note: (-fit(note), note.name))
    notes = tuple(Reading(note.title, f"notes/{note.name}.md") for note in near[:2])
    return (*notes, *(Reading(source.title, source.url) for source in question.sources))


def _dimensions(
    role: RolePack, threads: list[tuple[tuple[Turn, ...], ThreadResult]]
) -> tuple[DimensionReport, ...]:
    totals: dict[str, tuple[float, float]] = {}
    for thread, result in threads:
        rubric = role.rubrics[thread[0].question_id]
        for dimension, (weight, earned) in dimension_units(rubric, result.credits).items():
            before = totals.get(dimension, (0.0, 0.0))
            totals[dimension] = (before[0] + weight, before[1] + earned)
    bands = role.pack.info.bands or DEFAULT_BANDS
    out = []
    for item in role.pack.info.dimensions:
        weight, earned = totals.get(item.id, (0.0, 0.0))
        score = earned / weight if weight else None
        out.append(
            DimensionReport(item.id, item.title, score, None if score is None else band_of(score, bands))
        )
    return tuple(out)


def dimension_units(rubric: Rubric, credits: Mapping[str, float]) -> dict[str, tuple[float, float]]:
    """Dimension -> (weight, earned). A group speaks once, for the dimension of its first member."""
    units: dict[str, tuple[float, float]] = {}

    def add(dimension: str | None, weight: float, credit: float) -> None:
        if dimension is not None:
            before = units.get(dimension, (0.0, 0.0))
            units[dimension] = (before[0] + weight, before[1] + weight * credit)

    for criterion in rubric.criteria:
        if criterion.kind is Kind.REQUIRED and criterion.group is None:
            add(criterion.dimension, criterion.weight, credits.get(criterion.id, 0.0))
    for group in rubric.groups:
        members = rubric.members(group.id)
        credit = min(1.0, sum(credits.get(member.id, 0.0) for member in members) / group.need)
        add(members[0].dimension, sum(member.weight for member in members) / len(members), credit)
    return units


def _strengths(questions: tuple[QuestionReport, ...], turns: tuple[TurnReport, ...]) -> tuple[Point, ...]:
    found: list[tuple[float, Point]] = []
    for question in questions:
        for criterion in question.criteria:
            if (
                criterion.verdict is not Verdict.MET
                or criterion.kind is Kind.RED_FLAG
                or criterion.turn is None
            ):
                continue
            judged = turns[criterion.turn].verdict(criterion.id)
            words = judged.evidence[0].text if judged and judged.evidence else ""
            point = Point(question.question_id, question.title, criterion.id, criterion.text, words)
            found.append((criterion.weight * (criterion.credit or 0.0), point))
    return tuple(point for _, point in sorted(found, key=lambda pair: -pair[0])[:MAX_LISTED])


def _gaps(questions: tuple[QuestionReport, ...], role: RolePack) -> tuple[Point, ...]:
    """What cost most: faults, then what the level must show, then the rest, by weight lost."""
    found: list[tuple[tuple[int, float], Point]] = []
    for question in questions:
        if question.score is None:
            continue
        rubric = role.rubrics[question.question_id]
        credits = {criterion.id: criterion.credit or 0.0 for criterion in question.criteria}
        for criterion in question.criteria:
            credit = credits[criterion.id]
            point = Point(
                question.question_id, question.title, criterion.id, criterion.text, "", question.read
            )
            if criterion.kind is Kind.RED_FLAG:
                if shows_fault(credit):
                    found.append(((0, -criterion.weight), point))
            elif criterion.kind is Kind.REQUIRED and credit < MET_CREDIT:
                if criterion.group is not None and is_met(rubric, credits, criterion.group):
                    continue
                order = 1 if criterion.expected_at_level else 2
                found.append(((order, -criterion.weight * (1 - credit)), point))
    return tuple(point for _, point in sorted(found, key=lambda pair: pair[0])[: 2 * MAX_LISTED])


def _practise(questions: tuple[QuestionReport, ...], gaps: tuple[Point, ...]) -> tuple[Point, ...]:
    """The three things to do next: the costliest gap of each of the weakest questions."""
    weakest = sorted((q for q in questions if q.score is not None), key=lambda q: q.score or 0.0)
    chosen = []
    for question in weakest:
        first = next((gap for gap in gaps if gap.question_id == question.question_id), None)
        if first is not None:
            chosen.append(first)
    return tuple(chosen[:3])
