"""What is true of a session now: its log folded, once per event and not once per look."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from interviewer.errors import UnknownThing
from interviewer.events import Event
from interviewer.interview import State, fold, fold_all
from interviewer.store import EventStore, NewEvent

MAX_SESSIONS = 256


@dataclass(frozen=True)
class _Known:
    """A state, and the last event that went into it."""

    state: State
    last: Event

    def followed_by(self, events: Sequence[Event]) -> _Known:
        """What is known with the events that come next."""
        state = self.state
        for event in events:
            state = fold(state, event)
        return _Known(state, events[-1] if events else self.last)


class States:
    """Sessions' states by the store's log; safe to share between threads.

    The states of the `size` sessions looked at last are kept, and only what was appended since is read, nothing where
    the last event's digest is still the log's. Where the log does not hold the last event known any more (deleted,
    restored from an older copy), everything is read anew.
    """

    def __init__(self, store: EventStore, size: int = MAX_SESSIONS) -> None:
        self._store = store
        self._size = size
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._lock = threading.Lock()

    def load(self, session_id: str) -> State:
        """The state after every event that is stored. Raises UnknownThing and what else the store raises."""
        with self._lock:
            known = self._known.get(session_id)
        found = None if known is None else self._continued(session_id, known)
        if found is None:
            events = self._store.load(session_id)
            found = _Known(fold_all(events), events[-1])
        self._keep(session_id, known, found)
        return found.state

    def append(
        self,
        session_id: str,
        after_seq: int,
        new: Sequence[NewEvent],
        finished: bool = False,
        in_use: bool = True,
    ) -> tuple[Event, ...]:
        """As EventStore.append; what is appended to a state that is known here need not be read."""
        stored = self._store.append(session_id, after_seq, new, finished, in_use)
        with self._lock:
            known = self._known.get(session_id)
        if known is not None and known.last.seq == after_seq:
            self._keep(session_id, known, known.followed_by(stored))
        return stored

    def _keep(self, session_id: str, known: _Known | None, found: _Known) -> None:
        with self._lock:
            newest = self._known.get(session_id)
            # Two threads may have looked at once; what the slower one knows is older.
            if newest is None or newest is known or newest.last.seq <= found.last.seq:
                self._known[session_id] = found
            self._known.move_to_end(session_id)
            while len(self._known) > self._size:
                self._known.popitem(last=False)

    def _continued(self, session_id: str, known: _Known) -> _Known | None:
        newest = self._store.newest(session_id)
        if newest is None:
            return None
        if known.last.digest is not None and newest == (known.last.seq, known.last.digest):
            return known
        try:
            events = self._store.load(session_id, known.last.seq)
        except UnknownThing:
            return None
        if events[0] != known.last:
            return None
        return known.followed_by(events[1:])
