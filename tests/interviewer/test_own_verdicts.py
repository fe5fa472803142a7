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
    judged: Verdict | None,
    dimension: str | None = "design",
    kind: Kind = Kind.REQUIRED,
) -> RatedCriterion:
    return RatedCriterion(name, name, kind, dimension, own, judged, 0.6, (), "", None)


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
            answer("1", criterion("a", MET, PARTIAL), criterion("b", MET, MET)),  # (.5 + 0) / 2 = .25
            answer("2", criterion("a", PARTIAL, CONTRADICTED)),  # .5
            answer("3", criterion("a", MISSING, PARTIAL)),  # -.5
        ],
        DIMENSIONS,
    )
    (gap,) = found.dimensions
    # Mean 1/12; the deviations are 1/6, 5/12 and -7/12, so the variance is (4 + 25 + 49) / 144 / 2 = 39/144.
    half = 4.303 * math.sqrt(39 / 144) / math.sqrt(3)
    assert (gap.id, gap.title, gap.answers, gap.criteria) == ("design", "Design", 3, 4)
    assert gap.mean_difference == pytest.approx(1 / 12, abs=1e-4)
    assert (gap.low, gap.high) == (-1.0, 1.0), f"{half:.2f} to both sides, as far as a difference goes"
    assert gap.reading == "even"
    assert [item.session_id for item in found.answers] == ["3", "2", "1"], "latest first"
    assert [item.mean_difference for item in found.answers] == [-0.5, 0.5, 0.25]


def test_an_interval_within_the_scale() -> None:
    # .5 twice and .25: mean .41667, standard deviation .14434; half 4.303 x .14434 / 1.73205 = .35859
    over = [
        answer("1", criterion("a", MET, PARTIAL)),
        answer("2", criterion("a", PARTIAL, MISSING)),
        answer("3", criterion("a", MET, PARTIAL), criterion("b", MET, MET)),
    ]
    (gap,) = overview(over, DIMENSIONS).dimensions
    assert (gap.low, gap.high) == (pytest.approx(0.0581, abs=1e-3), pytest.approx(0.7753, abs=1e-3))
    assert gap.reading == "over"


def test_what_is_said_of_a_habit() -> None:
    def always(own: Verdict, judged: Verdict, count: int) -> str:
        answers = [answer(str(number), criterion("a", own, judged)) for number in range(1, count + 1)]
        return overview(answers, DIMENSIONS).dimensions[0].reading

    assert always(MET, PARTIAL, 3) == "over"
    assert always(MISSING, MET, 3) == "under"
    assert always(MISSING, MISSING, 3) == "even", "whatever the judge's credit was"
    assert always(MET, MISSING, 2) == "few"
    one = overview([answer("1", criterion("a", MET, MISSING))], DIMENSIONS).dimensions[0]
    assert (one.reading, one.low, one.high) == ("few", None, None)
    assert overview([], DIMENSIONS).dimensions == ()


def test_what_was_not_scored_or_not_rated_and_red_flags_are_left_out() -> None:
    unscored = answer("1", criterion("a", MET, None), criterion("b", None, PARTIAL))
    flags = answer("2", criterion("f", MISSING, MISSING, kind=Kind.RED_FLAG))
    found = overview([unscored, flags], DIMENSIONS)
    assert found.dimensions == ()
    assert [item.mean_difference for item in found.answers] == [None, None]
    alone = answer("3", criterion("a", MET, PARTIAL, None))
    mixed = overview([alone, replace(alone, criteria=(*alone.criteria, *flags.criteria))], DIMENSIONS)
    assert [(gap.id, gap.criteria) for gap in mixed.dimensions] == [("", 2)]
