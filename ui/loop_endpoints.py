"""The endpoints of whole loops. Their stages are sessions, to be talked to by `say` and `act`; none of these deletes."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Literal

from interviewer.export import debrief_markdown
from interviewer.service import InterviewService
from interviewer.views import settled
from ui.calls import Verb
from ui.visitor import owner_of

Told = dict[str, Any]


class LoopEndpoints:
    """One method for each endpoint, under its own name. They raise what the service raises."""

    def __init__(self, service: InterviewService) -> None:
        """What is asked of the endpoints is asked of the service."""
        self._service = service

    @property
    def verbs(self) -> tuple[Verb, ...]:
        """All of them, in the order in which they are listed."""
        return (
            self.begin_loop,
            self.loops,
            self.loop,
            self.start_stage,
            self.decide_loop,
            self.debrief,
        )

    async def begin_loop(
        self,
        level: str = "IC3",
        background: str = "",
        seed: int | None = None,
        request_key: str | None = None,
    ) -> Told:
        """Begin a whole loop, from the recruiter to the onsite, which the candidate goes through over days.

        Nothing is asked before its first stage is started. The result is the loop: `id` is what the other tools take,
        `next` the stage that comes now.

        Args:
            level: The level that is interviewed for, such as IC1 to IC5.
            background: A résumé or job description as plain text; it steers which questions are chosen.
            seed: A whole number; the same one chooses the same questions.
            request_key: Any text of at most 120 characters; the same key twice begins one loop.
        """
        return (
            await self._service.loops.begin(owner_of(self._service), level, background, seed, request_key)
        ).to_json()

    async def loops(self) -> Told:
        """List the candidate's loops with the pack at hand, the one used last first."""
        return {"loops": [item.to_json() for item in await self._service.loops.list(owner_of(self._service))]}

    async def loop(self, loop_id: str) -> Told:
        """Look at a loop: its stages, which one comes next (`next`), and the sessions that count or are open.

        Args:
            loop_id: The loop's id.
        """
        return (await self._service.loops.look(owner_of(self._service), loop_id)).to_json()

    async def start_stage(
        self, loop_id: str, stage: str | None = None, request_key: str | None = None
    ) -> Told:
        """Start the next stage of a loop, or a finished one again, and hear the greeting and the first question.

        The result is the session of the stage; one that is open is given back as it is. It fails while another stage is
        open, before a stage's turn, and once the loop is decided.

        Args:
            loop_id: The loop's id.
            stage: The id of a finished stage that is taken again; by default the next one.
            request_key: Any text of at most 120 characters; the same key twice is one attempt.
        """
        view = await self._service.loops.start(owner_of(self._service), loop_id, stage, key=request_key)
        return asdict(await settled(await self._service.proceed(view.id, owner_of(self._service))))

    async def decide_loop(self, loop_id: str) -> Told:
        """Decide a loop: no stage is taken again after this. The result is the debrief; deciding twice changes nothing.

        It cannot be undone, so ask the candidate first. It fails while a stage is open and before any is finished.

        Args:
            loop_id: The loop's id.
        """
        return asdict(await self._service.loops.decide(owner_of(self._service), loop_id))

    async def debrief(self, loop_id: str, format: Literal["json", "md"] = "json") -> Any:
        """Read the committee's debrief from the stages as they stand; before the decision it is preliminary.

        It is a mock loop's: whether it predicts an offer has not been measured.

        Args:
            loop_id: The loop's id.
            format: json for an object with everything, md for Markdown text to read.
        """
        found = await self._service.loops.debrief(owner_of(self._service), loop_id)
        return asdict(found) if format == "json" else debrief_markdown(found)
