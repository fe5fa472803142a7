"""What a candidate says of themselves for a role: when the interview is, the level, and a rating of every area.

It is kept in a small table of its own and not in the event log: a log is one interview, and nothing here is one. It
would have to be kept out of every list, report and export, and deleting interviews must not delete it. Only what is
true now matters, so a row is replaced as a whole, by whoever read it last.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import delete, insert, select, update
from tenacity import retry, retry_if_exception_type, stop_after_attempt

from interviewer.errors import StoreConflict, StoreUnavailable
from interviewer.store import MAX_CONFLICTS, EventStore, profiles

Claim = Annotated[int, Field(ge=0, le=4)]


class Profile(BaseModel):
    """A candidate's own account. `ratings` is area id -> 0..4, the scale of the bands; fields are only ever added."""

    model_config = ConfigDict(frozen=True)

    interview_on: date | None = None
    level: str | None = None
    ratings: dict[str, Claim] = Field(default_factory=dict)


class ProfileStore:
    """Profiles in the database of the sessions, by owner and pack. Methods block; they raise StoreError only."""

    def __init__(self, store: EventStore) -> None:
        """Share the store's database."""
        self._store = store

    def load(self, owner: str, pack: str) -> Profile:
        """The profile; an empty one where nothing was said."""
        return self._read(owner, pack)[0]

    @retry(retry=retry_if_exception_type(StoreConflict), stop=stop_after_attempt(MAX_CONFLICTS), reraise=True)
    def change(self, owner: str, pack: str, how: Callable[[Profile], Profile], at: datetime) -> Profile:
        """Replace the profile by `how` of it and return that. Somebody else's change in between is not lost."""
        before, version = self._read(owner, pack)
        after = how(before)
        self._write(owner, pack, after, version, at)
        return after

    def forget(self, owner: str, pack: str) -> None:
        """Delete the profile for good; nothing happens where there is none."""
        with self._store.transaction(writes=True) as connection:
            connection.execute(delete(profiles).where(profiles.c.owner == owner, profiles.c.pack == pack))

    def _read(self, owner: str, pack: str) -> tuple[Profile, int]:
        query = select(profiles.c.data, profiles.c.version).where(
            profiles.c.owner == owner, profiles.c.pack == pack
        )
        try:
            with self._store.transaction() as connection:
                row = connection.execute(query).one_or_none()
            return (Profile(), 0) if row is None else (Profile.model_validate(row.data), row.version)
        except (ValidationError, ValueError) as error:
            raise StoreUnavailable(
                "Your interview date and ratings cannot be read; they were written by a newer version or damaged."
            ) from error

    def _write(self, owner: str, pack: str, profile: Profile, version: int, at: datetime) -> None:
        """Raises StoreConflict unless `version` is the one that is stored (0: none)."""
        values = {"version": version + 1, "data": profile.model_dump(mode="json"), "updated_at": at}
        with self._store.transaction(writes=True) as connection:
            if version == 0:
                connection.execute(insert(profiles).values(owner=owner, pack=pack, **values))
                return
            changed = connection.execute(
                update(profiles)
                .where(profiles.c.owner == owner, profiles.c.pack == pack, profiles.c.version == version)
                .values(values)
            ).rowcount
            if not changed:
                raise StoreConflict("Your interview date and ratings were changed elsewhere; try again.")
