"""Small records beside the log: each is one row, replaced as a whole by whoever read it last.

Only what is true now matters of them, so there is no history; a version keeps two writers from losing each other's change.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError
from sqlalchemy import ColumnElement, Table, and_, delete, insert, select, update
from tenacity import retry, retry_if_exception_type, stop_after_attempt

from interviewer.errors import StoreConflict, StoreUnavailable
from interviewer.store import MAX_CONFLICTS, EventStore

Record = TypeVar("Record", bound=BaseModel)
Key = Mapping[str, str]


class Rows(Generic[Record]):
    """The records of one table: key columns, `version`, `data` and `updated_at`. Methods block; they raise StoreError only."""

    def __init__(self, store: EventStore, table: Table, record: type[Record], noun: str) -> None:
        """Share the store's database; `noun` with its verb begins a sentence: *Your ratings were* damaged."""
        self._store = store
        self._table = table
        self._record = record
        self._noun = noun

    def read(self, key: Key) -> tuple[Record, int] | None:
        """The record with its version; None where there is none."""
        query = select(self._table.c.data, self._table.c.version).where(self._at(key))
        try:
            with self._store.transaction() as connection:
                row = connection.execute(query).one_or_none()
            return None if row is None else (self._record.model_validate(row.data), row.version)
        except (ValidationError, ValueError) as error:
            raise self._damaged() from error

    def find(self, column: str, key: Key) -> tuple[tuple[str, Record], ...]:
        """`column` and record of every row under a part of the key, the one changed last first."""
        query = select(self._table).where(self._at(key)).order_by(self._table.c.updated_at.desc(), column)
        try:
            with self._store.transaction() as connection:
                rows = connection.execute(query).all()
            return tuple((getattr(row, column), self._record.model_validate(row.data)) for row in rows)
        except (ValidationError, ValueError) as error:
            raise self._damaged() from error

    def write(self, key: Key, record: Record, version: int, at: datetime) -> None:
        """Replace the record. Raises StoreConflict unless `version` is the one that is stored (0: none)."""
        values = {"version": version + 1, "data": record.model_dump(mode="json"), "updated_at": at}
        with self._store.transaction(writes=True) as connection:
            if version == 0:
                connection.execute(insert(self._table).values(**key, **values))
                return
            changed = connection.execute(
                update(self._table).where(self._at(key), self._table.c.version == version).values(values)
            ).rowcount
            if not changed:
                raise StoreConflict(f"{self._noun} changed elsewhere; try again.")

    @retry(retry=retry_if_exception_type(StoreConflict), stop=stop_after_attempt(MAX_CONFLICTS), reraise=True)
    def change(self, key: Key, how: Callable[[Record | None], Record], at: datetime) -> Record:
        """Replace the record by `how` of it and return that. Somebody else's change in between is not lost."""
        found = self.read(key)
        before, version = (None, 0) if found is None else found
        after = how(before)
        self.write(key, after, version, at)
        return after

    def delete(self, key: Key) -> bool:
        """Delete the record for good; whether there was one."""
        with self._store.transaction(writes=True) as connection:
            return bool(connection.execute(delete(self._table).where(self._at(key))).rowcount)

    def _at(self, key: Key) -> ColumnElement[bool]:
        return and_(*(self._table.c[name] == value for name, value in key.items()))

    def _damaged(self) -> StoreUnavailable:
        return StoreUnavailable(
            f"{self._noun} written by a newer version or damaged, and cannot be read; update mockround, or restore a backup."
        )
