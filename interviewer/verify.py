"""Whether what is stored is whole: every session's log, and what lies beside the logs.

Rows are read as they lie in the database, so that a damaged one is named and the others are still looked at.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from pydantic import BaseModel, ValidationError
from sqlalchemy import Connection, Table, select, text

from interviewer.digests import StoredEvent, any_text, digest_of, parsed_time, stored_events
from interviewer.errors import StoreUnavailable
from interviewer.events import Answered, Event, from_json
from interviewer.interview import Phase, State, fold
from interviewer.loops import Loop
from interviewer.profiles import Profile
from interviewer.session_file import log_faults
from interviewer.store import EventStore, loops, profiles, sessions

# SQLite names every damaged page; the first ones tell what there is to tell.
MAX_DATABASE_FAULTS = 20


@dataclass(frozen=True)
class Finding:
    """One sentence on what is stored; `seq` is the event's number, where it is about one."""

    text: str
    session_id: str | None = None
    seq: int | None = None


@dataclass(frozen=True)
class Verification:
    """What was looked at, and what was found. `faults` should not be there, `remarks` are good to know."""

    sessions: int
    events: int
    faults: tuple[Finding, ...]
    remarks: tuple[Finding, ...]


class _Found:
    """Collects findings on one session, or on the database."""

    def __init__(self, session_id: str | None = None) -> None:
        self.session_id = session_id
        self.events = 0
        self.faults: list[Finding] = []
        self.remarks: list[Finding] = []

    def fault(self, what: str, seq: int | None = None) -> None:
        self.faults.append(Finding(self._sentence(what, seq), self.session_id, seq))

    def remark(self, what: str, seq: int | None = None) -> None:
        self.remarks.append(Finding(self._sentence(what, seq), self.session_id, seq))

    def _sentence(self, what: str, seq: int | None) -> str:
        event = "" if seq is None else f", event {seq}"
        said = f"{what}." if self.session_id is None else f"Session {self.session_id}{event}: {what}."
        # What is quoted may be damaged text.
        return said.encode("utf-8", "backslashreplace").decode()


def verify(
    store: EventStore, session_ids: Sequence[str] = (), progress: Callable[[int, int], None] | None = None
) -> Verification:
    """Look at these sessions, or at everything that is stored. The database may be in use meanwhile.

    Raises:
        UnknownThing: a session that was named is not there.
        StoreUnavailable: a session that was named cannot be looked for.
    """
    for session_id in session_ids:
        store.session(session_id)
    found = [] if session_ids else _database(store)
    names = list(dict.fromkeys(session_ids)) or _names(store, found)
    for number, session_id in enumerate(names, 1):
        found.append(_session(store, session_id))
        if progress is not None:
            progress(number, len(names))
    return Verification(
        len(names),
        sum(item.events for item in found),
        tuple(fault for item in found for fault in item.faults),
        tuple(remark for item in found for remark in item.remarks),
    )


def _inside(error: StoreUnavailable) -> str:
    """A sentence within another one."""
    return str(error).rstrip(".")


# The database as a whole


def _database(store: EventStore) -> list[_Found]:
    whole = _Found()
    found = [whole]
    try:
        with store.snapshot() as connection, any_text(connection):
            if connection.dialect.name == "sqlite":
                check = connection.exec_driver_sql(f"PRAGMA integrity_check({MAX_DATABASE_FAULTS})")
                for line in check.scalars():
                    if line != "ok":
                        whole.fault(f"SQLite finds its file damaged: {' '.join(str(line).split())}")
            found += _without_session(connection)
            _check_records(connection, loops, Loop, "loop", whole)
            _check_records(connection, profiles, Profile, "record of interview date and ratings", whole)
    except StoreUnavailable as error:
        whole.fault(f"The database cannot be read to its end ({_inside(error)})")
    return found


def _names(store: EventStore, found: list[_Found]) -> list[str]:
    """The ids of all sessions; what keeps them from being read is among the faults."""
    whole = _Found()
    found.append(whole)
    try:
        with store.snapshot() as connection, any_text(connection):
            names = (
                connection.execute(text("SELECT id FROM sessions ORDER BY created_at, id")).scalars().all()
            )
    except StoreUnavailable as error:
        whole.fault(f"The list of sessions cannot be read ({_inside(error)})")
        return []
    readable = [str(name) for name in names if str(name).isprintable()]
    if len(readable) < len(names):
        whole.fault("The list of sessions has an id that is damaged")
    return readable


def _without_session(connection: Connection) -> Iterator[_Found]:
    orphans = text(
        "SELECT session_id, count(*) FROM events WHERE session_id NOT IN (SELECT id FROM sessions) "
        "GROUP BY session_id ORDER BY session_id"
    )
    for session_id, count in connection.execute(orphans).all():
        found = _Found(str(session_id))
        found.fault(f"{count} event{'s' if count != 1 else ''} are stored, and the session is not")
        yield found


def _check_records(
    connection: Connection, table: Table, record: type[BaseModel], noun: str, found: _Found
) -> None:
    """The rows of a table beside the log can be read, and the sessions that they name are there."""
    keys = ", ".join(column.name for column in table.primary_key)
    rows = connection.execute(
        text(f"SELECT {keys}, CAST(data AS TEXT) FROM {table.name} ORDER BY {keys}")
    ).all()
    for *key, data in rows:
        name = f"The {noun} {'/'.join(map(str, key))}"
        try:
            read = record.model_validate_json(data)
        except (ValidationError, UnicodeEncodeError):
            found.fault(f"{name} cannot be read by this version")
            continue
        if isinstance(read, Loop):
            there = select(sessions.c.id).where(sessions.c.id.in_(item.session_id for item in read.attempts))
            stored = set(connection.execute(there).scalars())
            for attempt in read.attempts:
                if attempt.session_id not in stored:
                    found.remark(
                        f"{name} names session {attempt.session_id}, which is not stored: "
                        "one may be deleted without its loop"
                    )


# One session


def _session(store: EventStore, session_id: str) -> _Found:
    found = _Found(session_id)
    try:
        with store.snapshot() as connection:
            line = connection.execute(
                text(
                    "SELECT CAST(created_at AS TEXT), CAST(updated_at AS TEXT), finished FROM sessions WHERE id = :id"
                ),
                {"id": session_id},
            ).first()
            rows = list(stored_events(connection, session_id))
    except StoreUnavailable as error:
        found.fault(f"its rows cannot be read ({_inside(error)})")
        return found
    if line is None:  # deleted since the list was made
        return found
    found.events = len(rows)
    if not rows:
        found.fault("it has no events")
        return found
    _check_numbers(rows, found)
    events = _read(rows, found)
    if events is None:
        return found
    _check_times(line[0], line[1], events, found)
    state = _folded(events, found)
    if state is None:
        return found
    for what in log_faults(events, state):
        found.fault(what)
    if bool(line[2]) is not (state.phase is Phase.FINISHED):
        says, is_so = ("finished", "open") if line[2] else ("open", "finished")
        found.fault(f"the list of sessions says that it is {says}, and by its log it is {is_so}")
    return found


def _check_numbers(rows: Sequence[StoredEvent], found: _Found) -> None:
    expected = 1
    for row in rows:
        if row.seq > expected:
            gone = (
                f"event {expected} is"
                if row.seq == expected + 1
                else f"events {expected} to {row.seq - 1} are"
            )
            found.fault(f"{gone} missing")
        elif row.seq < expected:
            found.fault("this number is there twice", row.seq)
        expected = row.seq + 1


def _read(rows: Sequence[StoredEvent], found: _Found) -> list[Event] | None:
    """The events; None where one cannot be read, since what comes after it means nothing then."""
    events: list[Event] = []
    before: str | None = None
    for row in rows:
        try:
            at = parsed_time(row.at)
        except ValueError:
            found.fault(f"{row.at!r} is no time", row.seq)
            continue
        try:
            data = json.loads(row.payload)
            row.payload.encode()
            payload = from_json(data)
        except (ValueError, RecursionError):  # pydantic's ValidationError is a ValueError
            found.fault("this version cannot read it; it was written by a newer one or damaged", row.seq)
            before = row.digest
            continue
        if payload.kind != row.kind:
            found.fault(f"it is listed as {row.kind!r} and says {payload.kind!r}", row.seq)
        _check_digest(row, before, data, at, found)
        before = row.digest
        events.append(Event(found.session_id or "", row.seq, row.client_event_id, payload, at))
    return events if len(events) == len(rows) else None


def _check_digest(row: StoredEvent, before: str | None, data: Any, at: datetime, found: _Found) -> None:
    if row.digest is None:
        found.remark("it has no digest, as a version before 0004 of the schema wrote it", row.seq)
    elif row.digest != digest_of(before, found.session_id or "", row.seq, row.client_event_id, data, at):
        found.fault("it was changed after it was stored, or the one before it was exchanged", row.seq)


def _check_times(created: str, updated: str, events: Sequence[Event], found: _Found) -> None:
    for earlier, later in pairwise(events):
        if later.at < earlier.at:
            found.remark("its time is before that of the event before it: the clock was set back", later.seq)
    try:
        first, last = parsed_time(created), parsed_time(updated)
    except ValueError:
        found.fault("its times in the list of sessions are none")
        return
    if first != events[0].at:
        found.fault("the list of sessions says that it began at another time than its first event")
    # Both are written at once; what arrives behind a session that nobody uses leaves the list's time as it is.
    if all(event.at != last for event in events):
        found.fault("the event with which it was last used is missing, by the list of sessions")


def _folded(events: Sequence[Event], found: _Found) -> State | None:
    state: State | None = None
    for event in events:
        try:
            after = fold(state, event)
        except ValueError as error:
            found.fault(f"it makes no interview ({error})", event.seq)
            return None
        if isinstance(event.payload, Answered) and state is not None and len(after.lines) == len(state.lines):
            found.fault("it is an answer at a moment at which none was awaited", event.seq)
        state = after
    return state
