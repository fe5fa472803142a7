"""Answers against a model answer: the whole decides the score, the statements share it out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interviewer.judge.background import Background
from interviewer.judge.calibration import Factor
from interviewer.judge.derive import rubric_from_reference
from interviewer.judge.embedded import EmbeddedJudge
from interviewer.judge.features import FEATURES, Compared
from interviewer.judge.protocol import AnswerToJudge
from interviewer.judge.whole import ABOUT, CLOSENESS, TURNED, compare_whole, in_order, read_words
from interviewer.judge.words import tokens
from retrieval import HashEmbedder
from rubrics import Assessment

QUESTION = "What is gradient clipping, and what problem does it solve?"
REFERENCE = (
    "A gradient whose norm exceeds a threshold is scaled down to that threshold. "
    "Without it, exploding gradients make the weights of a recurrent network diverge."
)
PARAPHRASE = (
    "When the norm gets larger than some limit, you shrink the gradient until it has that length. "
    "Otherwise huge gradients in an RNN would blow up the parameters."
)
DENIAL = (
    "A gradient whose norm exceeds a threshold is not scaled down. "
    "Exploding gradients do not make the weights of a recurrent network diverge."
)
HALF = "A gradient whose norm exceeds a threshold is scaled down to that threshold."
VAGUE = "It is something that people do in deep learning because it is known to help a lot."
PLAIN = Background(np.zeros(3, dtype=np.float32), {})


def assess(judge: EmbeddedJudge, answer: str) -> Assessment:
    return judge.assess_sync(
        AnswerToJudge(QUESTION, answer, rubric_from_reference(REFERENCE), reference=REFERENCE)
    )


def score(judge: EmbeddedJudge, answer: str) -> float:
    found = assess(judge, answer).score
    assert found is not None
    return found


def test_what_is_said_decides_and_not_its_words(judge: EmbeddedJudge) -> None:
    scores = [score(judge, answer) for answer in (REFERENCE, PARAPHRASE, VAGUE)]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > 0.85
    assert scores[1] > 0.7
    # The people who graded the answers that it was fitted to gave vague ones half of the points.
    assert scores[2] < 0.6


def test_a_denial_of_the_model_answer_loses_score(judge: EmbeddedJudge) -> None:
    # How much on average is measured: bench/judge.py, `graded.probe.negated`.
    assert score(judge, DENIAL) < score(judge, REFERENCE) - 0.1


def test_credits_come_to_the_score_and_keep_their_order(judge: EmbeddedJudge) -> None:
    found = assess(judge, HALF)
    rubric = rubric_from_reference(REFERENCE)
    weights = [criterion.weight for criterion in rubric.criteria]
    credits = [criterion.credit for criterion in found.criteria]
    assert found.score == pytest.approx(np.average(credits, weights=weights), abs=2e-3)
    assert credits[0] > credits[1]
    for criterion in found.criteria:
        for piece in criterion.evidence:
            assert HALF[piece.start : piece.end] == piece.text


def measured(
    answer: str, reference: str = REFERENCE, question: str = QUESTION, dimension: int = 512
) -> dict[str, float]:
    embedder = HashEmbedder(dimension)
    said, wanted, asked = (read_words(text, embedder, PLAIN) for text in (answer, reference, question))
    compared = Compared(np.zeros((2, len(FEATURES))), np.zeros(2, dtype=np.intp))
    whole = compare_whole(said, wanted, asked, compared, np.ones(2))
    found = dict(zip((*CLOSENESS, *TURNED), (*whole.closeness, *whole.turned), strict=True))
    assert [*dict(zip(ABOUT, whole.about, strict=True)).items()][-len(CLOSENESS) :] == [*found.items()][
        : len(CLOSENESS)
    ]
    return {**found, "in_order": whole.in_order}


def test_the_model_answer_itself_is_as_close_as_can_be() -> None:
    found = measured(REFERENCE)
    for name in ("recall", "precision", "f1", "new_recall", "same", "new_same", "close", "direction"):
        assert found[name] == pytest.approx(1, abs=1e-3), name
    assert found["length_ratio"] == found["negations"] == 0


def test_the_question_handed_back_shows_nothing_new() -> None:
    found = measured(QUESTION)
    assert found["echo"] == pytest.approx(1, abs=1e-3)
    assert found["gain"] == pytest.approx(0, abs=1e-3)
    assert found["new_same"] == 0
    assert found["new_recall"] < found["recall"]


@pytest.mark.parametrize("text", ["", "…", "?!"])
def test_texts_without_words_have_finite_features(text: str) -> None:
    for found in (measured(text), measured(REFERENCE, reference=text), measured(REFERENCE, question=text)):
        assert all(np.isfinite(value) for value in found.values())


def test_words_that_point_away_from_each_other_have_no_harmonic_mean() -> None:
    found = measured("stack", reference="leaf", dimension=2)
    assert (found["recall"], found["precision"], found["f1"]) == (-1, -1, 0)


@pytest.mark.parametrize(
    "answer",
    [
        "threshold scaled a is norm gradient exceeds whose down threshold that to",
        "to down that scaled is a threshold whose norm exceeds gradient threshold",
        "gradient, norm, exceeds, threshold, scaled, down",
    ],
)
def test_the_words_of_a_model_answer_without_their_order_earn_little(
    judge: EmbeddedJudge, answer: str
) -> None:
    reference = HALF
    item = AnswerToJudge(QUESTION, answer, rubric_from_reference(reference), reference)
    found = judge.assess_sync(item).score
    whole = judge.assess_sync(AnswerToJudge(QUESTION, HALF, item.rubric, reference)).score
    assert found is not None
    assert whole is not None
    assert found < 0.5 * whole


@pytest.mark.parametrize("answer", [REFERENCE, PARAPHRASE, DENIAL, HALF, VAGUE, "A stack.", "No.", ""])
def test_whoever_speaks_in_sentences_is_in_order(answer: str) -> None:
    assert in_order(tokens(answer), tokens(REFERENCE)) == 1


def test_a_short_model_answer_may_be_said_in_another_order() -> None:
    assert in_order(tokens("the left child, then the root"), tokens("root, left child")) == 1


@given(st.lists(st.sampled_from(tokens(REFERENCE))), st.lists(st.sampled_from(tokens(REFERENCE))))
def test_order_is_a_share_and_a_copy_has_all_of_it(answer: list[str], reference: list[str]) -> None:
    assert 0 <= in_order(answer, reference) <= 1
    assert in_order(reference, reference) == 1


def test_only_negations_beyond_those_of_the_model_answer_count() -> None:
    assert measured("A stack is not a queue.", reference="A queue is not a stack.")["negations"] == 0
    assert measured("A stack is not a queue.", reference="A queue is a queue.")["negations"] > 0


def test_a_feature_far_out_is_cut_off() -> None:
    factor = Factor(np.zeros(1), np.ones(1), np.ones(1), 0.0)
    assert factor.of(np.array([1e9])) == factor.of(np.array([4.0])) < 1
    assert factor.of(np.array([0.0])) == 0.5
