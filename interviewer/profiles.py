"""What a candidate says of themselves for a role: when the interview is, the level, and a rating of every area.

It is kept in a small table of its own and not in the event log: a log is one interview, and nothing here is one. It
would have to be kept out of every list, report and export, and deleting interviews must not delete it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from interviewer.rows import Rows
from interviewer.store import EventStore, profiles

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
        self._rows = Rows(store, profiles, Profile, "Your interview date and ratings were")

    def load(self, owner: str, pack: str) -> Profile:
        """The profile; an empty one where nothing was said."""
        found = self._rows.read({"owner": owner, "pack": pack})
        return Profile() if found is None else found[0]

    def change(self, owner: str, pack: str, how: Callable[[Profile], Profile], at: datetime) -> Profile:
        """Replace the profile by `how` of it and return that. Somebody else's change in between is not lost."""
        return self._rows.change(
            {"owner": owner, "pack": pack}, lambda before: how(Profile() if before is None else before), at
        )

    def forget(self, owner: str, pack: str) -> None:
        """Delete the profile for good; nothing happens where there is none."""
        self._rows.delete({"owner": owner, "pack": pack})
