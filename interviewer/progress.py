"""How a candidate is getting on, by area, dimension and topic. Pure.

Scores are expected credits with the half-width of an 80 % interval, as in a report. What could not be scored is counted
and never averaged in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo

from corpus import Pack
from interviewer.history import Attempt
from rubrics import DEFAULT_BANDS, band_of

# "Now" is the latest few questions: enough to even out one bad day, few enough to follow what was learnt.
LATEST = 5
# Days that are looked at to say how often somebody practised.
HABIT_DAYS = 28


@dataclass(frozen=True)
class Measure:
    """The mean over `answers` questions up to `day`: score 0..1, the half-width of its 80 % interval, and its band.

    Half-widths are averaged, not shrunk by the number of questions: what makes a judge err on one question of an area
    often makes it err on the next, so this is on the safe side.
    """

    day: date
    score: float
    uncertainty: float
    answers: int
    band: int


@dataclass(frozen=True)
class Course:
    """How one area, dimension or topic went: a measure for every day on which it was practised, and the latest ones.

    `change` is `up` or `down` where the first and the last day lie further apart than both half-widths together,
    `unclear` where they do not, and None before a second day.
    """

    id: str
    title: str
    days: tuple[Measure, ...]
    now: Measure
    answers: int
    change: str | None


@dataclass(frozen=True)
class Progress:
    """Everything that was practised. Subjects without a scored answer are not listed; topics are weakest first.

    `practised` are the days of the last HABIT_DAYS on which a question was answered or passed on.
    """

    areas: tuple[Course, ...]
    dimensions: tuple[Course, ...]
    topics: tuple[Course, ...]
    answers: int
    unscored: int
    practised: tuple[date, ...]
    today: date


@dataclass(frozen=True)
class _Mark:
    """What one attempt says of a subject."""

    day: date
    weight: float
    earned: float
    uncertainty: float


def progress_of(attempts: Sequence[Attempt], pack: Pack, zone: tzinfo | None, today: date) -> Progress:
    """The progress that the attempts (in order) show; days are those of `zone`."""
    bands = pack.info.bands or DEFAULT_BANDS
    scored = [item for item in attempts if item.score is not None]
    areas = _collect(scored, zone, lambda item: ((item.category, 1.0, item.score or 0.0),))
    dimensions = _collect(scored, zone, lambda item: item.dimensions)
    topics = _collect(
        scored, zone, lambda item: tuple((name, 1.0, item.score or 0.0) for name in item.topics)
    )

    def course(name: str, title: str, marks: Sequence[_Mark]) -> Course:
        return _course(name, title, marks, bands)

    by_topic = [course(name, name.replace("-", " "), marks) for name, marks in topics.items()]
    return Progress(
        areas=tuple(course(c.id, c.title, areas[c.id]) for c in pack.info.categories if c.id in areas),
        dimensions=tuple(
            course(d.id, d.title, dimensions[d.id]) for d in pack.info.dimensions if d.id in dimensions
        ),
        topics=tuple(sorted(by_topic, key=lambda item: (item.now.score, item.title))),
        answers=len(scored),
        unscored=len(attempts) - len(scored),
        practised=practised_days(attempts, zone, today),
        today=today,
    )


def practised_days(attempts: Iterable[Attempt], zone: tzinfo | None, today: date) -> tuple[date, ...]:
    """The days of the last HABIT_DAYS, today among them, with at least one attempt; in order."""
    first = today - timedelta(days=HABIT_DAYS - 1)
    return tuple(sorted({day for item in attempts if first <= (day := item.day(zone)) <= today}))


def _collect(
    attempts: Iterable[Attempt],
    zone: tzinfo | None,
    subjects: Callable[[Attempt], Iterable[tuple[str, float, float]]],
) -> dict[str, list[_Mark]]:
    """Subject id -> its marks, in order. `subjects` gives `(id, weight, weight earned)` of an attempt."""
    found: dict[str, list[_Mark]] = {}
    for attempt in attempts:
        for name, weight, earned in subjects(attempt):
            if weight > 0:
                mark = _Mark(attempt.day(zone), weight, earned, attempt.uncertainty or 0.0)
                found.setdefault(name, []).append(mark)
    return found


def _course(
    name: str, title: str, marks: Sequence[_Mark], bands: tuple[float, float, float, float]
) -> Course:
    days = [_mean([mark for mark in marks if mark.day == day], bands) for day in _days(marks)]
    change = None
    if len(days) > 1:
        first, last = days[0], days[-1]
        apart = abs(last.score - first.score) > first.uncertainty + last.uncertainty
        change = "unclear" if not apart else "up" if last.score > first.score else "down"
    return Course(name, title, tuple(days), _mean(marks[-LATEST:], bands), len(marks), change)


def _days(marks: Iterable[_Mark]) -> list[date]:
    return sorted({mark.day for mark in marks})


def _mean(marks: Sequence[_Mark], bands: tuple[float, float, float, float]) -> Measure:
    score = sum(mark.earned for mark in marks) / sum(mark.weight for mark in marks)
    width = sum(mark.uncertainty for mark in marks) / len(marks)
    return Measure(marks[-1].day, score, width, len(marks), band_of(score, bands))
