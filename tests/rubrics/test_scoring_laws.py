"""What holds of every rubric and every credits: bounds, monotony, order, and what a met criterion may do."""

from __future__ import annotations

import math
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from rubrics import Criterion, Group, Kind, Rubric, band_of, capped_band, score_credits

WEIGHTS = st.floats(0.1, 100)
CREDITS = st.floats(0, 1)


@dataclass(frozen=True)
class Marked:
    """A rubric and the credit of each of its criteria."""

    rubric: Rubric
    credits: dict[str, float]


@st.composite
def marked(draw: st.DrawFn) -> Marked:
    """Up to four single criteria, two groups, bonuses and red flags, and up to four entries of one level."""
    criteria = []
    groups = []
    singles = draw(st.integers(0, 4))
    for name in draw(st.lists(st.sampled_from("gh"), unique=True, max_size=2, min_size=0 if singles else 1)):
        members = draw(st.integers(1, 4))
        groups.append(Group(id=name, need=draw(st.integers(1, members))))
        criteria += [_criterion(draw, f"{name}{index}", group=name) for index in range(members)]
    criteria += [_criterion(draw, f"s{index}") for index in range(singles)]
    criteria += [_criterion(draw, f"b{index}", Kind.BONUS) for index in range(draw(st.integers(0, 2)))]
    criteria += [_criterion(draw, f"f{index}", Kind.RED_FLAG) for index in range(draw(st.integers(0, 2)))]
    names = [item.id for item in criteria if item.kind is not Kind.RED_FLAG] + [group.id for group in groups]
    entries = draw(st.lists(st.sampled_from(names), unique=True, max_size=4))
    rubric = Rubric(
        criteria=tuple(draw(st.permutations(criteria))), groups=tuple(groups), levels={"IC3": tuple(entries)}
    )
    return Marked(rubric, {item.id: draw(CREDITS) for item in criteria})


def _criterion(draw: st.DrawFn, name: str, kind: Kind = Kind.REQUIRED, group: str | None = None) -> Criterion:
    return Criterion(id=name, text="Says so.", kind=kind, weight=draw(WEIGHTS), group=group)


def score_of(item: Marked) -> float:
    return score_credits(item.rubric, item.credits).score


def close_or_above(value: float, other: float) -> bool:
    return value >= other or math.isclose(value, other, rel_tol=1e-9, abs_tol=1e-12)


@given(marked())
def test_a_score_and_its_parts_are_within_their_bounds(item: Marked) -> None:
    found = score_credits(item.rubric, item.credits)
    assert 0 <= found.score <= 1
    assert 0 <= found.base <= 1 + 1e-9
    assert 0 <= found.bonus <= 0.10
    assert found.flags >= 0


@given(marked(), st.data())
def test_more_credit_never_lowers_and_more_of_a_fault_never_raises(item: Marked, data: st.DataObject) -> None:
    changed = data.draw(st.sampled_from(item.rubric.criteria))
    more = item.credits | {changed.id: data.draw(st.floats(item.credits[changed.id], 1))}
    before, after = score_of(item), score_of(Marked(item.rubric, more))
    if changed.kind is Kind.RED_FLAG:
        before, after = after, before
    assert close_or_above(after, before)
    if changed.kind is not Kind.RED_FLAG:
        capped = [capped_band(4, item.rubric, credits, "IC3") for credits in (item.credits, more)]
        assert capped[1] >= capped[0]


@given(marked(), WEIGHTS, st.booleans())
def test_adding_a_met_criterion_that_is_no_red_flag_never_lowers(
    item: Marked, weight: float, is_bonus: bool
) -> None:
    """Also where bonuses and red flags are then divided by more weight."""
    kind = Kind.BONUS if is_bonus else Kind.REQUIRED
    added = Criterion(id="added", text="Says so.", kind=kind, weight=weight)
    larger = item.rubric.model_copy(update={"criteria": (*item.rubric.criteria, added)})
    assert close_or_above(score_of(Marked(larger, item.credits | {"added": 1.0})), score_of(item))


@given(marked(), WEIGHTS)
def test_adding_a_met_red_flag_never_raises(item: Marked, weight: float) -> None:
    added = Criterion(id="added", text="Says so.", kind=Kind.RED_FLAG, weight=weight)
    larger = item.rubric.model_copy(update={"criteria": (*item.rubric.criteria, added)})
    assert score_of(Marked(larger, item.credits | {"added": 1.0})) <= score_of(item)


@given(marked(), st.data())
def test_order_does_not_matter(item: Marked, data: st.DataObject) -> None:
    criteria = tuple(data.draw(st.permutations(item.rubric.criteria)))
    groups = tuple(data.draw(st.permutations(item.rubric.groups)))
    shuffled = item.rubric.model_copy(update={"criteria": criteria, "groups": groups})
    credits = dict(data.draw(st.permutations(list(item.credits.items()))))
    assert math.isclose(score_of(Marked(shuffled, credits)), score_of(item), abs_tol=1e-9)
    assert capped_band(4, shuffled, credits, "IC3") == capped_band(4, item.rubric, credits, "IC3")


@given(marked(), st.floats(0.5, 4))
def test_only_the_proportion_of_weights_matters(item: Marked, factor: float) -> None:
    scaled = tuple(c.model_copy(update={"weight": c.weight * factor}) for c in item.rubric.criteria)
    assert math.isclose(
        score_of(Marked(item.rubric.model_copy(update={"criteria": scaled}), item.credits)),
        score_of(item),
        abs_tol=1e-9,
    )


@given(CREDITS, CREDITS, st.lists(st.floats(0.01, 0.99), min_size=4, max_size=4, unique=True).map(sorted))
def test_a_higher_score_has_no_lower_band(one: float, other: float, bounds: list[float]) -> None:
    bands = (bounds[0], bounds[1], bounds[2], bounds[3])
    low, high = sorted((one, other))
    assert 0 <= band_of(low, bands) <= band_of(high, bands) <= 4
