"""What a judge says of one answer."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator

# Said by many assessments in the same words (a criterion's id, a sentence that shows several criteria): of those that are
# read from a log, each is kept once for as long as any of them has it.
Shared = Annotated[str, AfterValidator(sys.intern)]


class Verdict(StrEnum):
    """How a criterion stands in an answer. For a red flag, `met` means that the fault is there."""

    MET = "met"
    PARTIAL = "partial"
    MISSING = "missing"
    CONTRADICTED = "contradicted"

    @property
    def credit(self) -> float:
        """What it is worth where it is certain, 0..1."""
        return {Verdict.MET: 1.0, Verdict.PARTIAL: 0.5}.get(self, 0.0)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A span of the answer: `answer[start:end] == text`, in Python string indices of the answer as given."""

    start: int
    end: int
    text: Shared


@dataclass(frozen=True, slots=True)
class CriterionAssessment:
    """A verdict on one criterion. `credit` 0..1 is expected credit; for a red flag the probability of the fault."""

    id: Shared
    verdict: Verdict
    credit: float
    evidence: tuple[Evidence, ...] = ()
    rationale: Shared = ""


@dataclass(frozen=True, slots=True)
class JudgeRecord:
    """Who judged, so that a stored score can be understood later. `calibration` is None for a judge without one."""

    name: Shared
    model: Shared
    prompt_sha256: Shared | None
    calibration: Shared | None


@dataclass(frozen=True, slots=True)
class Assessment:
    """A scored answer, or one that could not be scored: then `score` and `band` are None with a reason.

    `uncertainty` 0..1 is the half-width of an 80 % interval on the score. `unasked` are points and faults that a follow-up's
    answer shows beside `criteria`, which it was about: its score does not know them, the question's does.
    """

    score: float | None
    band: int | None
    uncertainty: float
    criteria: tuple[CriterionAssessment, ...]
    flags: tuple[str, ...]
    unscored_reason: str | None
    judge: JudgeRecord
    extra: dict[str, float] = field(default_factory=dict)
    unasked: tuple[CriterionAssessment, ...] = ()

    @property
    def shown(self) -> tuple[CriterionAssessment, ...]:
        """All verdicts that the answer earned, asked for or not."""
        return (*self.criteria, *self.unasked)

    def credit(self, criterion_id: str) -> float:
        """Credit of a criterion; 0 where it was not judged."""
        return next((item.credit for item in self.criteria if item.id == criterion_id), 0.0)
