"""What a candidate has shown so far: every question that was left, with what its thread earned. Pure.

It is a fold over the states of the candidate's sessions, so nothing of it is stored a second time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo

from interviewer.interview import Phase, State, Turn
from interviewer.packs import RolePack
from interviewer.policy import ThreadResult, thread_result
from interviewer.reporting import dimension_units
from rubrics import MET_CREDIT, Criterion, Kind, Rubric, unit_credits


@dataclass(frozen=True)
class Shown:
    """One thing that a question asks for: a criterion, a group of which some suffice, or a fault to stay clear of.

    `credit` is what the whole thread earned, `first_credit` what the first answer earned alone, both 0..1; for a fault
    they say how well it was avoided, and `fault` is the probability that it is there (None for anything else).
    `expected` says whether the level of the round asks for it.
    """

    id: str
    weight: float
    credit: float
    first_credit: float
    expected: bool
    fault: float | None = None

    @property
    def is_weak(self) -> bool:
        """Whether it was not shown, or the fault was."""
        return self.credit < MET_CREDIT if self.fault is None else self.fault >= MET_CREDIT


@dataclass(frozen=True)
class Attempt:
    """A question that was left, with its follow-ups, at the time of its last answer.

    `score`, `band` and `uncertainty` (half-width of an 80 % interval) are None where it could not be scored; there is
    nothing in `shown` and `dimensions` then. `dimensions` are `(dimension id, weight, weight earned)`.
    """

    session_id: str
    question_id: str
    category: str
    topics: tuple[str, ...]
    level: str
    at: datetime
    hints: int
    score: float | None
    band: int | None
    uncertainty: float | None
    shown: tuple[Shown, ...] = ()
    dimensions: tuple[tuple[str, float, float], ...] = ()

    def day(self, zone: tzinfo | None) -> date:
        """The calendar day of the candidate on which it was left."""
        return self.at.astimezone(zone).date()


def attempts_of(session_id: str, state: State, role: RolePack) -> tuple[Attempt, ...]:
    """The attempts of a session, in order; the question that is still talked about, and one never answered, are not.

    A question that the pack no longer has is left out. Nobody judges a paper, so it has none.
    """
    if state.setup.paper:
        return ()
    known = role.pack.question_ids
    over = state.ended or state.phase in (Phase.CLOSING_QUESTIONS, Phase.FINISHED)
    threads = state.threads if over else state.threads[:-1]
    return tuple(
        _attempt(session_id, thread, state.setup.level, role)
        for thread in threads
        if thread[0].question_id in known and (thread[0].answer is not None or thread[0].skipped)
    )


def in_order(attempts: Iterable[Attempt]) -> list[Attempt]:
    """The attempts of several sessions as they happened; those of one moment by session and question."""
    return sorted(attempts, key=lambda item: (item.at, item.session_id, item.question_id))


def _attempt(session_id: str, thread: tuple[Turn, ...], level: str, role: RolePack) -> Attempt:
    opening = thread[0]
    question = role.pack.question(opening.question_id)
    left = Attempt(
        session_id=session_id,
        question_id=question.id,
        category=question.category,
        topics=question.topics,
        level=level,
        at=max(turn.at for turn in thread if turn.at is not None),
        hints=sum(turn.hints for turn in thread),
        score=None,
        band=None,
        uncertainty=None,
    )
    result, first = thread_result(thread, role, level), thread_result(thread[:1], role, level)
    if result is None or first is None:
        return left
    rubric = role.rubrics[question.id]
    earned = dimension_units(rubric, result.credits)
    return replace(
        left,
        score=result.score.score,
        band=result.band,
        # A question that was passed on is not judged, so nothing about it is uncertain.
        uncertainty=0.0 if opening.assessment is None else opening.assessment.uncertainty,
        shown=_shown(rubric, level, result, first),
        dimensions=tuple((name, weight, credit) for name, (weight, credit) in earned.items()),
    )


def _shown(rubric: Rubric, level: str, result: ThreadResult, first: ThreadResult) -> tuple[Shown, ...]:
    entries = rubric.levels.get(level, ())  # type: ignore[call-overload]
    openings = unit_credits(rubric, first.credits)
    units = [
        Shown(name, weight, credit, openings[name][1], name in entries)
        for name, (weight, credit) in unit_credits(rubric, result.credits).items()
    ]
    faults = [
        Shown(
            criterion.id,
            criterion.weight,
            _avoided(criterion, result),
            _avoided(criterion, first),
            expected=False,
            fault=result.credits.get(criterion.id, 0.0),
        )
        for criterion in rubric.criteria
        if criterion.kind is Kind.RED_FLAG
    ]
    return (*units, *faults)


def _avoided(fault: Criterion, result: ThreadResult) -> float:
    """Silence avoids every fault: it counts as avoided only as far as something right was said."""
    return min(1 - result.credits.get(fault.id, 0.0), result.score.base)
