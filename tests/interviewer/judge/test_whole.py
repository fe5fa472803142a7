"""Answers against a model answer: the whole decides the score, the statements share it out."""

from __future__ import annotations

import numpy as np
import pytest

from interviewer.judge.background import Background
from interviewer.judge.calibration import Factor
from interviewer.judge.derive import rubric_from_reference
from interviewer.judge.embedded import EmbeddedJudge
from interviewer.judge.features import Compared
from interviewer.judge.protocol import AnswerToJudge
from interviewer.judge.whole import CLOSENESS, TURNED, compare_whole, read_words
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


def measured(answer: str, reference: str = REFERENCE, question: str = QUESTION) -> dict[str, float]:
    embedder = HashEmbedder(512)
    said, wanted, asked = (read_words(text, embedder, PLAIN) for text in (answer, reference, question))
    compared = Compared(np.zeros((2, 24)), np.zeros(2, dtype=np.intp))
    whole = compare_whole(said, wanted, asked, compared, np.ones(2))
    return dict(zip((*CLOSENESS, *TURNED), (*whole.closeness, *whole.turned), strict=True))


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


def test_only_negations_beyond_those_of_the_model_answer_count() -> None:
    assert measured("A stack is not a queue.", reference="A queue is not a stack.")["negations"] == 0
    assert measured("A stack is not a queue.", reference="A queue is a queue.")["negations"] > 0


def test_a_feature_far_out_is_cut_off() -> None:
    factor = Factor(np.zeros(1), np.ones(1), np.ones(1), 0.0)
    assert factor.of(np.array([1e9])) == factor.of(np.array([4.0])) < 1
    assert factor.of(np.array([0.0])) == 0.5
