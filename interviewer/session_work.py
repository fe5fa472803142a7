"""The work on sessions: judging what was said, and saying what comes next.

It runs in a task of its own, so that a page that is closed does not stop it; callers watch its updates. Everything is
stored before it is told. An utterance that nobody has been there to hear for `Settings.unwatched_s` is dropped, down to
the request at the model server; whoever comes back hears it made anew. An assessment is always finished.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from interviewer.audience import Audience
from interviewer.capacity import Capacity
from interviewer.conversation import Interviewer
from interviewer.errors import StoreConflict, WrongMoment
from interviewer.events import Event, Payload, Said
from interviewer.interview import Assess, Close, JudgeContest, Phase, State, fold, next_action, overdue
from interviewer.modes import Mode
from interviewer.packs import RolePack
from interviewer.states import States
from interviewer.store import MAX_CONFLICTS, NewEvent
from interviewer.views import Delta, Judged, Settled, Spoken, Update, Working, line_view, session_view

# A sign of life: proxies end a stream that is silent for long, and the page notices only when it is given something
# that nobody is there to see it.
PULSE_S = 5.0


class SessionWork:
    """Does what is outstanding in sessions, each in a task of its own."""

    def __init__(
        self,
        role: RolePack,
        states: States,
        interviewer: Interviewer,
        load: Callable[[str], Awaitable[State]],
        lock: Callable[[str], asyncio.Lock],
        settled: Callable[[str, State], None],
        clock: Callable[[], datetime],
        unwatched_s: float,
        capacity: Capacity,
    ) -> None:
        """`load` looks a session's state up in its log; `lock` is what is held while something is appended to it.

        `settled` is told of every session whose work is done; `capacity` of all work.
        """
        self._capacity = capacity
        self._role = role
        self._states = states
        self._interviewer = interviewer
        self._load = load
        self._lock = lock
        self._settled = settled
        self._clock = clock
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._calls: dict[str, int] = {}
        # Sessions of which another process may know more than is remembered here.
        self._unseen: set[str] = set()
        self._audience = Audience(unwatched_s, self._nobody_listens)
        self._speaking: set[asyncio.Task[Any]] = set()
        self._unheard: set[str] = set()
        self._stopping: set[asyncio.Task[None]] = set()

    async def proceed(
        self, session_id: str, owner: str | None, recorded: bool = False
    ) -> AsyncIterator[Update]:
        """Do what is outstanding (nothing, if the interview waits for the candidate) and watch; ends with Settled.

        While nothing happens, the last `Working` comes again every PULSE_S seconds. `recorded`: something was appended
        by `States` just now, so that what is remembered is the log.
        """
        if not recorded:
            self._unseen.add(session_id)
        seat = self._audience.join(session_id)
        self._unheard.discard(session_id)
        self._calls[session_id] = self._calls.get(session_id, 0) + 1
        task = self._tasks.get(session_id)
        if task is None or task.done():
            task = asyncio.create_task(self._work(session_id, owner))
            self._tasks[session_id] = task
        busy: Working | None = None
        try:
            while True:
                try:
                    async with asyncio.timeout(PULSE_S):
                        update = await seat.get()
                except TimeoutError:
                    if busy is not None:
                        yield busy
                    continue
                if isinstance(update, BaseException):
                    raise update
                busy = update if isinstance(update, Working) else busy
                yield update
                if isinstance(update, Settled):
                    return
        finally:
            self._audience.leave(session_id, seat)

    def stop(self, session_id: str) -> None:
        """Leave a session's work where it is."""
        task = self._tasks.get(session_id)
        if task is not None:
            task.cancel()

    async def drain(self) -> None:
        """Wait until no work is under way."""
        while running := [task for task in self._tasks.values() if not task.done()]:
            await asyncio.wait(running)

    async def aclose(self) -> None:
        """Stop everything; it is taken up again by the next `proceed`."""
        self._audience.close()
        running = [*self._tasks.values(), *self._stopping]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _nobody_listens(self, session_id: str) -> None:
        """Stop speaking now, or, while an answer is judged, before the next utterance."""
        task = self._tasks.get(session_id)
        if task is None or task.done():
            return
        if task not in self._speaking:
            self._unheard.add(session_id)
            return
        # The next `proceed` starts a task of its own, whether this one has ended by then or not.
        self._let_go(session_id)
        self._stopping.add(task)
        task.add_done_callback(self._stopping.discard)
        task.cancel()

    def _let_go(self, session_id: str) -> None:
        self._tasks.pop(session_id, None)
        self._calls.pop(session_id, None)
        self._unheard.discard(session_id)
        self._unseen.discard(session_id)

    async def _work(self, session_id: str, owner: str | None) -> None:
        try:
            with self._capacity.held(owner):
                await self._work_until_settled(session_id)
        except asyncio.CancelledError:
            if self._tasks.get(session_id) is asyncio.current_task():
                self._tell(
                    session_id,
                    WrongMoment("The service is shutting down; the interview continues when it is back."),
                )
            raise
        except Exception as error:  # noqa: BLE001 - handed to whoever watches; a task must not swallow it
            self._tell(session_id, error)
        finally:
            if self._tasks.get(session_id) is asyncio.current_task():
                self._let_go(session_id)

    async def _work_until_settled(self, session_id: str) -> None:
        conflicts = 0
        lost_at = 0
        while True:
            calls = self._calls.get(session_id, 0)
            looked = session_id in self._unseen
            state = await self._seen(session_id)
            action = Close() if overdue(state, self._clock()) else next_action(state)
            if action is None and not looked:
                # What another process did meanwhile is told with it.
                self._unseen.add(session_id)
                continue
            if action is None:
                title = self._states.title(session_id)
                if title is None:
                    title = await asyncio.to_thread(self._states.read_title, session_id)
                if self._calls.get(session_id, 0) != calls:
                    continue  # something was recorded after we looked
                # No await from here to telling: whoever comes later starts a new task.
                self._let_go(session_id)
                self._tell(
                    session_id, Settled(session_view(session_id, title, state, self._role, self._clock()))
                )
                self._settled(session_id, state)
                return
            judging = isinstance(action, Assess | JudgeContest)
            if not judging and session_id in self._unheard:
                self._let_go(session_id)
                return
            self._tell(session_id, Working("assessing" if judging else "speaking"))
            with self._may_be_dropped(judging):
                payload = await self._interviewer.perform(state, action, state.elapsed_at(self._clock()))
            try:
                stored = await self._append_step(session_id, state.seq, payload)
            except StoreConflict:
                # The candidate acted meanwhile, or another replica did this step: look again. However often a faster
                # replica is first, its steps are what was wanted; only a log that stands still is given up.
                self._unseen.add(session_id)
                conflicts = conflicts + 1 if state.seq == lost_at else 1
                lost_at = state.seq
                if conflicts > MAX_CONFLICTS:
                    raise
                continue
            self._announce(session_id, fold(state, stored), payload)

    async def _seen(self, session_id: str) -> State:
        """The state: as it is remembered after what was appended here, or else looked at in the log."""
        remembered = None if session_id in self._unseen else self._states.remembered(session_id)
        self._unseen.discard(session_id)
        return remembered or await self._load(session_id)

    async def _append_step(self, session_id: str, after_seq: int, payload: Payload) -> Event:
        """Store what was done, also behind afterwork that came meanwhile. Raises StoreConflict for anything else."""
        finished = isinstance(payload, Said) and payload.utterance.value == "closing"
        while True:
            try:
                async with self._lock(session_id):
                    behind = self._states.end_behind(session_id, after_seq)
                    new = NewEvent(f"s:{behind + 1}", payload, self._clock())
                    stored = await asyncio.to_thread(self._states.append, session_id, behind, [new], finished)
                return stored[0]
            except StoreConflict:
                await asyncio.to_thread(self._states.load, session_id)
                if self._states.end_behind(session_id, after_seq) <= behind:
                    raise

    @contextmanager
    def _may_be_dropped(self, judging: bool) -> Iterator[None]:
        """While this lasts, and unless it is an assessment, the task may be cancelled if nobody listens.

        It is the task that speaks, not the session: one that was dropped may still be ending when the next one speaks.
        """
        task = asyncio.current_task()
        assert task is not None
        if not judging:
            self._speaking.add(task)
        try:
            yield
        finally:
            self._speaking.discard(task)

    def _announce(self, session_id: str, state: State, payload: Payload) -> None:
        if isinstance(payload, Said):
            for piece in _pieces(payload.text):
                self._tell(session_id, Delta(piece))
            self._tell(session_id, Spoken(line_view(state, len(state.lines) - 1)))
        elif payload.kind == "assessed":
            if state.setup.mode is Mode.REAL and state.phase is not Phase.FINISHED:
                return
            self._tell(
                session_id, Judged(payload.turn, payload.assessment, payload.assessment.unscored_reason)
            )
        elif payload.kind == "assessment_failed":
            self._tell(session_id, Judged(payload.turn, None, payload.reason))

    def _tell(self, session_id: str, update: Update | BaseException) -> None:
        self._audience.tell(session_id, update)


def _pieces(text: str) -> Sequence[str]:
    """The text in pieces of a few words, as a stream would bring them; joined they are the text."""
    pieces: list[str] = []
    words = text.split(" ")
    for start in range(0, len(words), 3):
        chunk = " ".join(words[start : start + 3])
        pieces.append(chunk if start + 3 >= len(words) else chunk + " ")
    return pieces
