"""The half-width of a score: what it depends on, within which bounds, and which answers have a constant one."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from clipping_question import GOOD, OTHER_TOPIC, RUBRIC, ask
from hypothesis import given
from hypothesis import strategies as st

from interviewer.events import Assessed, from_json, to_json
from interviewer.judge.calibration import shipped_calibration
from interviewer.judge.embedded import EmbeddedJudge
from interviewer.judge.uncertainty import Known, Width, credit_variance, known_of

SHARES = st.floats(0, 1)


def width_of(known: Known) -> float:
    """What ships says of a score."""
    return float(shipped_calibration().width.of(np.array(known.features)))


def test_the_variance_is_that_of_the_weighted_mean_of_chances() -> None:
    # (2/4)^2 * .25 + (1/4)^2 * .1875 + 0 = .0625 + .01171875.
    assert credit_variance([2, 1, 1], [0.5, 0.25, 1.0]) == pytest.approx(0.07421875)


def test_what_is_known_of_a_score() -> None:
    known = known_of(0.5, [1.0, 1.0], [0.5, 0.5], "The cache  grows.\n")
    assert known == Known(0.5, 0.125, 3, 2)
    assert known.features == pytest.approx((0.5, 0.25, 0.125, 1.3862944, 2.0))


def test_a_half_width_stays_between_its_floor_and_1_and_within_what_it_was_fitted_to() -> None:
    low, high = np.zeros(5), np.array([1.0, 1.0, 0.25, 6.0, 14.0])
    width = Width(low, high, np.array([0.0, 0.0, 0.0, 0.5, 0.0]), -0.4, 0.04)
    features = np.array([[0, 0, 0, words, 3] for words in (0.5, 1.0, 2.0, 6.0, 9.0)])
    assert width.of(features) == pytest.approx([0.04, 0.1, 0.6, 1.0, 1.0])
    narrow = replace(width, high=np.array([1.0, 1.0, 0.25, 1.5, 14.0]))
    assert narrow.of(features)[2:] == pytest.approx([0.35, 0.35, 0.35])


@given(SHARES, st.floats(0, 0.25), st.integers(0, 20_000), st.integers(1, 100))
def test_what_ships_lies_between_0_and_1(score: float, variance: float, words: int, criteria: int) -> None:
    assert 0 < width_of(Known(score, variance, words, criteria)) < 1


def test_it_is_widest_in_the_middle_and_wider_for_more_words() -> None:
    middle = Known(0.4, 0.02, 100, 8)
    for score in (0.0, 0.9, 1.0):
        assert width_of(replace(middle, score=score)) < width_of(middle)
    assert width_of(replace(middle, words=20)) < width_of(middle)


def test_the_judge_states_the_half_width_of_what_it_knows(judge: EmbeddedJudge) -> None:
    for answer in (GOOD, GOOD.split(". ")[0] + ".", OTHER_TOPIC):
        found = judge.assess_sync(ask(answer))
        assert found.score is not None
        weights = [criterion.weight for criterion in RUBRIC.criteria]
        known = known_of(found.score, weights, [c.credit for c in found.criteria], answer)
        assert found.uncertainty == round(width_of(known), 4)
        assert judge.assess_sync(ask(answer)) == found


def test_a_gate_is_surer_than_a_refusal_as_off_topic(judge: EmbeddedJudge) -> None:
    gated = [judge.assess_sync(ask(answer)) for answer in ("", "I don't know.")]
    off_topic = judge.assess_sync(ask(OTHER_TOPIC))
    assert "off_topic" in off_topic.flags
    assert {found.uncertainty for found in gated} == {shipped_calibration().gated_uncertainty}
    assert off_topic.uncertainty > shipped_calibration().gated_uncertainty


def test_an_assessment_of_an_earlier_calibration_keeps_its_half_width() -> None:
    written = {
        "kind": "assessed",
        "turn": 0,
        "assessment": {
            "score": 0.25,
            "band": 1,
            "uncertainty": 0.2784,
            "criteria": [],
            "flags": [],
            "unscored_reason": None,
            "judge": {
                "name": "embedded",
                "model": "all-MiniLM-L6-v2",
                "prompt_sha256": None,
                "calibration": "f66bafc7193c",
            },
        },
        "feedback": "Go on.",
    }
    read = from_json(json.loads(json.dumps(written)))
    assert isinstance(read, Assessed)
    assert read.assessment.uncertainty == 0.2784
    assert read.assessment.judge.calibration != shipped_calibration().identity
    assert from_json(json.loads(json.dumps(to_json(read)))) == read
