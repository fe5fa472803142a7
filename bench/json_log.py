"""The named alternative of bench/reliability.py: the whole log in one JSON file that is rewritten at every step.

It is what a small application does first (`json.dump(history, file)`), behind the same interface, so that the same
service stands on it. What was stored is acknowledged when the file is closed.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from interviewer.errors import StoreUnavailable
from interviewer.events import Event, from_json, to_json
from interviewer.store import EventStore, NewEvent


class JsonLog(EventStore):
    """Sessions in memory and in a JSON file. Raises StoreUnavailable for a file that is cut off."""

    def __init__(self, path: str) -> None:
        """Read the file, if there is one."""
        super().__init__("sqlite://")
        self._path = Path(path)
        self._logs: dict[str, list[Any]] = {}
        self._writing = threading.Lock()
        if self._path.exists():
            try:
                self._logs = json.loads(self._path.read_text(encoding="utf-8"))
            except ValueError as error:
                self.close()
                raise StoreUnavailable("The file is cut off.") from error
            for session_id, rows in self._logs.items():
                first, *more = (
                    NewEvent(row["id"], from_json(row["payload"]), datetime.fromisoformat(row["at"]))
                    for row in rows
                )
                super().create(session_id, "local", "Round", first, more=more)

    def create(
        self,
        session_id: str,
        owner: str,
        title: str,
        first: NewEvent,
        visitor: str | None = None,
        more: Sequence[NewEvent] = (),
        finished: bool = False,
    ) -> Event:
        """As in EventStore."""
        stored = super().create(session_id, owner, title, first, visitor, more, finished)
        self._write(session_id, (first, *more))
        return stored

    def append(
        self,
        session_id: str,
        after_seq: int,
        new: Sequence[NewEvent],
        finished: bool = False,
        in_use: bool = True,
    ) -> tuple[Event, ...]:
        """As in EventStore."""
        stored = super().append(session_id, after_seq, new, finished, in_use)
        self._write(session_id, new)
        return stored

    def _write(self, session_id: str, new: Sequence[NewEvent]) -> None:
        with self._writing:
            self._logs.setdefault(session_id, []).extend(
                {"id": item.client_event_id, "at": item.at.isoformat(), "payload": to_json(item.payload)}
                for item in new
            )
            with self._path.open("w", encoding="utf-8") as file:
                json.dump(self._logs, file)
