"""Who watches which session, and from when on nobody does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from interviewer.views import Update

Seat = asyncio.Queue[Update | BaseException]


class Audience:
    """Queues of updates, one for each watcher. Used in one event loop."""

    def __init__(self, grace_s: float, empty: Callable[[str], None]) -> None:
        """`empty` is called with a session's id when nobody has watched it for `grace_s` seconds."""
        self._grace_s = grace_s
        self._empty = empty
        self._seats: dict[str, list[Seat]] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}

    def join(self, session_id: str) -> Seat:
        """Watch a session from now on."""
        timer = self._timers.pop(session_id, None)
        if timer is not None:
            timer.cancel()
        seat: Seat = asyncio.Queue()
        self._seats.setdefault(session_id, []).append(seat)
        return seat

    def leave(self, session_id: str, seat: Seat) -> None:
        """Watch no longer."""
        seats = self._seats[session_id]
        seats.remove(seat)
        if seats:
            return
        del self._seats[session_id]
        loop = asyncio.get_running_loop()
        self._timers[session_id] = loop.call_later(self._grace_s, self._is_empty, session_id)

    def tell(self, session_id: str, update: Update | BaseException) -> None:
        """Give an update to everybody who watches the session."""
        for seat in self._seats.get(session_id, ()):
            seat.put_nowait(update)

    def close(self) -> None:
        """Call nobody any more."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _is_empty(self, session_id: str) -> None:
        del self._timers[session_id]
        self._empty(session_id)
