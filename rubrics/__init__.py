"""Rubrics, assessments and the arithmetic from criteria to score."""

from rubrics.assessment import Assessment, CriterionAssessment, Evidence, JudgeRecord, Verdict
from rubrics.model import Criterion, Group, Kind, Rubric
from rubrics.scoring import (
    DEFAULT_BANDS,
    MET_CREDIT,
    Score,
    band_of,
    capped_band,
    expected_credit,
    is_met,
    score_credits,
    unit_credits,
)

__all__ = [
    "DEFAULT_BANDS",
    "MET_CREDIT",
    "Assessment",
    "Criterion",
    "CriterionAssessment",
    "Evidence",
    "Group",
    "JudgeRecord",
    "Kind",
    "Rubric",
    "Score",
    "Verdict",
    "band_of",
    "capped_band",
    "expected_credit",
    "is_met",
    "score_credits",
    "unit_credits",
]
