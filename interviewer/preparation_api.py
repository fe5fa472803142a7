"""The routes of what happens between two rounds: today, practice, progress, readiness. Dates are ISO 8601."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Query
from pydantic import Field

from interviewer.api_inputs import Owner, RequestBody
from interviewer.loop_sessions import Loops
from interviewer.preparation import Preparation
from interviewer.problems import MAX_BODY_BYTES


class ReadinessIn(RequestBody):
    """What changes; what is left out stays. `ratings` is area id -> 0..4, or null to take a rating back."""

    interview_on: date | None = None
    level: str | None = None
    ratings: dict[str, int | None] = Field(default_factory=dict)


async def day_told(preparation: Preparation, loops: Loops, owner: str) -> dict[str, Any]:
    """The day as programs are told of it, with the loop to go on with; null where none waits."""
    found, loop = await preparation.today(owner), await loops.latest(owner)
    waiting = None if loop is None or loop.state == "decided" else loop.in_short()
    return {**asdict(found), "anything": found.anything, "loop": waiting}


def preparation_routes(preparation: Preparation, loops: Loops) -> APIRouter:
    """The routes, on the sessions of who asks."""
    router = APIRouter(tags=["preparation"], max_body_size=MAX_BODY_BYTES)

    @router.get("/today")
    async def today(owner: Owner) -> dict[str, Any]:
        """What there is to do today: the round that was left, due practice, today's part of the plan, the loop to go on with."""
        return await day_told(preparation, loops, owner)

    @router.get("/practice")
    async def practice(owner: Owner) -> dict[str, Any]:
        """What is due. `round` is what to start (`POST /sessions` with its `question_ids`); null if nothing is due."""
        return asdict(await preparation.practice(owner))

    @router.get("/progress")
    async def progress(owner: Owner) -> dict[str, Any]:
        """Areas, dimensions and topics over time; scores 0..1 with the half-width of an 80 % interval."""
        return asdict(await preparation.progress(owner))

    @router.get("/readiness")
    async def readiness(owner: Owner) -> dict[str, Any]:
        """Claimed against shown for every area, on the scale of the bands, and the plan to the interview."""
        return asdict(await preparation.readiness(owner))

    @router.get("/readiness/probe")
    async def probe(owner: Owner, area: Annotated[tuple[str, ...], Query()] = ()) -> dict[str, Any]:
        """A round of one question for each of the areas, or for those not asked yet; start it by `POST /sessions`."""
        return asdict(await preparation.probe(owner, area))

    @router.patch("/readiness")
    async def change(owner: Owner, body: Annotated[ReadinessIn, Body()]) -> dict[str, Any]:
        """Set the interview's date (null clears it), the level, and your own ratings."""
        on: date | Literal["as it was"] | None = (
            body.interview_on if "interview_on" in body.model_fields_set else "as it was"
        )
        return asdict(
            await preparation.change(owner, interview_on=on, level=body.level, ratings=body.ratings)
        )

    @router.delete("/readiness", status_code=204)
    async def forget(owner: Owner) -> None:
        """Delete date, level and ratings for good."""
        await preparation.forget(owner)

    return router
