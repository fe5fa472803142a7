"""Who did what and when, as lines of JSON beside the data: never what was said, no passwords, no keys."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

log = logging.getLogger(__name__)

AUDIT_FILE = "audit.jsonl"


class Audit(Protocol):
    """Takes note of something that was done."""

    def __call__(self, event: str, owner: str | None, **about: str | int | bool) -> None:
        """`event` is what was done, `owner` who did it, if that is known."""


def no_audit(event: str, owner: str | None, **about: str | int | bool) -> None:
    """For one user on this machine: nothing is noted."""


class AuditFile:
    """Appends to a file; what cannot be written goes to the log, and nobody is kept from working."""

    def __init__(self, folder: Path, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """The file is made when the first line is written, readable by its owner alone."""
        self.path = folder / AUDIT_FILE
        self._clock = clock

    def __call__(self, event: str, owner: str | None, **about: str | int | bool) -> None:
        """Write one line. Lines of several processes do not mix: each is one write to the end of the file."""
        at = self._clock().isoformat(timespec="milliseconds")
        line = json.dumps({"at": at, "event": event, "owner": owner, **about}, ensure_ascii=True) + "\n"
        try:
            # Opened each time, so that the file can be moved away (logrotate) while the server runs.
            handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(handle, line.encode())
            finally:
                os.close(handle)
        except OSError as error:
            log.error("the audit log cannot be written (%s): %s", error.strerror or error, line.rstrip())
