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
# Some 1,200 answers with an assessment and a second opinion. A log of twelve is read again in 4 ms.
MAX_BYTES = 8 * 2**20

# What Python takes, as tracemalloc finds it: a session, a line of the chat beside its text, a turn, a criterion that was judged
# with its evidence, a question's relevance, a question of the candidate's own with its rubric.
_SESSION_BYTES, _LINE_BYTES, _TURN_BYTES = 1_500, 200, 700
_JUDGED_BYTES, _RELEVANCE_BYTES, _OWN_BYTES = 300, 120, 12_000


@dataclass(frozen=True, slots=True)
class _Known:
    """A state, the last event that went into it, and about how much memory it takes."""

    state: State
    last: Event
    bytes: int

    @classmethod
    def of(cls, state: State, last: Event) -> _Known:
        """With what the state takes."""
        return cls(state, last, bytes_of(state))

    def followed_by(self, events: Sequence[Event]) -> _Known:
        """What is known with the events that come next."""
        if not events:
            return self
        state = self.state
        for event in events:
            state = fold(state, event)
        return _Known.of(state, events[-1])


def bytes_of(state: State) -> int:
    """About how much memory a state takes that was read from the log."""
    setup = state.setup
    size = _SESSION_BYTES + len(setup.background) + _OWN_BYTES * len(setup.own)
    size += _RELEVANCE_BYTES * len(setup.relevance)
    size += sum(_LINE_BYTES + len(line.text) for line in state.lines)
    for turn in state.turns:
        judged = [said for said in (turn.assessment, turn.opinion) if said is not None]
        size += _TURN_BYTES + _JUDGED_BYTES * sum(len(said.shown) for said in judged)
        size += 0 if turn.submission is None else len(turn.submission.code)
    return size


class States:
    """Sessions' states by the store's log; safe to share between threads.

    The states of the sessions looked at last are kept, `size` of them and `max_bytes` at most (the very last one however
    long it is), and only what was appended since is read, nothing where the last event's digest is still the log's. Where
    the log does not hold the last event known any more (deleted, restored from an older copy), everything is read anew.
    """

    def __init__(self, store: EventStore, size: int = MAX_SESSIONS, max_bytes: int = MAX_BYTES) -> None:
        self._store = store
        self._size = size
        self._max_bytes = max_bytes
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def load(self, session_id: str) -> State:
        """The state after every event that is stored. Raises UnknownThing and what else the store raises."""
        with self._lock:
            known = self._known.get(session_id)
        found = None if known is None else self._continued(session_id, known)
        if found is None:
            events = self._store.load(session_id)
            found = _Known.of(fold_all(events), events[-1])
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
                self._bytes += found.bytes - (0 if newest is None else newest.bytes)
                self._known[session_id] = found
            self._known.move_to_end(session_id)
            while len(self._known) > self._size or (self._bytes > self._max_bytes and len(self._known) > 1):
                self._bytes -= self._known.popitem(last=False)[1].bytes

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
