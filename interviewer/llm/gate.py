"""How many requests run at once, and who is next when they are too many.

A person waits for `complete`, and one turn asks for it once or twice; assessments send many `choose` at once and are
read later. So whoever speaks goes first, but after TALK_IN_A_ROW of them one assessment that waits has its turn:
assessments get at least a fifth of the turns however much is being said. Within a kind it is first come, first served.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from interviewer.llm.observe import Verb

TALK_IN_A_ROW = 4


class Gate:
    """At most `limit` turns at once. Its state changes in the event loop alone, between awaits."""

    def __init__(self, limit: int) -> None:
        """Raises ValueError for a limit below 1."""
        if limit < 1:
            raise ValueError("at least one request must be let through")
        self.limit = limit
        self.running = 0
        self._waiting: dict[Verb, deque[asyncio.Future[None]]] = {"complete": deque(), "choose": deque()}
        self._talk_in_a_row = 0

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return sum(len(queue) for queue in self._waiting.values())

    @asynccontextmanager
    async def turn(self, verb: Verb) -> AsyncIterator[None]:
        """Wait for a turn and hold it; a cancelled wait leaves the queue."""
        await self._enter(verb)
        try:
            yield
        finally:
            self._leave()

    async def _enter(self, verb: Verb) -> None:
        if self.running < self.limit and not self.waiting:
            self.running += 1
            return
        mine = asyncio.get_running_loop().create_future()
        self._waiting[verb].append(mine)
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():
                self._leave()  # the turn had come in the same moment
            else:
                with suppress(ValueError):
                    self._waiting[verb].remove(mine)
            raise

    def _leave(self) -> None:
        self.running -= 1
        while self.running < self.limit and (following := self._next()) is not None:
            if not following.done():
                self.running += 1
                following.set_result(None)

    def _next(self) -> asyncio.Future[None] | None:
        talk, judging = self._waiting["complete"], self._waiting["choose"]
        if talk and not (judging and self._talk_in_a_row >= TALK_IN_A_ROW):
            self._talk_in_a_row = self._talk_in_a_row + 1 if judging else 0
            return talk.popleft()
        self._talk_in_a_row = 0
        return judging.popleft() if judging else None
