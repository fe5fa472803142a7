"""What to practise and when: what was once weak comes back as a card, spaced by FSRS. Pure and repeatable.

A card is made where something was not shown at the end of its question (`Shown.is_weak`), and every later attempt at
the same question reviews it. Cards are folded from the attempts each time, so there is no second truth to keep in step.

FSRS (Free Spaced Repetition Scheduler, version 6; https://github.com/open-spaced-repetition/fsrs4anki/wiki) runs with
its published default parameters, at day granularity (no steps of minutes: an interview answer is not a flash card that
one tries again after ten minutes), and without the random spread of intervals.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo

import fsrs

from corpus import Pack, Question
from interviewer.chosen import askable_together
from interviewer.history import Attempt, Shown
from rubrics import MET_CREDIT

# From credit to FSRS's ratings. Below MET_CREDIT a criterion counts as unmet everywhere in mockround, so it was forgotten
# ("again"). 0.75 lies half way between partly (0.5) and met (1): below it the answer is nearer to partly, which is recalled
# with trouble ("hard"). "Easy" is for what came at once: nearly surely met (0.9) in the first answer, before any
# follow-up, and without a hint. The rest is "good".
GOOD_CREDIT = 0.75
EASY_CREDIT = 0.90

# FSRS's own default: a card comes back when the chance to recall it has fallen to nine in ten.
DESIRED_RETENTION = 0.9
# Nobody prepares for one interview for years; what is known well comes back once more within two months.
MAX_INTERVAL_DAYS = 60

# A practice round is short: this many questions, and no further one once their time would exceed this.
MAX_QUESTIONS = 3
MAX_MINUTES = 30


@dataclass(frozen=True)
class Card:
    """Something that was once weak, as the last attempt left it. `due` is the day from which it should be practised.

    `point_id` is a criterion's or a group's id in the question's rubric; `credit` what the last attempt earned on it.
    """

    question_id: str
    point_id: str
    is_fault: bool
    expected: bool
    weight: float
    credit: float
    reviews: int
    last: date
    due: date


@dataclass(frozen=True)
class NamedRound:
    """A round of named questions that is about to be started. `minutes` is the sum of the questions' own times."""

    question_ids: tuple[str, ...]
    level: str
    minutes: int
    follow_ups: int


@dataclass
class _Schedule:
    """A card while it is folded."""

    state: fsrs.Card
    reviews: int


def rating_of(shown: Shown, hints: int) -> fsrs.Rating:
    """How well something was recalled; the bounds are explained at the top of this module."""
    if shown.is_weak or shown.credit < MET_CREDIT:
        return fsrs.Rating.Again
    if shown.credit < GOOD_CREDIT:
        return fsrs.Rating.Hard
    if shown.first_credit >= EASY_CREDIT and not hints:
        return fsrs.Rating.Easy
    return fsrs.Rating.Good


def cards(attempts: Iterable[Attempt], zone: tzinfo | None) -> tuple[Card, ...]:
    """The cards that the attempts (in order) leave behind; days are those of `zone`. Unscored attempts change nothing."""
    scheduler = fsrs.Scheduler(
        desired_retention=DESIRED_RETENTION,
        learning_steps=(),
        relearning_steps=(),
        maximum_interval=MAX_INTERVAL_DAYS,
        enable_fuzzing=False,
    )
    folded: dict[tuple[str, str], _Schedule] = {}
    latest: dict[tuple[str, str], Card] = {}
    for attempt in attempts:
        day = attempt.day(zone)
        # Whole days: who practises in the evening and again the next morning has let a night pass.
        noon = datetime.combine(day, time(12), UTC)
        for shown in attempt.shown:
            key = (attempt.question_id, shown.id)
            if key not in folded and not shown.is_weak:
                continue
            held = folded.get(key) or _Schedule(fsrs.Card(card_id=len(folded), due=noon), -1)
            reviewed, _ = scheduler.review_card(held.state, rating_of(shown, attempt.hints), noon)
            folded[key] = _Schedule(reviewed, held.reviews + 1)
            latest[key] = Card(
                question_id=attempt.question_id,
                point_id=shown.id,
                is_fault=shown.fault is not None,
                expected=shown.expected,
                weight=shown.weight,
                credit=shown.credit,
                reviews=held.reviews + 1,
                last=day,
                due=reviewed.due.date(),
            )
    return tuple(latest.values())


def due(deck: Iterable[Card], today: date) -> tuple[Card, ...]:
    """The cards to practise today: what the level asks for first, then by weight, then the longest due."""
    waiting = [card for card in deck if card.due <= today]
    return tuple(
        sorted(
            waiting,
            key=lambda card: (not card.expected, -card.weight, card.due, card.question_id, card.point_id),
        )
    )


def next_due(deck: Iterable[Card], today: date) -> tuple[date, int] | None:
    """The next day after today on which cards come back, and how many."""
    days = sorted(card.due for card in deck if card.due > today)
    return (days[0], days.count(days[0])) if days else None


def questions_of(waiting: Iterable[Card], pack: Pack) -> tuple[Question, ...]:
    """The questions of cards: the ones with the most weight due first."""
    weights: dict[str, float] = {}
    for card in waiting:
        weights[card.question_id] = weights.get(card.question_id, 0.0) + card.weight
    # Sorting keeps the order of the cards where weights are equal.
    return tuple(pack.question(name) for name in sorted(weights, key=lambda name: -weights[name]))


def practice_round(waiting: Sequence[Card], pack: Pack, level: str, follow_ups: int = 3) -> NamedRound | None:
    """A short round of the questions of due cards; None if none is due."""
    return short_round(questions_of(waiting, pack), pack, level, follow_ups)


def short_round(
    wanted: Sequence[Question],
    pack: Pack,
    level: str,
    follow_ups: int = 3,
    most: int = MAX_QUESTIONS,
    minutes: int = MAX_MINUTES,
) -> NamedRound | None:
    """The first of the questions, and those after it that one round of the pack asks with it and that fit the time."""
    chosen: list[Question] = []
    for question in wanted:
        long = sum(item.minutes for item in chosen) + question.minutes > minutes
        if len(chosen) == most or (chosen and long) or not askable_together(pack, [*chosen, question]):
            continue
        chosen.append(question)
    if not chosen:
        return None
    ids = tuple(question.id for question in chosen)
    return NamedRound(ids, level, sum(question.minutes for question in chosen), follow_ups)
