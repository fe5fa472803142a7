"""What is true of a session now: its log folded, once per event and not once per look."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

from interviewer.errors import UnknownThing
from interviewer.events import Event
from interviewer.interview import State, fold, fold_all
from interviewer.store import EventStore

MAX_SESSIONS = 256


@dataclass(frozen=True)
class _Known:
    """A state, and the last event that went into it."""

    state: State
    last: Event


class States:
    """Sessions' states by the store's log; safe to share between threads.

    The states of the `size` sessions looked at last are kept, and only what was appended since is read. The last
    event known is read again with it: where the log does not hold it any more (deleted, restored from an older
    copy), everything is read anew.
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
        with self._lock:
            newest = self._known.get(session_id)
            # Two threads may have looked at once; what the slower one knows is older.
            if newest is None or newest is known or newest.last.seq <= found.last.seq:
                self._known[session_id] = found
            self._known.move_to_end(session_id)
            while len(self._known) > self._size:
                self._known.popitem(last=False)
        return found.state

    def _continued(self, session_id: str, known: _Known) -> _Known | None:
        try:
            events = self._store.load(session_id, known.last.seq)
        except UnknownThing:
            return None
        if events[0] != known.last:
            return None
        state = known.state
        for event in events[1:]:
            state = fold(state, event)
        return _Known(state, events[-1])
