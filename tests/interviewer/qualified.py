"""Records of models that were measured, without measuring any."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from interviewer.qualification.agreement import Estimate
from interviewer.qualification.code_wordings import CodeQuestionFigures
from interviewer.qualification.measure import (
    AttackFigures,
    FeedbackFigures,
    Figures,
    FollowUpFigures,
    VerdictFigures,
)
from interviewer.qualification.record import Qualification, Qualifications
from interviewer.qualification.uses import verdicts_on

GOOD, BAD = Estimate(0.9, 0.8, 0.95), Estimate(0.1, 0.0, 0.2)
DAY = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


def figures(
    follow_ups: Estimate = GOOD,
    feedback: Estimate = GOOD,
    code_questions: Estimate = GOOD,
    spoiled: float | None = 0.0,
) -> Figures:
    """Those of a model that is good at everything, but for what is given."""
    labels: Any = {"met": 0.9, "partial": 0.5, "missing": 0.1}
    return Figures(
        VerdictFigures(16, 52, 221, GOOD, 0.8, labels, 0.0, 0.01, False, 0.7, 0.5),
        AttackFigures(48, 0.02, 0.01, 0, 0.2, 0.1, 0),
        FollowUpFigures(35, 0.9, follow_ups, {"It was asked before.": 3}),
        CodeQuestionFigures(24, 0.9, code_questions, spoiled, {}),
        FeedbackFigures(16, feedback),
    )


def record_of(records: Qualifications, found: Figures, name: str = "small") -> Qualification:
    """A record of the scripted model of that name."""
    return Qualification(name, "scripted", DAY, 12.5, verdicts_on(found), found, records.conditions)
