"""From credits to score and band, against values worked by hand from the formulas of docs/scoring.md."""

from collections.abc import Mapping
from typing import Any

import pytest

from rubrics import (
    DEFAULT_BANDS,
    Criterion,
    Group,
    Kind,
    Rubric,
    band_of,
    capped_band,
    expected_credit,
    is_met,
    score_credits,
    unit_credits,
)


def criterion(
    name: str, weight: float = 1.0, kind: Kind = Kind.REQUIRED, group: str | None = None
) -> Criterion:
    return Criterion(id=name, text=f"Says {name}.", weight=weight, kind=kind, group=group)


def rubric(*criteria: Criterion, **rest: Any) -> Rubric:
    return Rubric(criteria=criteria, **rest)


# Two single criteria of weights 3 and 1, a group of which two of three are needed (mean weight 2), a bonus and two
# red flags: unit weights sum to 3 + 1 + 2 = 6.
WHOLE = rubric(
    criterion("a", 3),
    criterion("b", 1),
    criterion("x", 1, group="g"),
    criterion("y", 2, group="g"),
    criterion("z", 3, group="g"),
    criterion("extra", 0.5, Kind.BONUS),
    criterion("more", 4, Kind.BONUS),
    criterion("wrong", 3, Kind.RED_FLAG),
    criterion("worse", 6, Kind.RED_FLAG),
    groups=(Group(id="g", need=2),),
)


@pytest.mark.parametrize(
    ("credits", "base", "bonus", "flags", "score"),
    [
        pytest.param({}, 0, 0, 0, 0, id="nothing"),
        pytest.param({"a": 1}, 3 / 6, 0, 0, 0.5, id="weight 3 of 6"),
        pytest.param({"b": 1}, 1 / 6, 0, 0, 1 / 6, id="weight 1 of 6"),
        pytest.param({"a": 0.5, "b": 0.5}, 2 / 6, 0, 0, 1 / 3, id="half of each"),
        pytest.param({"x": 1}, 2 * 0.5 / 6, 0, 0, 1 / 6, id="one of the two needed"),
        pytest.param({"z": 1}, 2 * 0.5 / 6, 0, 0, 1 / 6, id="which member does not matter"),
        pytest.param({"x": 1, "y": 1}, 2 / 6, 0, 0, 1 / 3, id="two of three are the whole group"),
        pytest.param({"x": 1, "y": 1, "z": 1}, 2 / 6, 0, 0, 1 / 3, id="a third adds nothing"),
        pytest.param({"x": 0.5, "y": 0.5, "z": 0.5}, 2 * 0.75 / 6, 0, 0, 0.25, id="three halves of two"),
        pytest.param({"a": 1, "b": 1, "x": 1, "y": 1}, 1, 0, 0, 1, id="all that is required"),
        pytest.param({"extra": 1}, 0, 0.5 / 6, 0, 0.5 / 6, id="a bonus counts by weight"),
        pytest.param({"more": 1}, 0, 0.10, 0, 0.10, id="4 of 6 is cut to a tenth"),
        pytest.param({"more": 1, "extra": 1}, 0, 0.10, 0, 0.10, id="bonuses are cut together"),
        pytest.param({"a": 1, "more": 0.1}, 0.5, 0.4 / 6, 0, 0.5 + 0.4 / 6, id="a bonus of part credit"),
        pytest.param({"a": 1, "b": 1, "x": 1, "y": 1, "more": 1}, 1, 0.10, 0, 1, id="not above one"),
        pytest.param({"a": 1, "wrong": 1}, 0.5, 0, 0.5, 0, id="a fault of weight 3 costs 3 of 6"),
        pytest.param({"a": 1, "wrong": 0.2}, 0.5, 0, 0.1, 0.4, id="a fault counts by its probability"),
        pytest.param({"a": 1, "wrong": 1, "worse": 1}, 0.5, 0, 1.5, 0, id="not below nought"),
        pytest.param({"a": 1, "b": 1, "more": 1, "wrong": 1}, 4 / 6, 0.10, 0.5, 4 / 6 - 0.4, id="all parts"),
        pytest.param({"unknown": 1}, 0, 0, 0, 0, id="what the rubric has not does not count"),
    ],
)
def test_score(credits: Mapping[str, float], base: float, bonus: float, flags: float, score: float) -> None:
    found = score_credits(WHOLE, credits)
    assert (found.base, found.bonus, found.flags, found.score) == pytest.approx((base, bonus, flags, score))


def test_units_are_single_criteria_and_groups() -> None:
    units = unit_credits(WHOLE, {"a": 0.4, "x": 1, "z": 0.5, "more": 1, "wrong": 1})
    assert units == {
        "a": (3, pytest.approx(0.4)),
        "b": (1, 0),
        "g": (pytest.approx(2), pytest.approx(0.75)),
    }


@pytest.mark.parametrize(
    ("met", "partial", "credit"), [(1, 0, 1), (0, 1, 0.5), (0, 0, 0), (0.6, 0.3, 0.75), (0.25, 0.5, 0.5)]
)
def test_expected_credit(met: float, partial: float, credit: float) -> None:
    assert expected_credit(met, partial) == pytest.approx(credit)


@pytest.mark.parametrize(
    ("score", "band"),
    [
        (0, 0), (0.1499, 0), (0.15, 1), (0.3999, 1), (0.40, 2), (0.6199, 2), (0.62, 3), (0.8199, 3), (0.82, 4), (1, 4),
    ],
)  # fmt: skip
def test_default_bands(score: float, band: int) -> None:
    assert band_of(score) == band_of(score, DEFAULT_BANDS) == band


@pytest.mark.parametrize(("score", "band"), [(0.49, 0), (0.5, 1), (0.6, 2), (0.65, 2), (0.7, 3), (0.9, 4)])
def test_own_bands(score: float, band: int) -> None:
    assert band_of(score, (0.5, 0.6, 0.7, 0.9)) == band


LEVELS = rubric(
    criterion("a"),
    criterion("b"),
    criterion("c"),
    criterion("x", group="g"),
    criterion("y", group="g"),
    criterion("extra", kind=Kind.BONUS),
    groups=(Group(id="g", need=2),),
    levels={"IC1": ["a"], "IC2": ["a", "b"], "IC3": ["a", "b", "c"], "IC4": ["a", "b", "c", "g"], "IC5": []},
)
ALL = {"a": 1.0, "b": 1.0, "c": 1.0, "x": 1.0, "y": 1.0}


@pytest.mark.parametrize(
    ("level", "changed", "band"),
    [
        pytest.param("IC4", {}, 4, id="all met"),
        pytest.param("IC4", {"a": 0.5}, 4, id="half is met"),
        pytest.param("IC4", {"a": 0.49}, 2, id="one of four unmet"),
        pytest.param("IC4", {"a": 0, "b": 0}, 2, id="half of them is not more than half"),
        pytest.param("IC4", {"a": 0, "b": 0, "c": 0}, 1, id="three of four"),
        pytest.param("IC4", {"x": 0}, 4, id="half a group is met"),
        pytest.param("IC4", {"x": 0, "y": 0.9}, 2, id="less than half a group is not"),
        pytest.param("IC3", {"a": 0}, 2, id="one of three"),
        pytest.param("IC3", {"a": 0, "b": 0}, 1, id="two of three"),
        pytest.param("IC2", {"b": 0}, 2, id="one of two"),
        pytest.param("IC1", {"a": 0}, 1, id="the only one is more than half"),
        pytest.param(
            "IC1", {"b": 0, "c": 0, "x": 0, "y": 0}, 4, id="what a level does not ask for is no cap"
        ),
        pytest.param("IC5", {"a": 0, "b": 0}, 4, id="a level that asks for nothing"),
        pytest.param(None, {"a": 0, "b": 0, "c": 0, "x": 0}, 4, id="no level, no cap"),
    ],
)
def test_a_level_caps_the_band(level: str | None, changed: dict[str, float], band: int) -> None:
    assert capped_band(4, LEVELS, ALL | changed, level) == band


@pytest.mark.parametrize("band", range(5))
def test_a_cap_never_raises(band: int) -> None:
    assert capped_band(band, LEVELS, {}, "IC4") == min(band, 1)
    assert capped_band(band, LEVELS, ALL | {"a": 0}, "IC4") == min(band, 2)
    assert capped_band(band, LEVELS, ALL, "IC4") == band


def test_a_criterion_that_was_not_judged_is_not_met() -> None:
    assert capped_band(4, LEVELS, {}, "IC1") == 1
    assert not is_met(LEVELS, {}, "a")
    assert not is_met(LEVELS, {}, "g")


def test_a_rubric_without_levels_has_no_cap() -> None:
    assert capped_band(4, WHOLE, {}, "IC3") == 4
