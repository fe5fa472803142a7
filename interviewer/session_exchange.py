"""Sessions out of the database into files, and back in."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from interviewer.access.audit import Audit
from interviewer.errors import BadInput, StoreConflict
from interviewer.interview import Phase, State
from interviewer.packs import RolePack
from interviewer.session_file import read_session_file, session_file
from interviewer.store import EventStore
from interviewer.views import SessionView


class SessionExchange:
    """Exports and imports. Raises the errors of `interviewer.errors` only."""

    def __init__(
        self,
        role: RolePack,
        store: EventStore,
        expect_known: Callable[[State], None],
        view: Callable[[str, str | None], Awaitable[SessionView]],
        audit: Audit,
    ) -> None:
        """`expect_known` raises WrongMoment for a session that the pack at hand cannot show."""
        self._role = role
        self._store = store
        self._expect_known = expect_known
        self._view = view
        self._audit = audit

    async def export(self, session_id: str, owner: str | None) -> bytes:
        """The session as a file that `take_in` takes, with everything that is stored of it. Raises UnknownThing."""
        await self._view(session_id, owner)
        stored = await asyncio.to_thread(self._store.session, session_id)
        self._audit("session exported", owner, session=session_id)
        return session_file(stored, await asyncio.to_thread(self._store.load, session_id))

    async def take_in(self, raw: bytes, owner: str) -> SessionView:
        """Store an exported session under its own id, as the owner's. What is stored already is never changed.

        Raises:
            BadInput: the file is no exported session.
            WrongMoment: it belongs to another pack, or to questions that this one no longer has.
            StoreConflict: the session is here already.
        """
        file = await asyncio.to_thread(read_session_file, raw)
        self._expect_known(file.state)
        level = file.state.setup.level
        if level not in {item.id for item in self._role.pack.info.levels}:
            raise BadInput(f"The exported session is of the level {level!r}, which this pack does not have.")
        first, *more = file.events
        over = file.state.phase is Phase.FINISHED
        try:
            await asyncio.to_thread(self._store.create, file.id, owner, file.title, first, None, more, over)
        except StoreConflict as error:
            raise StoreConflict(
                "This session is stored here already; nothing was changed. Delete it first to import it again."
            ) from error
        self._audit("session imported", owner, session=file.id)
        return await self._view(file.id, owner)
