"""What is true of a session now: its log folded, once per event and not once per look."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from interviewer.errors import UnknownThing
from interviewer.events import AFTERWORK, Event
from interviewer.interview import State, fold, fold_all
from interviewer.owners import ANYBODY
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
    """A state and the last event that went into it; `moved` is the number of the last one that was no afterwork, `bytes`
    about what the state takes."""

    state: State
    last: Event
    moved: int
    bytes: int

    @classmethod
    def of(cls, events: Sequence[Event]) -> _Known:
        """What is known of a whole log."""
        state = fold_all(events)
        return cls(state, events[-1], _moved(events, 0), bytes_of(state))

    def followed_by(self, events: Sequence[Event]) -> _Known:
        """What is known with the events that come next."""
        if not events:
            return self
        state = self.state
        for event in events:
            state = fold(state, event)
        return _Known(state, events[-1], _moved(events, self.moved), bytes_of(state))


def _moved(events: Sequence[Event], before: int) -> int:
    return next((event.seq for event in reversed(events) if not isinstance(event.payload, AFTERWORK)), before)


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
        self._titles: OrderedDict[str, str] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def load(self, session_id: str) -> State:
        """The state after every event that is stored. Raises UnknownThing and what else the store raises."""
        known = self._get(session_id)
        found = None if known is None else self._continued(session_id, known)
        if found is None:
            found = _Known.of(self._store.load(session_id))
        self._keep(session_id, known, found)
        return found.state

    def remembered(self, session_id: str) -> State | None:
        """The state when the log was last read or appended to here, without a look; None where none is kept.

        What another process has appended since is not in it. Whoever appends behind it learns that by a StoreConflict,
        since the last event's digest has to be the log's; a log without digests is not remembered.
        """
        known = self._get(session_id)
        return None if known is None or known.last.digest is None else known.state

    def title(self, session_id: str) -> str | None:
        """The session's title, which never changes; None where it was not read yet."""
        with self._lock:
            return self._titles.get(session_id)

    def read_title(self, session_id: str) -> str:
        """The title, read and kept. Raises UnknownThing and what else the store raises."""
        title = self._store.session(session_id).title
        with self._lock:
            self._titles[session_id] = title
            while len(self._titles) > self._size:
                self._titles.popitem(last=False)
        return title

    def end_behind(self, session_id: str, seq: int) -> int:
        """The number of the last event that is known here, if those behind `seq` are afterwork alone; otherwise `seq`."""
        known = self._get(session_id)
        return seq if known is None or known.moved > seq else max(seq, known.last.seq)

    def append(
        self,
        session_id: str,
        after_seq: int,
        new: Sequence[NewEvent],
        finished: bool = False,
        in_use: bool = True,
        owner: str | None = ANYBODY,
    ) -> tuple[Event, ...]:
        """As EventStore.append; what is appended to a state that is known here need not be read."""
        known = self._get(session_id)
        if known is None or known.last.seq != after_seq:
            return self._store.append(session_id, after_seq, new, finished, in_use, None, owner)
        stored = self._store.append(session_id, after_seq, new, finished, in_use, known.last.digest, owner)
        self._keep(session_id, known, known.followed_by(stored))
        return stored

    def _get(self, session_id: str) -> _Known | None:
        with self._lock:
            return self._known.get(session_id)

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
