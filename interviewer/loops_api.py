"""The HTTP routes of whole loops. Their stages are sessions: talk to them under `/sessions`."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Response
from pydantic import Field

from interviewer.api_inputs import IdempotencyKey, Owner, RequestBody
from interviewer.export import render_debrief
from interviewer.problems import MAX_BODY_BYTES
from interviewer.service import InterviewService
from interviewer.views import settled


class LoopIn(RequestBody):
    """How to begin a loop. A `background` steers which questions are chosen; the same `seed` chooses the same."""

    level: str = Field(examples=["IC3"])
    background: str = ""
    seed: int | None = None


class StageIn(RequestBody):
    """Which stage to start: the next one, or a finished one that is taken again."""

    stage: str | None = Field(None, examples=["hiring-manager-screen"])


def loop_routes(service: InterviewService) -> APIRouter:
    """Begin a loop, go through its stages over days, read the debrief."""
    router = APIRouter(tags=["loops"], max_body_size=MAX_BODY_BYTES)
    doors = service.loops

    @router.post("/loops", status_code=201)
    async def begin_loop(
        owner: Owner, body: LoopIn, idempotency_key: IdempotencyKey = None
    ) -> dict[str, Any]:
        """Begin a loop: recruiter to onsite, as the pack has it. Nothing is asked before its first stage is started."""
        view = await doors.begin(owner, body.level, body.background, body.seed, idempotency_key)
        return view.to_json()

    @router.get("/loops")
    async def list_loops(owner: Owner) -> dict[str, Any]:
        """The loops with the pack at hand, the one used last first."""
        return {"loops": [item.to_json() for item in await doors.list(owner)]}

    @router.get("/loops/{loop_id}")
    async def get_loop(owner: Owner, loop_id: str) -> dict[str, Any]:
        """A loop: its stages, which one comes next (`next`), and the sessions that count or are open."""
        return (await doors.look(owner, loop_id)).to_json()

    @router.delete("/loops/{loop_id}", status_code=204)
    async def delete_loop(
        owner: Owner,
        loop_id: str,
        sessions: Annotated[bool, Query(description="Delete the sessions of its stages too.")] = False,
    ) -> None:
        """Delete a loop for good. The sessions of its stages stay unless `sessions=true`."""
        await doors.delete(owner, loop_id, sessions)

    @router.post("/loops/{loop_id}/stages", status_code=201)
    async def start_stage(
        owner: Owner,
        loop_id: str,
        body: Annotated[StageIn | None, Body()] = None,
        idempotency_key: IdempotencyKey = None,
    ) -> dict[str, Any]:
        """Start the next stage, or the named one again; the session is in the answer, its greeting and first question too.

        A stage that is open is given back as it is. 409 while another stage is open, before a stage's turn, and once the
        loop is decided.
        """
        stage = None if body is None else body.stage
        view = await doors.start(owner, loop_id, stage, key=idempotency_key)
        return asdict(await settled(await service.proceed(view.id, owner)))

    @router.post("/loops/{loop_id}/decision")
    async def decide(owner: Owner, loop_id: str) -> dict[str, Any]:
        """Decide the loop: no stage is taken again after this. The debrief is in the answer; deciding twice changes nothing."""
        return asdict(await doors.decide(owner, loop_id))

    @router.get("/loops/{loop_id}/debrief", response_model=None)
    async def debrief(
        owner: Owner, loop_id: str, format: Annotated[str, Query(pattern="^(json|md|pdf)$")] = "json"
    ) -> Response | dict[str, Any]:
        """The committee's debrief from the stages as they stand, as JSON, Markdown or PDF; preliminary before the decision."""
        found = await doors.debrief(owner, loop_id)
        if format == "json":
            return asdict(found)
        content, media_type = await asyncio.to_thread(render_debrief, found, format)
        name = f'attachment; filename="mockround-debrief-{loop_id}.{format}"'
        return Response(content, media_type=media_type, headers={"Content-Disposition": name})

    return router
