"""The HTTP routes of self-assessment."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import Field

from interviewer.api_inputs import IdempotencyKey, Owner, RequestBody
from interviewer.problems import MAX_BODY_BYTES
from interviewer.self_assessment import SelfRequest, Subject
from interviewer.service import InterviewService
from rubrics import Rubric, Verdict

OwnVerdict = Literal[Verdict.MET, Verdict.PARTIAL, Verdict.MISSING]


class SubjectIn(RequestBody):
    """A question of the bank by its id, or one's own with a rubric or a model answer (as in bulk scoring)."""

    question_id: str | None = Field(None, examples=["ml-systems-kv-cache"])
    question: str = ""
    rubric: Rubric | None = None
    reference: str = ""

    @property
    def subject(self) -> Subject:
        """As the service takes it."""
        return Subject(self.question_id, self.question, self.rubric, self.reference)


class SelfAssessmentIn(SubjectIn):
    """An answer with one's own verdict for each criterion: met, partial or missing. For a red flag, met is: it is there."""

    answer: str
    verdicts: dict[str, OwnVerdict]
    level: str = "IC3"


def self_assessment_routes(service: InterviewService) -> APIRouter:
    """Rate an answer, then see the judge's view; the history of both."""
    router = APIRouter(tags=["self-assessment"], max_body_size=MAX_BODY_BYTES)
    door = service.self_assessments

    @router.post("/self-assessments/criteria")
    async def criteria(body: SubjectIn) -> dict[str, Any]:
        """What there is to rate: the question's criteria, without model answer and without the phrases that show them."""
        return asdict(door.card(body.subject))

    @router.post("/self-assessments", status_code=201)
    async def self_assess(
        owner: Owner, body: SelfAssessmentIn, idempotency_key: IdempotencyKey = None
    ) -> dict[str, Any]:
        """Rate an answer yourself, and have it judged. It is stored as a session, whose report has both."""
        wanted = SelfRequest(body.subject, body.answer, dict(body.verdicts), body.level)
        return asdict(await door.submit(wanted, owner, idempotency_key))

    @router.get("/self-assessments")
    async def overview(owner: Owner) -> dict[str, Any]:
        """Own against judged credit over all self-assessments: by dimension with an interval, and answer by answer."""
        return asdict(await door.overview(owner))

    @router.get("/self-assessments/{session_id}")
    async def one(owner: Owner, session_id: str) -> dict[str, Any]:
        """One self-assessment: own verdicts beside the judge's."""
        return asdict(await door.of_session(session_id, owner))

    return router
