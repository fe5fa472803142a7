"""Readiness: claimed and shown on one scale, and a plan that follows what was shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, timedelta

import pytest
from attempts_by_hand import DAY_ONE, attempt
from hypothesis import given
from hypothesis import strategies as st

from corpus import Pack
from interviewer.history import Attempt
from interviewer.packs import RolePack, load_role_pack
from interviewer.practice import Card
from interviewer.readiness import (
    MAX_AREAS_A_DAY,
    PLAN_DAYS,
    REST_DAYS,
    PlanDay,
    area_round,
    areas_of,
    on_band_scale,
    plan,
    probe_round,
)
from rubrics import DEFAULT_BANDS

TODAY = DAY_ONE.date()


@pytest.fixture(scope="module")
def bank() -> Pack:
    """The built-in pack: ten areas."""
    return load_role_pack().pack


def planned(
    pack: Pack, days: int, past: list[Attempt] | None = None, claims: dict[str, int] | None = None
) -> tuple[PlanDay, ...]:
    return plan(past or [], claims or {}, [], pack, TODAY + timedelta(days=days), TODAY, UTC)


def names(day: PlanDay) -> list[str]:
    return [item.area for item in day.areas]


def test_the_built_in_pack_has_ten_areas(bank: Pack) -> None:
    assert len(areas_of([], {}, bank, UTC)) == 10


def test_claimed_and_shown_are_on_the_scale_of_the_bands(role: RolePack) -> None:
    past = [attempt(0, score=0.9), attempt(1, score=0.7), attempt(2, score=None)]
    systems, math = areas_of(past, {"math": 3}, role.pack, UTC)
    assert (systems.claimed, systems.shown, systems.answers) == (None, 3.5, 2)
    assert systems.last == TODAY + timedelta(days=2)
    assert (math.claimed, math.shown, math.score, math.answers, math.last) == (3, None, None, 0, None)


@pytest.mark.parametrize(
    ("score", "place"), [(0, 0), (0.075, 0), (0.275, 1), (0.51, 2), (0.72, 3), (0.91, 4), (1, 4)]
)
def test_the_middle_of_a_band_is_its_number(score: float, place: float) -> None:
    assert on_band_scale(score, DEFAULT_BANDS) == pytest.approx(place)


@given(st.floats(0, 1), st.floats(0, 1))
def test_the_scale_never_falls(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert on_band_scale(low, DEFAULT_BANDS) <= on_band_scale(high, DEFAULT_BANDS)


# The plan


@pytest.mark.parametrize("on", [None, TODAY, TODAY - timedelta(days=1)])
def test_without_a_date_ahead_there_is_no_plan(bank: Pack, on: date | None) -> None:
    assert plan([], {}, [], bank, on, TODAY, UTC) == ()


def test_the_day_before_the_interview_is_free(bank: Pack) -> None:
    days = planned(bank, 21)
    assert [item.day for item in days] == [TODAY + timedelta(days=n) for n in range(21)]
    assert names(days[-1]) == []
    assert all(names(day) for day in days[:-1])
    assert len(planned(bank, 300)) == PLAN_DAYS
    assert names(planned(bank, 300)[-1]), "the last day that is shown is not the last before the interview"


def test_what_is_unknown_goes_by_weight(bank: Pack) -> None:
    assert names(planned(bank, 21)[0]) == ["dl-genai"]
    assert {name for day in planned(bank, 21) for name in names(day)} == {c.id for c in bank.info.categories}


def test_the_weakest_comes_first(bank: Pack) -> None:
    assert names(planned(bank, 21, claims={"dl-genai": 4, "ml-systems": 0})[0]) == ["ml-systems"]
    shown = [
        attempt(-3, category=item.id, score=0.1 if item.id == "math-stats" else 0.9)
        for item in bank.info.categories
    ]
    assert names(planned(bank, 21, shown)[0]) == ["math-stats"]


def test_what_was_shown_counts_for_more_than_what_is_claimed(bank: Pack) -> None:
    past = [attempt(-3, category=item.id, score=0.9) for item in bank.info.categories] + [
        attempt(-3, category="mlops", score=0.1) for _ in range(4)
    ]
    assert names(planned(bank, 21, past, {"mlops": 4})[0]) == ["mlops"]


def test_few_days_take_several_areas_each(bank: Pack) -> None:
    days = planned(bank, 5)
    assert len(names(days[0])) == MAX_AREAS_A_DAY
    seen = [name for day in days for name in names(day)]
    assert len(seen) == len(set(seen)) == 10


def test_today_stays_as_it_was_planned_when_its_part_is_done(bank: Pack) -> None:
    before = planned(bank, 21)
    (first,) = names(before[0])
    after = planned(bank, 21, [attempt(0, category=first, score=0.3)])
    assert [(item.area, item.done) for item in after[0].areas] == [(first, True)]
    assert first not in names(after[1])


def test_the_plan_follows_what_was_shown(bank: Pack) -> None:
    later = TODAY + timedelta(days=9)
    strong = [attempt(day, category=item.id, score=0.95) for day, item in enumerate(bank.info.categories)]
    weak = [replace(item, score=0.05) if item.category == "behavioral" else item for item in strong]

    def visits(past: list[Attempt]) -> int:
        days = plan(past, {}, [], bank, later + timedelta(days=15), later, UTC)
        return sum("behavioral" in names(day) for day in days)

    assert visits(weak) > visits(strong)


@given(claimed=st.dictionaries(st.integers(0, 9), st.integers(0, 4)), days=st.integers(2, 40))
def test_an_area_rests_between_two_visits(bank: Pack, claimed: dict[int, int], days: int) -> None:
    areas = [item.id for item in bank.info.categories]
    made = planned(bank, days, claims={areas[place]: claim for place, claim in claimed.items()})
    last: dict[str, date] = {}
    for day in made:
        assert len(names(day)) <= MAX_AREAS_A_DAY
        for name in names(day):
            assert name not in last or (day.day - last[name]).days >= REST_DAYS
            last[name] = day.day


def test_cards_that_come_back_stand_on_their_day(bank: Pack) -> None:
    def card(day: int) -> Card:
        return Card("q", f"p{day}", False, True, 1.0, 0.2, 0, TODAY, TODAY + timedelta(days=day))

    days = plan([], {}, [card(-2), card(0), card(1)], bank, TODAY + timedelta(days=4), TODAY, UTC)
    assert [day.cards for day in days] == [2, 1, 0, 0]


# Rounds


def test_a_probe_asks_one_question_of_every_area_that_was_not_asked_yet(bank: Pack) -> None:
    made = probe_round([], bank, "IC3")
    assert made is not None
    asked = [bank.question(name) for name in made.question_ids]
    assert [item.category for item in asked] == [item.id for item in bank.info.categories]
    assert {item.level for item in asked} == {"IC3"}
    rest = probe_round([attempt(0, category=name) for name in ("mlops", "dl-genai")], bank, "IC3")
    assert rest is not None
    assert len(rest.question_ids) == 8
    every = [attempt(0, category=item.id) for item in bank.info.categories]
    assert probe_round(every, bank, "IC3") is None
    assert probe_round(every, bank, "IC3", ["mlops"]) is not None


def test_a_round_in_an_area_begins_with_what_is_due_there(role: RolePack) -> None:
    back = Card("checkpoint", "interval", False, True, 2.0, 0.2, 0, TODAY, TODAY)
    elsewhere = replace(back, question_id="variance")
    made = area_round([], [elsewhere, back], role.pack, "IC3", "systems")
    assert made is not None
    assert made.question_ids == ("checkpoint", "kv-cache")
    fresh = area_round([attempt(0)], [], role.pack, "IC3", "systems")
    assert fresh is not None
    assert "kv-cache" not in fresh.question_ids, "what was asked already comes last"
    assert area_round([], [], role.pack, "IC3", "nowhere") is None
