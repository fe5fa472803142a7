"""The step that moves credits towards readers' verdicts: its arithmetic, what it finds, and what it has not seen."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib import resources

import numpy as np
import pytest
import torch

from bench.fitting import Example, head_data
from bench.grading import FOLDS
from bench.readers_fit import figures
from bench.readers_step import (
    FAULTS,
    HALF_WAY,
    NEARNESS,
    POINTS,
    WHOLE_WAY,
    Arithmetic,
    Read,
    cross_fitted,
    flattened,
    half_way,
    moved,
    second_step,
    with_head,
)
from interviewer.judge.calibration import (
    HEADS,
    MAX_LOGIT,
    Calibration,
    Head,
    read_calibration,
    shipped_calibration,
)
from interviewer.judge.embedded import Reading
from interviewer.judge.features import FEATURES, Compared, Floats, Wordings
from interviewer.judge.gates import gate
from interviewer.judge.protocol import AnswerToJudge
from interviewer.packs import load_role_pack
from rubrics import Criterion, Group, Kind, Rubric, score_credits

RUBRIC = Rubric(
    criteria=(
        Criterion(id="a", text="Says a.", weight=2),
        Criterion(id="b", text="Says b.", group="one"),
        Criterion(id="c", text="Says c.", group="one"),
        Criterion(id="more", text="Says more.", kind=Kind.BONUS),
        *(Criterion(id=f"fault-{i}", text="Says what is wrong.", kind=Kind.RED_FLAG) for i in range(4)),
    ),
    groups=(Group(id="one", need=1),),
)
OF_FAULTS = np.array([criterion.kind is Kind.RED_FLAG for criterion in RUBRIC.criteria])
SLOPE, SHIFT = 1.6, 0.7


def _scaled(calibration: Calibration, place: int) -> Calibration:
    head = calibration.heads[place]
    to = Head(head.weights * SLOPE, head.bias * SLOPE + SHIFT, head.step, head.hidden_bias, head.out * SLOPE)
    return with_head(calibration, place, to)


def _centred(calibration: Calibration, place: int) -> Calibration:
    """With the head's bias at 0: a slope shows where credits are neither nearly all 0 nor all 1."""
    return with_head(calibration, place, replace(calibration.heads[place], bias=0.0))


def _credits(calibration: Calibration, values: Floats) -> Floats:
    """Credits of an answer's criteria, each with one wording."""
    kinds = np.where(OF_FAULTS, FAULTS, POINTS)
    met, partial = calibration.met_partial(calibration.logits(values, kinds), kinds)
    turned = np.where(OF_FAULTS, 0.0, calibration.contradicted(values))
    return (met + 0.5 * partial) * (1 - turned)


def _score(credits: Floats) -> float:
    named = {c.id: float(given) for c, given in zip(RUBRIC.criteria, credits, strict=True)}
    return score_credits(RUBRIC, named).score


def _examples(truth: Calibration, per_fold: int) -> list[Example]:
    """Answers with made-up features, to which readers would give the credits of the `truth`."""
    chance = np.random.default_rng(0)
    item = AnswerToJudge("What is a?", "An answer of some words.", RUBRIC)
    count = len(RUBRIC.criteria)
    texts, words = tuple(c.text for c in RUBRIC.criteria), ((),) * count
    wordings = Wordings(
        texts,
        np.arange(count),
        np.zeros((count, 1), np.float32),
        words,
        words,
        (frozenset(),) * count,
        (0,) * count,
        (1,) * count,
        OF_FAULTS,
    )
    found = []
    for place in range(FOLDS * per_fold):
        values = truth.mean + truth.scale * chance.normal(size=(count, len(FEATURES)))
        values[:, FEATURES.index("from_reference")] = 0.0
        credits = _credits(truth, values)
        reading = Reading(
            item, gate(item), wordings, compared=Compared(values, np.zeros(count, dtype=np.intp))
        )
        found.append(
            Example(
                "own",
                "strong" if place % 2 else "wrong",
                f"question-{place // 2}",
                place % FOLDS,
                reading,
                _score(credits),
                tuple(credits.tolist()),
            )
        )
    return found


def test_scores_are_those_of_the_rubrics() -> None:
    rubrics = [RUBRIC, *list(load_role_pack().rubrics.values())[:20]]
    arithmetic = Arithmetic.of(rubrics)
    chance = np.random.default_rng(0)
    for _ in range(20):
        credits = [chance.beta(0.5, 0.5, len(rubric.criteria)) for rubric in rubrics]
        expected = [
            score_credits(
                rubric, {c.id: float(given) for c, given in zip(rubric.criteria, own, strict=True)}
            ).score
            for rubric, own in zip(rubrics, credits, strict=True)
        ]
        found = arithmetic.scores(torch.tensor(np.concatenate(credits)))
        assert found.numpy() == pytest.approx(expected)


@pytest.mark.parametrize("score_weight", [0.0, 50.0])
@pytest.mark.parametrize("place", [POINTS, FAULTS])
def test_a_known_slope_is_found_and_no_other_head_moves(place: int, score_weight: float) -> None:
    first = _centred(shipped_calibration(), place)
    read = flattened(_examples(_scaled(first, place), 20))
    found = moved(first, read, place, score_weight=score_weight)
    before, after = first.heads[place], found.heads[place]
    slope = float(after.out @ before.out / (before.out @ before.out))
    # The ridge holds some of it back.
    assert slope == pytest.approx(SLOPE, abs=0.2)
    assert after.bias - slope * before.bias == pytest.approx(SHIFT, abs=0.2)
    assert after.weights == pytest.approx(slope * before.weights)
    others = [i for i in range(len(HEADS)) if i != place]
    assert all(found.heads[i] is first.heads[i] for i in others)


def test_credits_that_fit_already_stay() -> None:
    first = shipped_calibration()
    read = flattened(_examples(first, 5))
    for place in (POINTS, FAULTS):
        after = moved(first, read, place, NEARNESS).heads[place]
        assert after.weights == pytest.approx(first.heads[place].weights, abs=0.01)
        assert after.bias == pytest.approx(first.heads[place].bias, abs=0.01)


def test_weights_of_nearness_move_and_no_others() -> None:
    first = shipped_calibration()
    head = first.heads[FAULTS]
    near = FEATURES.index("similarity")
    weights = head.weights.copy()
    weights[near] += 1.0
    truth = with_head(first, FAULTS, replace(head, weights=weights))
    after = moved(first, flattened(_examples(truth, 20)), FAULTS, NEARNESS).heads[FAULTS]
    slope = float(after.out @ head.out / (head.out @ head.out))
    added = after.weights - slope * head.weights
    assert 0.5 < added[near] <= 1.05
    assert not added[[i for i, name in enumerate(FEATURES) if name not in NEARNESS]].round(9).any()


def test_of_several_wordings_the_clearest_counts() -> None:
    first = shipped_calibration()
    read = flattened(_examples(_scaled(first, FAULTS), 5))
    # The same wordings once more change nothing.
    twice = Read(
        np.concatenate([read.values, read.values]),
        np.concatenate([read.kinds, read.kinds]),
        np.concatenate([read.criterion, read.criterion]),
        read.credits,
        read.of_faults,
        read.arithmetic,
        read.scores,
    )
    one, other = (moved(first, given, FAULTS).heads[FAULTS] for given in (read, twice))
    assert one.bias == pytest.approx(other.bias, abs=1e-3)
    assert one.weights == pytest.approx(other.weights, abs=1e-3)


def test_no_fit_has_seen_the_questions_of_its_own_fold() -> None:
    first, fold = shipped_calibration(), 3
    examples = _examples(_scaled(first, FAULTS), 3)
    turned = [
        replace(e, score=0.0, labels=tuple(1 - x for x in e.labels or ())) if e.fold == fold else e
        for e in examples
    ]
    as_it_is, otherwise = cross_fitted([first] * FOLDS, examples), cross_fitted([first] * FOLDS, turned)
    for held in range(FOLDS):
        for way in (WHOLE_WAY, HALF_WAY):
            one, other = as_it_is[held][way], otherwise[held][way]
            same = [np.array_equal(a.weights, b.weights) for a, b in zip(one.heads, other.heads, strict=True)]
            # The head of a model answer's statements never moves.
            assert same == [held == fold, held == fold, True]


def test_half_way_is_the_mean_for_points_and_all_the_way_for_faults() -> None:
    first = shipped_calibration()
    examples = _examples(_scaled(_scaled(first, POINTS), FAULTS), 3)
    found = second_step(first, examples)
    whole, half = found[WHOLE_WAY], found[HALF_WAY]
    assert half.heads[FAULTS] is whole.heads[FAULTS]
    values = np.concatenate([e.reading.compared.values[:1] for e in examples if e.reading.compared])
    kinds = np.full(len(values), POINTS)
    ends = [calibration.logits(values, kinds) for calibration in (first, whole)]
    assert not np.allclose(*ends, atol=0.1)
    uncut = np.abs(ends).max(axis=0) < MAX_LOGIT
    assert uncut.any()
    assert half.logits(values, kinds)[uncut] == pytest.approx((ends[0] + ends[1])[uncut] / 2)
    assert half.heads[POINTS].step == pytest.approx((first.heads[POINTS].step + whole.heads[POINTS].step) / 2)
    with pytest.raises(ValueError, match="hidden biases"):
        half_way(first.heads[POINTS], first.heads[FAULTS])


def test_what_a_gate_refused_is_left_out_and_what_nobody_read_is_refused() -> None:
    examples = _examples(shipped_calibration(), 1)
    refused = replace(examples[0], reading=replace(examples[0].reading, compared=None))
    assert len(flattened([refused, *examples[1:]]).scores) == len(examples) - 1
    with pytest.raises(ValueError, match="verdicts"):
        flattened([replace(examples[0], labels=None)])


def test_a_moved_head_is_written_as_it_is_read_and_all_else_stays() -> None:
    first = shipped_calibration()
    data = json.loads(resources.files("interviewer.judge").joinpath("calibration.json").read_text("utf-8"))
    truth = _scaled(first, FAULTS)
    data["heads"] = {name: head_data(head) for name, head in zip(HEADS, truth.heads, strict=True)}
    found = read_calibration(json.dumps(data))
    assert found.heads[FAULTS].bias == pytest.approx(truth.heads[FAULTS].bias, abs=1e-5)
    assert found.heads[FAULTS].weights == pytest.approx(truth.heads[FAULTS].weights, abs=1e-5)
    assert found.heads[FAULTS].out == pytest.approx(truth.heads[FAULTS].out, abs=1e-5)
    assert found.identity != first.identity
    assert np.array_equal(found.heads[POINTS].weights, first.heads[POINTS].weights)
    assert (found.topic_bias, found.width.bias) == (first.topic_bias, first.width.bias)


def test_figures_are_differences_from_the_first_step_on_the_same_answers() -> None:
    examples = _examples(shipped_calibration(), 2)
    human = np.array([e.score for e in examples], dtype=np.float64)
    rows = {row.metric: row for row in figures(examples, human, human + 0.1)}
    assert rows["own.pearson"].value == pytest.approx(1.0)
    assert rows["own.rmse"].value == 0.0
    # Every score is a tenth lower than the first step's, whichever questions are drawn.
    for kind in ("", "strong.", "wrong."):
        row = rows[f"own.{kind}mean.difference"]
        assert (row.value, row.low, row.high) == pytest.approx((-0.1, -0.1, -0.1))
    assert rows["own.rmse.difference"].value == pytest.approx(-0.1)
    assert rows["own.strong.mean"].n == len(examples) // 2
