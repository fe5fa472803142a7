"""How ready a candidate is, area by area: what they say of themselves, what they have shown, and a dated plan. Pure.

The areas are the pack's categories (the built-in pack has ten). Claimed and shown are on one scale, the bands 0-4, so
that they can be laid over each other. The plan is never stored: it is made anew from what was shown by then, so it
follows the candidate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta, tzinfo
from itertools import pairwise
from math import ceil, sqrt

from corpus import LEVELS, Category, Pack, Question
from interviewer.history import Attempt
from interviewer.practice import Card, NamedRound, questions_of, short_round
from interviewer.progress import LATEST
from rubrics import DEFAULT_BANDS

CLAIMS = ("Not yet", "Shaky", "Borderline", "Solid", "Strong")

# A plan goes no further than this; what lies beyond would change before it is reached.
PLAN_DAYS = 28
# A day holds more than one area only where there are fewer days than areas.
MAX_AREAS_A_DAY = 3
# An area comes again after this many days at the earliest, as long as there is another one.
REST_DAYS = 2
# What is known of an area counts as much as one more answer with this score: the claim where there is one, else the middle.
UNKNOWN_SCORE = 0.5
# However well an area went, it stays worth a visit.
LEAST_GAP = 0.1
# A day of the plan is expected to close this share of the gap that is left. What really was shown replaces the guess.
CLOSED_BY_A_DAY = 0.4
# Waiting longer than this adds no urgency.
LONGEST_WAIT_DAYS = 14

PROBE_FOLLOW_UPS = 1
AREA_QUESTIONS = 2


@dataclass(frozen=True)
class Area:
    """An area as it stands. `claimed` and `shown` are on the scale of the bands, 0..4; None where nothing is known.

    `shown` is the mean band of the latest questions and `uncertainty` the half-width of its 80 % interval on that
    scale; `score` is their mean score 0..1. `answers` counts every scored question.
    """

    id: str
    title: str
    share: float
    claimed: int | None
    shown: float | None
    uncertainty: float | None
    score: float | None
    answers: int
    last: date | None


@dataclass(frozen=True)
class Planned:
    """An area on a day of the plan. `done` says whether it was practised on that day."""

    area: str
    title: str
    done: bool = False


@dataclass(frozen=True)
class PlanDay:
    """A day of the plan. The last one before the interview has no areas: it is for what is due, and for rest.

    `cards` is how many cards come back on that day, as far as is known today; today's include those overdue.
    """

    day: date
    areas: tuple[Planned, ...]
    cards: int = 0


@dataclass(frozen=True)
class Readiness:
    """What the candidate says, what was shown, and what to do until the interview."""

    level: str
    interview_on: date | None
    days_left: int | None
    areas: tuple[Area, ...]
    plan: tuple[PlanDay, ...]
    today: date


def areas_of(
    attempts: Sequence[Attempt], claims: Mapping[str, int], pack: Pack, zone: tzinfo | None
) -> tuple[Area, ...]:
    """Every area of the pack, in its order."""
    return tuple(_area(category, attempts, claims, pack, zone) for category in pack.info.categories)


def _area(
    category: Category,
    attempts: Sequence[Attempt],
    claims: Mapping[str, int],
    pack: Pack,
    zone: tzinfo | None,
) -> Area:
    tried = [item for item in attempts if item.category == category.id]
    scored = [item for item in tried if item.score is not None]
    latest = scored[-LATEST:]
    blank = Area(
        id=category.id,
        title=category.title,
        share=category.share,
        claimed=claims.get(category.id),
        shown=None,
        uncertainty=None,
        score=None,
        answers=len(scored),
        last=tried[-1].day(zone) if tried else None,
    )
    if not latest:
        return blank
    score = sum(item.score or 0.0 for item in latest) / len(latest)
    width = sum(item.uncertainty or 0.0 for item in latest) / len(latest)
    bands = pack.info.bands or DEFAULT_BANDS
    low, high = on_band_scale(max(0.0, score - width), bands), on_band_scale(min(1.0, score + width), bands)
    return replace(
        blank,
        shown=sum(item.band or 0 for item in latest) / len(latest),
        uncertainty=(high - low) / 2,
        score=score,
    )


def on_band_scale(score: float, bands: tuple[float, float, float, float]) -> float:
    """A score as a place among the bands: their middles are at 0, 1, 2, 3 and 4, in between it is linear."""
    bounds = (0.0, *bands, 1.0)
    middles = [(low + high) / 2 for low, high in pairwise(bounds)]
    if score <= middles[0]:
        return 0.0
    for place, (low, high) in enumerate(pairwise(middles)):
        if score <= high:
            return place + (score - low) / (high - low)
    return float(len(middles) - 1)


# The plan


def plan(
    attempts: Sequence[Attempt],
    claims: Mapping[str, int],
    deck: Sequence[Card],
    pack: Pack,
    interview_on: date | None,
    today: date,
    zone: tzinfo | None,
) -> tuple[PlanDay, ...]:
    """The days from today to the one before the interview, PLAN_DAYS at most; none without a date ahead.

    Today is planned from what was known when it began, so that doing its part does not change it; the days after it
    from everything that was shown by now.
    """
    if interview_on is None or interview_on <= today:
        return ()
    before = [item for item in attempts if item.day(zone) < today]
    done = {item.category for item in attempts if item.day(zone) == today}
    last = interview_on - timedelta(days=1)
    end = min(last, today + timedelta(days=PLAN_DAYS - 1))
    first = _schedule(areas_of(before, claims, pack, zone), today, today, last, {})
    planned = {item.id: today for item in first[0]}
    rest = _schedule(areas_of(attempts, claims, pack, zone), today + timedelta(days=1), end, last, planned)
    days = []
    for place, chosen in enumerate((*first, *rest)):
        day = today + timedelta(days=place)
        came = sum(card.due <= today if day == today else card.due == day for card in deck)
        items = tuple(Planned(item.id, item.title, day == today and item.id in done) for item in chosen)
        days.append(PlanDay(day, items, came))
    return tuple(days)


def _schedule(
    areas: Sequence[Area], start: date, end: date, last: date, planned: Mapping[str, date]
) -> list[list[Area]]:
    """The areas of each day from `start` to `end`; `last` is the day that is left free.

    Each day takes the most urgent areas: the wait since the last visit times the gap between what was shown and full
    marks times the square root of the share, which lies between going by share alone (an area of 1 % would never come)
    and treating all alike.
    """
    gaps = {area.id: max(LEAST_GAP, 1 - _estimate(area)) for area in areas}
    visits: dict[str, date | None] = {area.id: area.last for area in areas} | dict(planned)
    for name in planned:
        gaps[name] *= 1 - CLOSED_BY_A_DAY
    days = []
    day = start
    while day <= end:
        left = (last - day).days
        unseen = sum(visits[area.id] is None for area in areas)
        most = min(MAX_AREAS_A_DAY, ceil(unseen / left)) if left and unseen else 1
        chosen = [] if day == last else _most_urgent(areas, gaps, visits, day, max(1, most))
        for area in chosen:
            visits[area.id] = day
            gaps[area.id] = max(LEAST_GAP, gaps[area.id] * (1 - CLOSED_BY_A_DAY))
        days.append(chosen)
        day += timedelta(days=1)
    return days


def _estimate(area: Area) -> float:
    """The score to expect: what was shown, drawn towards the claim (or the middle) by the weight of one answer."""
    prior = UNKNOWN_SCORE if area.claimed is None else area.claimed / (len(CLAIMS) - 1)
    seen = min(area.answers, LATEST)
    return ((area.score or 0.0) * seen + prior) / (seen + 1)


def _most_urgent(
    areas: Sequence[Area], gaps: Mapping[str, float], visits: Mapping[str, date | None], day: date, most: int
) -> list[Area]:
    def wait(area: Area) -> int:
        seen = visits[area.id]
        return LONGEST_WAIT_DAYS if seen is None else min(LONGEST_WAIT_DAYS, (day - seen).days)

    rested = [area for area in areas if wait(area) >= REST_DAYS] or list(areas)
    # Sorting keeps the pack's order where two are as urgent.
    return sorted(rested, key=lambda area: -wait(area) * gaps[area.id] * sqrt(area.share))[:most]


# Rounds


def probe_round(
    attempts: Sequence[Attempt], pack: Pack, level: str, areas: Sequence[str] = ()
) -> NamedRound | None:
    """One question for each of the areas (by default those that were not asked yet), near the level; short threads."""
    tried = {item.category for item in attempts}
    wanted = areas or [item.id for item in pack.info.categories if item.id not in tried]
    first = [fresh[0] for name in wanted if (fresh := _by_fitness(attempts, pack, level, name))]
    return short_round(first, pack, level, PROBE_FOLLOW_UPS, len(first), sum(item.minutes for item in first))


def area_round(
    attempts: Sequence[Attempt], waiting: Sequence[Card], pack: Pack, level: str, area: str
) -> NamedRound | None:
    """A short round in one area: what is due there, then what was not asked yet, near the level."""
    back = [item for item in questions_of(waiting, pack) if item.category == area]
    fresh = [item for item in _by_fitness(attempts, pack, level, area) if item not in back]
    return short_round([*back, *fresh], pack, level, most=AREA_QUESTIONS)


def _by_fitness(attempts: Sequence[Attempt], pack: Pack, level: str, area: str) -> list[Question]:
    """The area's questions: never asked before asked longest ago, then nearest to the level, then the shorter ones."""
    asked = {item.question_id: item.at.timestamp() for item in attempts}
    own = LEVELS.index(level)
    return sorted(
        (question for question in pack.questions if question.category == area),
        key=lambda item: (asked.get(item.id, 0.0), abs(LEVELS.index(item.level) - own), item.minutes),
    )
