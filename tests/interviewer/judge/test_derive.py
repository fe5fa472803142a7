"""Criteria taken from a model answer."""

from __future__ import annotations

import pytest
from clipping_question import GOOD, OTHER_TOPIC, QUESTION

from interviewer.judge.derive import MAX_CRITERIA, rubric_from_reference
from interviewer.judge.embedded import EmbeddedJudge
from interviewer.judge.protocol import AnswerToJudge


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("A queue is first in, first out.", ["A queue is first in, first out."]),
        (
            "It halves the search range. It needs sorted input.",
            ["It halves the search range.", "It needs sorted input."],
        ),
        ("- constant time insert\n- linear time search", ["constant time insert", "linear time search"]),
        ("Advantages:\n1. less memory traffic", ["less memory traffic"]),
        ("A stack uses one end only. Yes.", ["A stack uses one end only. Yes."]),
    ],
)
def test_one_criterion_for_each_statement(reference: str, expected: list[str]) -> None:
    rubric = rubric_from_reference(reference)
    assert [c.text for c in rubric.criteria] == expected
    assert [c.id for c in rubric.criteria] == [f"c{n}" for n in range(1, len(expected) + 1)]


def test_a_longer_statement_weighs_more_but_not_in_proportion() -> None:
    short, long = rubric_from_reference(
        "Gradients explode. Clipping rescales gradients whose norm exceeds some chosen threshold value."
    ).criteria
    assert short.weight < long.weight < 4 * short.weight


def test_a_very_long_reference_gives_a_bounded_rubric() -> None:
    text = " ".join(f"Statement number {n} talks about subject {n}." for n in range(60))
    assert len(rubric_from_reference(text).criteria) == MAX_CRITERIA


@pytest.mark.parametrize("reference", ["", "  \n", "???"])
def test_a_reference_without_words_still_gives_a_rubric(reference: str) -> None:
    assert len(rubric_from_reference(reference).criteria) == 1


def test_against_its_own_reference_an_answer_is_good_and_another_is_not(judge: EmbeddedJudge) -> None:
    rubric = rubric_from_reference(GOOD)
    own, other = (
        judge.assess_sync(AnswerToJudge(QUESTION, text, rubric, GOOD)) for text in (GOOD, OTHER_TOPIC)
    )
    assert own.score is not None
    assert other.score is not None
    assert own.score > 0.82
    assert other.score < 0.15
