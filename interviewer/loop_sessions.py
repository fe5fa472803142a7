"""Loops from their beginning to the debrief: the door to them. Every stage is played as a session of its own."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import uuid
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from corpus import ONSITE, LoopPlan
from interviewer.background import check_background, relevance
from interviewer.debrief import Debrief
from interviewer.debriefing import Played, build_debrief
from interviewer.errors import MockroundError, StoreConflict, StoreUnavailable, UnknownThing, WrongMoment
from interviewer.interview import State
from interviewer.loops import (
    Loop,
    LoopView,
    StageAttempt,
    StageRound,
    choose_interviews,
    counting,
    loop_view,
    nearness_of,
    open_choices,
    round_of,
    said_before_onsite,
    steps_of,
    to_go_on_with,
)
from interviewer.packs import RolePack
from interviewer.rows import Rows
from interviewer.states import States
from interviewer.store import MAX_CONFLICTS, EventStore, loops
from interviewer.views import SessionView
from retrieval import Retriever

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class StageDoor:
    """What the service does with the sessions that are stages.

    `start` starts one (round, owner, browser, key), or finds the one that was started under the same key.
    """

    start: Callable[[StageRound, str, str | None, str], Awaitable[SessionView]]
    view: Callable[[str, str], Awaitable[SessionView]]
    delete: Callable[[str, str], Awaitable[None]]


@dataclass(frozen=True)
class _Found:
    """A loop as it is stored, with the version of its row, and the states of its sessions that are still there."""

    loop: Loop
    version: int
    plan: LoopPlan
    states: Mapping[str, State]


class Loops:
    """Begins, continues and decides loops. Raises the errors of `interviewer.errors` only."""

    def __init__(
        self,
        role: RolePack,
        store: EventStore,
        states: States,
        retriever: Retriever,
        versions: Mapping[str, str],
        clock: Callable[[], datetime],
        door: StageDoor,
        max_background_chars: int,
    ) -> None:
        """Share the service's parts."""
        self._role = role
        self._rows = Rows(store, loops, Loop, "The loop was")
        self._states = states
        self._retriever = retriever
        self._versions = versions
        self._clock = clock
        self._door = door
        self._max_background_chars = max_background_chars

    @property
    def plan(self) -> LoopPlan | None:
        """What the pack's loop is; None where it offers none."""
        return self._role.pack.loop

    async def begin(
        self,
        owner: str,
        level: str,
        background: str = "",
        seed: int | None = None,
        key: str | None = None,
    ) -> LoopView:
        """Begin a loop; nothing is asked yet. The same `key` twice is one loop, and the same `seed` asks the same.

        Raises:
            BadInput: the background is too long.
            UnknownThing: the pack has no such level, or no loop.
        """
        self._expect_plan()
        known = [item.id for item in self._role.pack.info.levels]
        if level not in known:
            raise UnknownThing(f"There is no level {level!r}; choose one of {', '.join(known)}.")
        loop = Loop(
            level=level,
            background=check_background(background, self._max_background_chars),
            seed=uuid.uuid4().int % 2**31 if seed is None else seed,
            begun_at=self._clock(),
        )
        loop_id = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{owner!r}:loop:{key}") if key else uuid.uuid4())
        try:
            await asyncio.to_thread(self._rows.write, self._key(owner, loop_id), loop, 0, self._clock())
        except StoreConflict:
            # The same request arrived twice; the loop that it began is the answer.
            log.info("loop %s was begun already", loop_id)
        return await self.look(owner, loop_id)

    async def list(self, owner: str) -> tuple[LoopView, ...]:
        """The loops of the pack, the one used last first; none where the pack offers none."""
        plan = self.plan
        if plan is None:
            return ()
        key = {"owner": owner, "pack": self._role.pack.info.id}
        stored = await asyncio.to_thread(self._rows.find, "id", key)
        return tuple([self._shown(name, await self._with_states(loop, 0, plan)) for name, loop in stored])

    async def look(self, owner: str, loop_id: str) -> LoopView:
        """The loop as it stands. Raises UnknownThing, also for somebody else's and another pack's."""
        return self._shown(loop_id, await self._find(owner, loop_id))

    async def latest(self, owner: str) -> LoopView | None:
        """The loop to go on with: the one used last among those that are not decided, else the last one."""
        return to_go_on_with(await self.list(owner))

    async def start(
        self,
        owner: str,
        loop_id: str,
        stage: str | None = None,
        visitor: str | None = None,
        key: str | None = None,
    ) -> SessionView:
        """Start the next stage, or take a finished one again; an open one is given back as it is.

        The interviewer has not spoken yet. The same `key` twice is one attempt.

        Raises:
            UnknownThing: there is no such loop or stage.
            WrongMoment: the loop is decided, another stage is open, or the stage's turn has not come.
        """
        for _ in range(MAX_CONFLICTS):
            found = await self._find(owner, loop_id)
            begun = self._begun(loop_id, found, stage, key)
            if begun is not None:
                return await self._door.view(begun, owner)
            wanted = self._wanted(loop_id, found, stage)
            with suppress(StoreConflict):
                if wanted == ONSITE:
                    found, wanted = await self._settle_onsite(owner, loop_id, found)
                return await self._start(owner, loop_id, found, wanted, visitor, key)
        raise StoreConflict("The loop is being changed elsewhere; look at it again.")

    async def decide(self, owner: str, loop_id: str) -> Debrief:
        """End the loop: no stage is taken again after this. Deciding twice changes nothing.

        Raises WrongMoment while a stage is open, and before any is finished.
        """
        before = await self._find(owner, loop_id)
        view = self._shown(loop_id, before)
        open_stage = next((item for item in view.stages if item.state == "open"), None)
        if open_stage is not None:
            raise WrongMoment(f"“{open_stage.title}” is open; finish it or end it first.")
        if not view.finished:
            raise WrongMoment("There is nothing to decide on yet; take a stage first.")

        def decided(loop: Loop | None) -> Loop:
            if loop is None:
                raise _unknown(loop_id)
            if loop.attempts != before.loop.attempts:
                raise WrongMoment("A stage was started meanwhile; look at the loop again.")
            return loop.model_copy(update={"decided_at": loop.decided_at or self._clock()})

        await asyncio.to_thread(self._rows.change, self._key(owner, loop_id), decided, self._clock())
        return await self.debrief(owner, loop_id)

    async def debrief(self, owner: str, loop_id: str) -> Debrief:
        """What the committee would read, from the stages as they stand now; before the decision it is preliminary."""
        found = await self._find(owner, loop_id)
        view = self._shown(loop_id, found)
        played = tuple(Played(stage, counting(found.loop, stage.id, found.states)) for stage in view.stages)
        return await asyncio.to_thread(build_debrief, view, played, self._role, self._versions)

    async def delete(self, owner: str, loop_id: str, with_sessions: bool = False) -> None:
        """Delete a loop for good; its sessions stay unless `with_sessions`. Raises UnknownThing."""
        found = await self._find(owner, loop_id)
        if with_sessions:
            for attempt in found.loop.attempts:
                # One that was deleted alone is gone already.
                with suppress(UnknownThing):
                    await self._door.delete(attempt.session_id, owner)
        if not await asyncio.to_thread(self._rows.delete, self._key(owner, loop_id)):
            raise _unknown(loop_id)

    # Parts of these

    def _begun(self, loop_id: str, found: _Found, stage: str | None, key: str | None) -> str | None:
        """The session that the same request began, or that is open at the stage."""
        if key is not None:
            for attempt in found.loop.attempts:
                if attempt.key == key and attempt.session_id in found.states:
                    return attempt.session_id
        opened = next((item for item in self._shown(loop_id, found).stages if item.state == "open"), None)
        if opened is None:
            return None
        if stage not in (None, opened.id):
            raise WrongMoment(f"“{opened.title}” is open; finish it or end it first.")
        return opened.session_id

    def _wanted(self, loop_id: str, found: _Found, stage: str | None) -> str:
        """The stage to start. Raises WrongMoment where its turn has not come, UnknownThing for none of the loop's."""
        view = self._shown(loop_id, found)
        if view.state == "decided":
            raise WrongMoment("The loop is decided, so no stage is taken again; begin another loop.")
        wanted = stage or view.next
        if wanted is None:
            raise WrongMoment("Every stage is finished; name one to take it again, or ask for the decision.")
        try:
            step = view.stage(wanted)
        except KeyError as error:
            known = ", ".join(item.id for item in view.stages)
            raise UnknownThing(f"The loop has no stage {wanted!r}; its stages are {known}.") from error
        if step.state == "later":
            before = "" if view.next is None else f" “{view.stage(view.next).title}” comes first."
            raise WrongMoment(f"It is too early for “{step.title}”.{before}")
        return wanted

    async def _settle_onsite(self, owner: str, loop_id: str, found: _Found) -> tuple[_Found, str]:
        """Settle which interviews the onsite has, and give its first one. Raises StoreConflict."""
        pack, plan, loop = self._role.pack, found.plan, found.loop
        said = said_before_onsite(loop, plan, found.states)
        rivals = tuple(choice for choice in open_choices(plan, loop.level) if not choice.always)
        nearness: dict[str, float] = {}
        if said or loop.background:
            asked = {q.id: q for choice in rivals for q in pack.questions_of(choice.round)}
            near = await asyncio.to_thread(
                relevance, loop.background, tuple(asked.values()), self._retriever, said
            )
            nearness = nearness_of(pack, rivals, near)
        settled = loop.model_copy(update={"onsite": choose_interviews(plan, loop.level, nearness)})
        await asyncio.to_thread(
            self._rows.write, self._key(owner, loop_id), settled, found.version, self._clock()
        )
        assert settled.onsite, "an onsite has three interviews at least"
        return _Found(settled, found.version + 1, plan, found.states), settled.onsite[0]

    async def _start(
        self, owner: str, loop_id: str, found: _Found, stage: str, visitor: str | None, key: str | None
    ) -> SessionView:
        """Start a session and note it. Raises StoreConflict where the loop moved on; then the next look finds it."""
        loop = found.loop
        step = next(item for item in steps_of(found.plan, loop) if item.id == stage)
        # The key makes a session that was started and not noted (a process that died between) the same one next time.
        digest = hashlib.sha256(stage.encode()).hexdigest()[:12]
        session_key = f"loop:{loop_id}:{len(loop.attempts)}:{digest}"
        wanted = round_of(step, loop, found.plan, self._role.pack, found.states)
        view = await self._door.start(wanted, owner, visitor, session_key)
        attempt = StageAttempt(stage=stage, session_id=view.id, key=key)
        noted = loop.model_copy(update={"attempts": (*loop.attempts, attempt)})
        await asyncio.to_thread(
            self._rows.write, self._key(owner, loop_id), noted, found.version, self._clock()
        )
        return view

    def _expect_plan(self) -> LoopPlan:
        plan = self.plan
        if plan is None:
            raise UnknownThing(
                f"The pack {self._role.pack.info.id!r} says nothing of a loop; play its rounds one by one."
            )
        return plan

    async def _find(self, owner: str, loop_id: str) -> _Found:
        plan = self._expect_plan()
        # No id has such characters, and PostgreSQL refuses some of them with errors of its own.
        found = (
            await asyncio.to_thread(self._rows.read, self._key(owner, loop_id))
            if loop_id.isprintable()
            else None
        )
        if found is None:
            raise _unknown(loop_id)
        return await self._with_states(*found, plan)

    async def _with_states(self, loop: Loop, version: int, plan: LoopPlan) -> _Found:
        return _Found(loop, version, plan, await asyncio.to_thread(self._states_of, loop))

    def _states_of(self, loop: Loop) -> dict[str, State]:
        """The states of the loop's sessions; one that was deleted, is damaged or asks what is gone is left out."""
        known = {question.id for question in self._role.pack.questions}
        states = {}
        for attempt in loop.attempts:
            try:
                state = self._states.load(attempt.session_id)
            except (UnknownThing, StoreUnavailable) as error:
                log.warning("stage %s of a loop is left out: %s", attempt.stage, error)
                continue
            if all(turn.question_id in known for turn in state.turns):
                states[attempt.session_id] = state
        return states

    def _shown(self, loop_id: str, found: _Found) -> LoopView:
        return loop_view(loop_id, found.loop, found.plan, self._role.pack, found.states)

    def _key(self, owner: str, loop_id: str) -> dict[str, str]:
        return {"owner": owner, "pack": self._role.pack.info.id, "id": loop_id}


def _unknown(loop_id: str) -> MockroundError:
    return UnknownThing(f"There is no loop {loop_id!r} for this pack.")
