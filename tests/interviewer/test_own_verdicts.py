"""Own verdicts beside the judge's: the arithmetic against values worked by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from scipy.stats import t as student

from interviewer.own_verdicts import (
    Difference,
    RatedCriterion,
    SelfAssessed,
    difference_of,
    overview,
    t_quantile,
)
from rubrics import Kind, Verdict

MET, PARTIAL, MISSING, CONTRADICTED = Verdict.MET, Verdict.PARTIAL, Verdict.MISSING, Verdict.CONTRADICTED

# kind, own, judged, credit, difference
TABLE: list[tuple[Kind, Verdict, Verdict, float, Difference]] = [
    (Kind.REQUIRED, MET, MET, 0.8, "same"),
    (Kind.REQUIRED, MET, PARTIAL, 0.7, "over"),
    (Kind.REQUIRED, PARTIAL, MISSING, 0.1, "over"),
    (Kind.BONUS, MISSING, PARTIAL, 0.3, "under"),
    (Kind.REQUIRED, MISSING, CONTRADICTED, 0.0, "same"),
    (Kind.REQUIRED, PARTIAL, CONTRADICTED, 0.0, "over"),
    (Kind.RED_FLAG, MISSING, MET, 0.9, "over"),  # a fault that the candidate does not see
    (Kind.RED_FLAG, MET, MISSING, 0.1, "under"),
    (Kind.RED_FLAG, MISSING, PARTIAL, 0.4, "same"),  # below one half the judge sees no fault
]


@pytest.mark.parametrize(("kind", "own", "judged", "credit", "expected"), TABLE)
def test_over_and_under(
    kind: Kind, own: Verdict, judged: Verdict, credit: float, expected: Difference
) -> None:
    assert difference_of(kind, own, judged, credit) == expected


@pytest.mark.parametrize("freedom", [*range(1, 41), 100, 1000])
def test_the_quantile_is_student_s(freedom: int) -> None:
    assert t_quantile(freedom) == pytest.approx(student.ppf(0.975, freedom), abs=2e-3)


def criterion(
    name: str,
    own: Verdict | None,
    credit: float | None,
    dimension: str | None = "design",
    kind: Kind = Kind.REQUIRED,
) -> RatedCriterion:
    return RatedCriterion(name, name, kind, dimension, own, MET, credit, (), "", None)


def answer(name: str, *criteria: RatedCriterion) -> SelfAssessed:
    return SelfAssessed(
        name,
        "q",
        "Q?",
        name,
        "words",
        "IC3",
        f"2026-03-0{name}",
        0.5,
        2,
        "borderline",
        None,
        (),
        criteria,
        (),
        (),
        "",
    )


DIMENSIONS = [("fundamentals", "Fundamentals"), ("design", "Design")]


def test_the_mean_of_the_answers_means_with_its_interval() -> None:
    found = overview(
        [
            answer("1", criterion("a", MET, 0.5), criterion("b", MET, 0.7)),  # (.5 + .3) / 2 = .4
            answer("2", criterion("a", PARTIAL, 0.3)),  # .2
            answer("3", criterion("a", MET, 0.4)),  # .6
        ],
        DIMENSIONS,
    )
    (gap,) = found.dimensions
    half = 4.303 * 0.2 / math.sqrt(3)  # the standard deviation of .4, .2, .6 is .2
    assert (gap.id, gap.title, gap.answers, gap.criteria) == ("design", "Design", 3, 4)
    assert gap.mean_difference == pytest.approx(0.4)
    assert (gap.low, gap.high) == (pytest.approx(0.4 - half, abs=1e-4), pytest.approx(0.4 + half, abs=1e-4))
    assert gap.reading == "even", "the interval from -.10 to .90 includes 0"
    assert [item.session_id for item in found.answers] == ["3", "2", "1"], "latest first"


def test_what_is_said_of_a_habit() -> None:
    over = [answer(str(n), criterion("a", MET, credit)) for n, credit in enumerate((0.5, 0.55, 0.45), 1)]
    assert overview(over, DIMENSIONS).dimensions[0].reading == "over"
    under = [answer(str(n), criterion("a", MISSING, credit)) for n, credit in enumerate((0.5, 0.55, 0.45), 1)]
    assert overview(under, DIMENSIONS).dimensions[0].reading == "under"
    two = overview(over[:2], DIMENSIONS).dimensions[0]
    assert (two.reading, two.low is not None) == ("few", True)
    one = overview(over[:1], DIMENSIONS).dimensions[0]
    assert (one.reading, one.low, one.high) == ("few", None, None)
    assert overview([], DIMENSIONS).dimensions == ()


def test_what_was_not_scored_or_not_rated_and_red_flags_are_left_out() -> None:
    unscored = answer("1", criterion("a", MET, None), criterion("b", None, 0.5))
    flags = answer("2", criterion("f", MISSING, 0.0, kind=Kind.RED_FLAG))
    found = overview([unscored, flags], DIMENSIONS)
    assert found.dimensions == ()
    assert [item.mean_difference for item in found.answers] == [None, None]
    alone = answer("3", criterion("a", MET, 0.5, None))
    mixed = overview([alone, replace(alone, criteria=(*alone.criteria, *flags.criteria))], DIMENSIONS)
    assert [(gap.id, gap.criteria) for gap in mixed.dimensions] == [("", 2)]
