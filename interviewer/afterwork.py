"""What a language model adds to an answer after the interview has gone on: a second opinion, and a sentence of advice.

Neither decides anything or is waited for. Each becomes an event of its own when it is ready; what fails stays owed and
is made up for the next time that the session is looked at.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Literal, TypeVar

from interviewer.conversation import Interviewer
from interviewer.errors import MockroundError, StoreConflict
from interviewer.events import Advised, SecondOpinion, SecondOpinionFailed
from interviewer.interview import State, Turn
from interviewer.judge.gates import ZERO_FLAGS
from interviewer.states import States
from interviewer.store import NewEvent
from retrieval import RetrievalError

log = logging.getLogger(__name__)

T = TypeVar("T")
Kind = Literal["advice", "opinion"]

MAX_CONFLICTS = 20
# Each asks twice for every criterion, so that eight keep a model busy; a ninth would only hold its prompts, 160 KB.
OPINIONS_AT_ONCE = 8

# The one such flag that the embedded judge raises itself, after the gates.
_GATED = ZERO_FLAGS - {"off_topic"}


@dataclass(frozen=True)
class Owed:
    """One thing that is still to be made for a turn."""

    what: Kind
    turn: int


def owed(state: State, interviewer: Interviewer, opinions: bool) -> tuple[Owed, ...]:
    """What the model could still add, advice first, since it is read first; nothing without a model."""
    if interviewer.model is None:
        return ()
    advises = interviewer.model_for("feedback") is not None
    kinds: tuple[Kind, ...] = (*(("advice",) if advises else ()), *(("opinion",) if opinions else ()))
    return tuple(
        Owed(kind, turn.index)
        for kind in kinds
        for turn in state.turns
        if _lacks(state, turn, kind, interviewer)
    )


def _lacks(state: State, turn: Turn, kind: Kind, interviewer: Interviewer) -> bool:
    if turn.answer is None or turn.assessment is None:
        return False
    if kind == "advice":
        return turn.advice is None and interviewer.advice_target(state, turn) is not None
    exploratory = not turn.is_question and not turn.criterion_ids
    # What the gates stopped no model is shown, so it has no opinion on it.
    stopped = turn.assessment.score == 0.0 and bool(_GATED & set(turn.assessment.flags))
    return turn.opinion is None and not exploratory and not stopped


class Afterwork:
    """Makes what is owed, one session's turns one after the other, in tasks of its own.

    Of second opinions OPINIONS_AT_ONCE are asked for at once, and what they need is put together only then.
    """

    def __init__(
        self,
        interviewer: Interviewer,
        states: States,
        load: Callable[[str], Coroutine[Any, Any, State]],
        lock: Callable[[str], asyncio.Lock],
        clock: Callable[[], datetime],
        opinions: Callable[[], bool],
    ) -> None:
        """`load` gives a session's state, `lock` what its appending is done under, `opinions` whether they are made."""
        self._interviewer = interviewer
        self._states = states
        self._load = load
        self._lock = lock
        self._clock = clock
        self._opinions = opinions
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._wanted: set[str] = set()
        self._room = asyncio.Semaphore(OPINIONS_AT_ONCE)

    def owed(self, state: State) -> tuple[Owed, ...]:
        """What is still to be made for a session."""
        return owed(state, self._interviewer, self._opinions())

    def start(self, session_id: str, state: State) -> None:
        """Begin with what is owed to a session, or look again when what is under way has ended; returns at once."""
        if not self.owed(state):
            return
        self._wanted.add(session_id)
        if session_id not in self._tasks:
            task = asyncio.create_task(self._work(session_id))
            self._tasks[session_id] = task
            task.add_done_callback(partial(self._ended, session_id))

    def stop(self, session_id: str) -> None:
        """Leave a session's work where it is."""
        self._wanted.discard(session_id)
        if session_id in self._tasks:
            self._tasks[session_id].cancel()

    async def drain(self) -> None:
        """Wait until nothing is under way."""
        while self._tasks:
            await asyncio.wait(list(self._tasks.values()))

    async def aclose(self) -> None:
        """Stop everything; what is not made is still owed."""
        running = list(self._tasks.values())
        for session_id in list(self._tasks):
            self.stop(session_id)
        await asyncio.gather(*running, return_exceptions=True)

    async def _work(self, session_id: str) -> None:
        try:
            while session_id in self._wanted:
                self._wanted.discard(session_id)
                await self._make_all(session_id)
        except (MockroundError, RetrievalError) as error:
            log.warning("what a model adds to session %s waits: %s", session_id, error)
        finally:
            self._wanted.discard(session_id)
            del self._tasks[session_id]

    def _ended(self, session_id: str, task: asyncio.Task[None]) -> None:
        """Log what nobody expected, since there is nobody else to tell; forget a task that was stopped unbegun."""
        if self._tasks.get(session_id) is task:
            del self._tasks[session_id]
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("afterwork of session %s failed", session_id, exc_info=error)

    async def _make_all(self, session_id: str) -> None:
        """Everything that is owed now, each tried once.

        What another process may have made meanwhile is learnt when it is appended, which nothing is twice.
        """
        tried: set[Owed] = set()
        # No state is held over a wait: of sessions that wait there may be more than are remembered.
        while (due := await self._next(session_id, tried)) is not None:
            tried.add(due)
            if due.what == "advice":
                advised = await self._advice(session_id, due)
                if advised is not None:
                    await self._append(session_id, due, f"advice:{due.turn}", advised)
                continue
            async with self._room:
                opinion = await self._opinion(session_id, due)
            failed = isinstance(opinion, SecondOpinionFailed)
            key = str(uuid.uuid4()) if failed else f"opinion:{due.turn}"
            await self._append(session_id, due, key, opinion)

    async def _next(self, session_id: str, tried: set[Owed]) -> Owed | None:
        """What is owed now and was not tried."""
        state = await self._state(session_id)
        return next((item for item in self.owed(state) if item not in tried), None)

    async def _advice(self, session_id: str, due: Owed) -> Advised | None:
        state = await self._state(session_id)
        return await self._interviewer.advise(state, state.turns[due.turn])

    async def _opinion(self, session_id: str, due: Owed) -> SecondOpinion | SecondOpinionFailed:
        state = await self._state(session_id)
        return await self._interviewer.second_opinion(state, state.turns[due.turn])

    async def _state(self, session_id: str) -> State:
        """The state as it is remembered, or else looked at in the log."""
        remembered = self._states.remembered(session_id)
        return await _whole(self._load(session_id)) if remembered is None else remembered

    async def _append(
        self, session_id: str, due: Owed, key: str, payload: Advised | SecondOpinion | SecondOpinionFailed
    ) -> None:
        """Store it unless it is there by now, from another process or as the same failure."""
        for attempt in range(MAX_CONFLICTS):
            async with self._lock(session_id):
                # Somebody else's steps are looked for where they were in the way.
                state = await (_whole(self._load(session_id)) if attempt else self._state(session_id))
                turn = state.turns[due.turn]
                known = isinstance(payload, SecondOpinionFailed) and turn.opinion_failed == payload.reason
                if known or not _lacks(state, turn, due.what, self._interviewer):
                    return
                new = NewEvent(f"a:{key}", payload, self._clock())
                try:
                    await _whole(
                        asyncio.to_thread(self._states.append, session_id, state.seq, [new], in_use=False)
                    )
                except StoreConflict:
                    continue
                return
        log.warning("session %s moves on too fast to add what a model said of turn %d", session_id, due.turn)


async def _whole(work: Coroutine[Any, Any, T]) -> T:
    """Finish work on the database even if we are cancelled: its thread goes on, and must not outlive the store."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise
