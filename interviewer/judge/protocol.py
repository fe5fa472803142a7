"""What a judge is asked and what it promises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from rubrics import DEFAULT_BANDS, Assessment, Rubric


@dataclass(frozen=True)
class AnswerToJudge:
    """One answer with everything that its assessment may depend on.

    `question` is the prompt as the candidate saw it; `reference` a model answer where there is one;
    `criterion_ids` restricts the score to some criteria of the rubric (a follow-up's targets), None is all.
    `level` caps the band by what that level must show.
    """

    question: str
    answer: str
    rubric: Rubric
    reference: str | None = None
    level: str | None = None
    criterion_ids: tuple[str, ...] | None = None
    bands: tuple[float, float, float, float] = DEFAULT_BANDS
    asides: tuple[str, ...] = ()
    """Other texts that the candidate was shown (hints, follow-up prompt): echoing them earns nothing."""


class Judge(Protocol):
    """Assesses answers. The result depends on the argument, the model and the settings alone."""

    @property
    def name(self) -> str:
        """`embedded`, `model` or `blend`."""

    async def assess(self, item: AnswerToJudge) -> Assessment:
        """Verdicts, evidence and score. What this judge cannot score is an unscored assessment with a reason.

        A judge may find that a follow-up's answer shows more than it was asked for (`Assessment.unasked`).

        Raises:
            interviewer.llm.errors.ModelError: the judge's model cannot be used now; the answer stays pending.
        """
