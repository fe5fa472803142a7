"""The list of sessions in pages. A page is continued by a mark that stays right while sessions are used or deleted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from interviewer.errors import BadInput
from interviewer.store import EventStore, Place, StoredSession
from interviewer.views import SessionLine

MAX_LISTED = 10_000

_UTC = "%Y-%m-%dT%H:%M:%S.%fZ"


@dataclass(frozen=True)
class SessionPage:
    """Sessions, latest first. `next` is the `before` of the page with older ones; None if there are none."""

    sessions: tuple[SessionLine, ...]
    next: str | None

    def to_json(self) -> dict[str, object]:
        """`sessions`, and `next` where there is one."""
        mark = {} if self.next is None else {"next": self.next}
        return {"sessions": [asdict(item) for item in self.sessions], **mark}


def list_sessions(store: EventStore, owner: str | None, limit: int, before: str | None) -> SessionPage:
    """At most `limit` sessions, latest first; `before` is the `next` of the page that they continue.

    Raises BadInput for a limit out of range, and for a `before` that is no such mark.
    """
    if not 1 <= limit <= MAX_LISTED:
        raise BadInput(f"A list has between 1 and {MAX_LISTED:,} sessions; older ones are on the next page.")
    place = None if before is None else parse_mark(before)
    return page_of(store.list(owner, limit + 1, place), limit)


def page_of(found: Sequence[StoredSession], limit: int) -> SessionPage:
    """The page of at most `limit` sessions; `found` has one more if there are older ones."""
    shown = found[:limit]
    return SessionPage(
        tuple(session_line(item) for item in shown), mark_of(shown[-1]) if len(found) > limit else None
    )


def session_line(item: StoredSession) -> SessionLine:
    """A session's line for people and programs, with times in ISO 8601."""
    return SessionLine(
        item.id, item.title, item.created_at.isoformat(), item.updated_at.isoformat(), item.finished
    )


def mark_of(item: StoredSession) -> str:
    """Where a session stands in the list, in characters that need no quoting in a URL."""
    return f"{item.updated_at.strftime(_UTC)}~{item.id}"


def parse_mark(mark: str) -> Place:
    """The place that a mark names. Raises BadInput."""
    moment, _, session_id = mark.partition("~")
    try:
        at = datetime.strptime(f"{moment}+0000", f"{_UTC}%z")
    except ValueError:
        session_id = ""
    if not session_id or not session_id.isprintable():
        raise BadInput("`before` is the `next` of an earlier page; leave it out to list from the latest on.")
    return at, session_id
