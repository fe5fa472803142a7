"""The embedded judge with the real embedder on one small rubric."""

from __future__ import annotations

from dataclasses import replace

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


NORM = "If the norm of the gradient is above a threshold, the gradient is scaled down to it."
WHY = "Otherwise exploding gradients would blow up the weights and training would diverge."


async def test_a_follow_ups_answer_is_scored_on_its_target_and_shows_what_else_it_says(
    judge: EmbeddedJudge,
) -> None:
    item = AnswerToJudge(QUESTION, f"{NORM} {WHY}", RUBRIC, criterion_ids=("norm",))
    found = await judge.assess(item)
    whole = await judge.assess(replace(item, criterion_ids=None))

    assert [one.id for one in found.criteria] == ["norm"]
    assert [one.id for one in found.unasked] == ["why"]
    # Beside fewer criteria the same words would get other credits.
    assert found.shown == whole.criteria
    assert found.score == found.criteria[0].credit
    assert found.unasked[0].evidence[0].text == WHY


async def test_what_a_follow_ups_answer_does_not_show_is_not_named(judge: EmbeddedJudge) -> None:
    found = await judge.assess(AnswerToJudge(QUESTION, NORM, RUBRIC, criterion_ids=("norm",)))
    assert [one.id for one in found.criteria] == ["norm"]
    assert found.unasked == ()


async def test_a_gate_leaves_nothing_unasked(judge: EmbeddedJudge) -> None:
    found = await judge.assess(AnswerToJudge(QUESTION, "I don't know.", RUBRIC, criterion_ids=("norm",)))
    assert ([one.id for one in found.criteria], found.unasked) == (["norm"], ())
