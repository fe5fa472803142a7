"""A digest with every event: SHA-256 over what is stored of it and over the digest before it.

It finds what the database itself does not: a changed word, an event moved or exchanged, by whatever hand or fault. It
is no signature: whoever can write to the database can make the digests anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, text


def digest_of(
    before: str | None, session_id: str, seq: int, client_event_id: str, payload: Any, at: datetime
) -> str:
    """The digest of an event, in hexadecimal; `before` is that of the event before it, `payload` is JSON-ready data.

    What goes into it, and how, is never changed: what is stored was made by it.
    """
    said = [before or "", session_id, seq, client_event_id, payload, at.astimezone(UTC).isoformat()]
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


@dataclass(frozen=True)
class StoredEvent:
    """An event's row as it lies in the database, damaged or not. `at` and `payload` are text."""

    seq: int
    client_event_id: str
    kind: str
    payload: str
    at: str
    digest: str | None


def stored_events(connection: Connection, session_id: str) -> Iterator[StoredEvent]:
    """The rows of a session in order, with nothing taken for granted about what they hold."""
    # SQLite holds to no column's type, once a byte of its file has changed.
    as_text = ", ".join(
        f"COALESCE(CAST({name} AS TEXT), '')" for name in ("client_event_id", "kind", "payload", "at")
    )
    query = text(
        f"SELECT CAST(seq AS INTEGER), {as_text}, CAST(digest AS TEXT) FROM events WHERE session_id = :id ORDER BY seq"
    )
    with any_text(connection):
        for row in connection.execute(query, {"id": session_id}):
            yield StoredEvent(*row)


@contextmanager
def any_text(connection: Connection) -> Iterator[None]:
    """Read text from SQLite that is not UTF-8 any more too: such bytes come as lone surrogates."""
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name != "sqlite":
        yield
        return
    usual, driver.text_factory = driver.text_factory, _escaped
    try:
        yield
    finally:
        driver.text_factory = usual


def _escaped(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def parsed_time(at: str) -> datetime:
    """A stored time. Raises ValueError. SQLite keeps it as text without a zone, which is in UTC."""
    found = datetime.fromisoformat(at)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found
