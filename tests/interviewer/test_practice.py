"""Cards: what was weak comes back, what is known waits longer, and a short round is made of what is due."""

from __future__ import annotations

from datetime import UTC, date, timedelta, timezone

import fsrs
import pytest
from attempts_by_hand import DAY_ONE, attempt, shown
from hypothesis import given
from hypothesis import strategies as st

from interviewer.history import Shown
from interviewer.packs import RolePack
from interviewer.practice import (
    MAX_INTERVAL_DAYS,
    MAX_MINUTES,
    MAX_QUESTIONS,
    Card,
    cards,
    due,
    next_due,
    practice_round,
    rating_of,
)

TODAY = DAY_ONE.date()


def card(question: str, point: str = "p", weight: float = 1.0, expected: bool = False, day: int = 0) -> Card:
    when = TODAY + timedelta(days=day)
    return Card(question, point, False, expected, weight, 0.2, 0, TODAY, when)


@pytest.mark.parametrize(
    ("point", "hints", "expected"),
    [
        (shown(0.49), 0, fsrs.Rating.Again),
        (shown(0.5), 0, fsrs.Rating.Hard),
        (shown(0.74), 0, fsrs.Rating.Hard),
        (shown(0.75), 0, fsrs.Rating.Good),
        (shown(0.9), 0, fsrs.Rating.Easy),
        (shown(0.9), 1, fsrs.Rating.Good),
        (shown(0.95, first_credit=0.4), 0, fsrs.Rating.Good),
        (shown(0.2, fault=0.8), 0, fsrs.Rating.Again),
        (shown(0.3, fault=0.1), 0, fsrs.Rating.Again),
        (shown(0.8, fault=0.1), 0, fsrs.Rating.Good),
    ],
)
def test_credit_is_a_rating(point: Shown, hints: int, expected: fsrs.Rating) -> None:
    assert rating_of(point, hints) is expected


def test_what_was_never_weak_is_no_card() -> None:
    assert cards([attempt(0, shown(0.5)), attempt(1, shown(0.9))], UTC) == ()


def test_what_was_weak_comes_back_the_next_day_and_then_later_and_later() -> None:
    past = [attempt(0, shown(0.2))]
    waits = []
    (made,) = cards(past, UTC)
    assert (made.due, made.reviews, made.credit) == (TODAY + timedelta(days=1), 0, 0.2)
    for _ in range(4):
        past.append(attempt((made.due - TODAY).days, shown(0.8)))
        (made,) = cards(past, UTC)
        waits.append((made.due - made.last).days)
    assert made.reviews == 4
    assert waits == sorted(waits)
    assert waits[0] >= 1
    assert waits[-1] > waits[0]
    past.append(attempt((made.due - TODAY).days, shown(0.1)))
    (forgotten,) = cards(past, UTC)
    assert (forgotten.due - forgotten.last).days < waits[-1]


def test_what_came_at_once_waits_longer_than_what_came_with_trouble() -> None:
    def wait(credit: float) -> int:
        (made,) = cards([attempt(0, shown(0.2)), attempt(1, shown(credit))], UTC)
        return (made.due - made.last).days

    assert wait(0.2) <= wait(0.6) <= wait(0.8) <= wait(0.95)
    assert wait(0.2) < wait(0.95)


def test_an_answer_before_the_first_weak_one_does_not_count() -> None:
    with_earlier = cards([attempt(-5, shown(0.9)), attempt(0, shown(0.2))], UTC)
    assert with_earlier == cards([attempt(0, shown(0.2))], UTC)


def test_an_unscored_attempt_changes_nothing() -> None:
    past = [attempt(0, shown(0.2))]
    assert cards([*past, attempt(1, score=None)], UTC) == cards(past, UTC)


def test_days_are_those_of_the_candidate() -> None:
    # Half past ten in the evening UTC is the next day in Sydney.
    (made,) = cards([attempt(0.52, shown(0.2))], timezone(timedelta(hours=11)))
    assert made.last == TODAY + timedelta(days=1)


def test_the_evening_and_the_next_morning_are_two_days() -> None:
    (made,) = cards([attempt(0.5, shown(0.2))], UTC)
    assert made.due == TODAY + timedelta(days=1), "due all day, not from the evening on"


@given(st.lists(st.tuples(st.integers(0, 5), st.floats(0, 1)), min_size=1, max_size=25))
def test_a_fold_is_repeatable_and_never_due_on_the_day_itself(steps: list[tuple[int, float]]) -> None:
    day, past = 0, []
    for gap, credit in steps:
        day += gap
        past.append(attempt(day, shown(credit), shown(1 - credit, "quantize")))
    made = cards(past, UTC)
    assert made == cards(past, UTC)
    for item in made:
        assert 1 <= (item.due - item.last).days <= MAX_INTERVAL_DAYS
    weak = {point.id for item in past for point in item.shown if point.is_weak}
    assert {item.point_id for item in made} == weak


def test_what_the_level_asks_for_is_due_first_then_by_weight_then_the_oldest() -> None:
    deck = [
        card("a", weight=1),
        card("b", weight=3),
        card("c", weight=1, expected=True),
        card("d", weight=1, day=-4),
        card("e", day=1),
    ]
    assert [item.question_id for item in due(deck, TODAY)] == ["c", "b", "d", "a"]
    assert next_due(deck, TODAY) == (TODAY + timedelta(days=1), 1)
    assert next_due(deck[:4], TODAY) is None
    assert due([], date(2026, 1, 1)) == ()


def test_a_short_round_is_made_of_the_questions_with_most_to_show(role: RolePack) -> None:
    deck = due([card("idle-gpu"), card("kv-cache", "p"), card("kv-cache", "q"), card("checkpoint")], TODAY)
    made = practice_round(deck, role.pack, "IC3")
    assert made is not None
    assert made.question_ids[0] == "kv-cache"
    assert len(made.question_ids) == MAX_QUESTIONS
    assert made.minutes == sum(role.pack.question(name).minutes for name in made.question_ids) <= MAX_MINUTES
    assert practice_round([], role.pack, "IC3") is None
