"""Progress: means with their uncertainty by day, nothing unscored among them, and no change that is not clear."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest
from attempts_by_hand import DAY_ONE, attempt

from interviewer.packs import RolePack
from interviewer.progress import HABIT_DAYS, LATEST, Course, Progress, progress_of

TODAY = DAY_ONE.date()


def area(found: Progress, name: str = "systems") -> Course:
    return next(item for item in found.areas if item.id == name)


def test_nothing_was_practised_yet(role: RolePack) -> None:
    found = progress_of([], role.pack, UTC, TODAY)
    assert (found.areas, found.dimensions, found.topics, found.practised) == ((), (), (), ())
    assert (found.answers, found.unscored) == (0, 0)


def test_a_day_is_the_mean_of_its_questions(role: RolePack) -> None:
    past = [
        attempt(0, score=0.2),
        attempt(0.1, question="idle-gpu", score=0.6, uncertainty=0.3),
        attempt(1, score=0.9),
    ]
    course = area(progress_of(past, role.pack, UTC, TODAY))
    first, second = course.days
    assert (first.day, first.answers) == (TODAY, 2)
    assert (first.score, first.uncertainty) == pytest.approx((0.4, 0.2))
    assert (second.day, second.score, second.band) == (TODAY + timedelta(days=1), 0.9, 4)
    assert (course.answers, course.now.answers) == (3, 3)


def test_unscored_answers_are_counted_and_never_averaged_in(role: RolePack) -> None:
    scored = [attempt(0, score=0.8)]
    found = progress_of([*scored, attempt(0.2, score=None)], role.pack, UTC, TODAY)
    assert (found.answers, found.unscored) == (1, 1)
    assert found.areas == progress_of(scored, role.pack, UTC, TODAY).areas
    only = progress_of([attempt(0, score=None)], role.pack, UTC, TODAY)
    assert (only.areas, only.unscored, only.practised) == ((), 1, (TODAY,))


@pytest.mark.parametrize(
    ("scores", "change"),
    [([0.5], None), ([0.5, 0.65], "unclear"), ([0.3, 0.55], "up"), ([0.7, 0.45], "down")],
)
def test_a_change_is_said_only_where_it_is_clear(
    role: RolePack, scores: list[float], change: str | None
) -> None:
    past = [attempt(day, score=score) for day, score in enumerate(scores)]
    assert area(progress_of(past, role.pack, UTC, TODAY)).change == change


def test_now_is_the_latest_few(role: RolePack) -> None:
    past = [attempt(day, score=0.0) for day in range(3)] + [
        attempt(day, score=1.0) for day in range(3, 3 + LATEST)
    ]
    now = area(progress_of(past, role.pack, UTC, TODAY)).now
    assert (now.score, now.answers) == (1.0, LATEST)


def test_a_dimension_weighs_what_was_asked_of_it(role: RolePack) -> None:
    found = progress_of([attempt(0, score=0.25)], role.pack, UTC, TODAY)
    assert [(item.id, item.now.score) for item in found.dimensions] == [("design", 0.25)]
    assert [item.id for item in found.topics] == ["gpu"]


def test_days_practised_are_those_of_the_last_four_weeks(role: RolePack) -> None:
    past = [attempt(day) for day in (-HABIT_DAYS, -HABIT_DAYS + 1, -3, -3, 0)]
    found = progress_of(past, role.pack, UTC, TODAY)
    assert found.practised == tuple(TODAY + timedelta(days=n) for n in (-HABIT_DAYS + 1, -3, 0))
