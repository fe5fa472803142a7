"""Who is signed in: a row for each sign-in, so that signing out ends it for every copy of its cookie, at every replica."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, delete, insert, select

from interviewer.store import EventStore, sign_ins


class SignIns:
    """The sign-ins of a database. Methods block; they raise StoreError only."""

    def __init__(self, store: EventStore, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Share the store's database."""
        self._store = store
        self._clock = clock

    def begin(self, owner: str, for_s: float) -> str:
        """Note a sign-in and give its id. Those that are too old by now are forgotten."""
        made, now = secrets.token_urlsafe(24), self._clock()
        with self._store.transaction(writes=True) as connection:
            connection.execute(delete(sign_ins).where(sign_ins.c.until <= now))
            connection.execute(
                insert(sign_ins).values(id=made, owner=owner, until=now + timedelta(seconds=for_s))
            )
        return made

    def is_open(self, owner: str, sign_in: str) -> bool:
        """Whether that sign-in of the owner's has neither been ended nor become too old."""
        query = select(sign_ins.c.id).where(
            sign_ins.c.id == sign_in, sign_ins.c.owner == owner, sign_ins.c.until > self._clock()
        )
        with self._store.transaction() as connection:
            return connection.execute(query).first() is not None

    def end(self, owner: str, sign_in: str) -> bool:
        """End one; whether there was one."""
        return self._delete(sign_ins.c.owner == owner, sign_ins.c.id == sign_in) > 0

    def end_all(self, owner: str) -> int:
        """End all of an owner's, and say how many there were."""
        return self._delete(sign_ins.c.owner == owner, sign_ins.c.until > self._clock())

    def _delete(self, *which: ColumnElement[bool]) -> int:
        with self._store.transaction(writes=True) as connection:
            return connection.execute(delete(sign_ins).where(*which)).rowcount
