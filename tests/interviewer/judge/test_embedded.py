"""The embedded judge with the real embedder on one small rubric."""

from __future__ import annotations

import pytest

from interviewer.judge.embedded import EmbeddedJudge
from interviewer.judge.protocol import AnswerToJudge
from retrieval import default_embedder
from rubrics import Criterion, Rubric

RUBRIC = Rubric(
    criteria=(
        Criterion(
            id="norm", text="Says that clipping rescales the gradient when its norm exceeds a threshold."
        ),
        Criterion(id="why", text="Explains that exploding gradients make training diverge."),
    )
)
QUESTION = "What is gradient clipping, and what problem does it solve?"


@pytest.fixture(scope="module")
def judge() -> EmbeddedJudge:
    return EmbeddedJudge(default_embedder())


async def test_a_good_answer_outscores_a_thin_one(judge: EmbeddedJudge) -> None:
    good = await judge.assess(
        AnswerToJudge(
            QUESTION,
            "If the norm of the gradient is above a threshold, the gradient is scaled down to it. "
            "Otherwise exploding gradients would blow up the weights and training would diverge.",
            RUBRIC,
        )
    )
    thin = await judge.assess(AnswerToJudge(QUESTION, "It is something done in deep learning.", RUBRIC))
    assert good.score is not None
    assert thin.score is not None
    assert good.score > thin.score + 0.2
