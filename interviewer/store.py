"""The event log: append-only, acknowledged only after it is on disk.

SQLite (WAL, `synchronous=FULL`) by default, any SQLAlchemy URL otherwise. `(session_id, seq)` and
`(session_id, client_event_id)` are unique, so that two writers cannot both append step n and a message sent twice is
one message.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import (
    JSON,
    Column,
    Connection,
    DateTime,
    Engine,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    and_,
    bindparam,
    create_engine,
    delete,
    event,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import StaticPool
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random

from interviewer.digests import digest_of
from interviewer.errors import (
    SetupError,
    StoreConflict,
    StoreError,
    StoreFull,
    StoreUnavailable,
    UnknownThing,
    unusable_folder,
)
from interviewer.events import Event, Payload, from_json, to_json
from interviewer.owners import ANYBODY

# How often something is tried by whoever finds each time that somebody else wrote first.
MAX_CONFLICTS = 5

metadata = MetaData()

sessions = Table(
    "sessions",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("owner", String(120), nullable=False, index=True),
    Column("visitor", String(64), nullable=True, index=True),
    Column("title", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False, index=True),
    Column("finished", Integer, nullable=False, default=0),
)

events = Table(
    "events",
    metadata,
    Column("session_id", String(36), ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("client_event_id", String(128), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("payload", JSON, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("digest", String(64), nullable=True),
    UniqueConstraint("session_id", "client_event_id", name="uq_events_client_event_id"),
)

# What a candidate says of themselves for a role: no interview happened, so it is no event. `data` is a Profile.
profiles = Table(
    "profiles",
    metadata,
    Column("owner", String(120), primary_key=True),
    Column("pack", String(80), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("data", JSON, nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
)

# A whole loop and which sessions are its stages; they are ordinary ones. `data` is a Loop.
loops = Table(
    "loops",
    metadata,
    Column("owner", String(120), primary_key=True),
    Column("pack", String(80), primary_key=True),
    Column("id", String(36), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("data", JSON, nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
)

# Who is signed in, until when at most; see access/sign_ins.py.
sign_ins = Table(
    "sign_ins",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("owner", String(120), nullable=False, index=True),
    Column("until", DateTime(timezone=True), nullable=False),
)

# Made once: what every turn asks several times would otherwise be put together anew each time.
_LOAD = (
    select(events)
    .where(events.c.session_id == bindparam("id"), events.c.seq >= bindparam("first"))
    .order_by(events.c.seq)
)
_HOLDS = select(events.c.seq).where(
    events.c.session_id == bindparam("id"), events.c.client_event_id == bindparam("event")
)
_NEWEST = (
    select(events.c.seq, events.c.digest)
    .where(events.c.session_id == bindparam("id"))
    .order_by(events.c.seq.desc())
    .limit(1)
)
_SESSION = select(sessions).where(sessions.c.id == bindparam("id"))
_DIGEST = select(events.c.digest).where(
    events.c.session_id == bindparam("id"), events.c.seq == bindparam("last")
)
_APPEND = insert(events)
# The same, if the log still ends as it did: looked at and appended to by one statement.
_EVENT_COLUMNS = [column.name for column in events.columns]
_APPEND_BEHIND = (
    insert(events)
    .from_select(
        _EVENT_COLUMNS,
        select(*(bindparam(name, type_=events.c[name].type) for name in _EVENT_COLUMNS)).where(
            exists().where(
                events.c.session_id == bindparam("session_id"),
                events.c.seq == bindparam("last"),
                events.c.digest == bindparam("last_digest"),
            )
        ),
        include_defaults=False,
        # Of an insert, PostgreSQL's driver is not asked how many rows it was.
    )
    .execution_options(preserve_rowcount=True)
)
# What is set is what is given beside the id.
_CHANGE = update(sessions).where(sessions.c.id == bindparam("session"))
_CHANGE_OF = _CHANGE.where(sessions.c.owner == bindparam("of"))

_MOVED_ON = "The interview was continued somewhere else; reload it."

# Any number that nothing else in the database locks: "mockrnd" in ASCII.
_MIGRATION_LOCK = 0x6D6F636B726E64

DAMAGED = "The database file is damaged; restore it from a backup or choose another with --db."

_FULL_SQLSTATES = {"53100", "53200"}  # PostgreSQL: disk_full, out_of_memory


@dataclass(frozen=True)
class NewEvent:
    """An event about to be appended."""

    client_event_id: str
    payload: Payload
    at: datetime


@dataclass(frozen=True)
class StoredSession:
    """A session's line in the list of sessions."""

    id: str
    owner: str
    visitor: str | None
    title: str
    created_at: datetime
    updated_at: datetime
    finished: bool


Place = tuple[datetime, str]  # where a session stands in the list: when it was last used, and its id


def default_url(data_dir: Path) -> str:
    """SQLite in the data folder."""
    return f"sqlite:///{data_dir / 'mockround.db'}"


def file_of_url(url: str) -> Path | None:
    """The file of an SQLite URL; None for a server, for a database in memory, and for what is no URL."""
    with suppress(ArgumentError):
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:"):
            return Path(str(parsed.database))
    return None


@dataclass(frozen=True)
class _DatabaseFile:
    """A file of SQLite as it was when it was opened."""

    path: str
    device: int
    inode: int

    def is_there(self) -> bool:
        """Whether the path still leads to this very file."""
        try:
            found = os.stat(self.path)
        except OSError:
            return False
        return (found.st_dev, found.st_ino) == (self.device, self.inode)


class EventStore:
    """Sessions and their events. Methods block; call them from a thread in asynchronous code.

    Raises StoreError and its kinds only (UnknownThing for a session that is not there).
    """

    def __init__(self, url: str) -> None:
        """Open the database and bring its schema up to date. Raises SetupError or StoreError."""
        self._engine = _open(url)
        # A database in memory has one connection, so its transactions must not overlap.
        self._turn: AbstractContextManager[object] = (
            threading.RLock() if isinstance(self._engine.pool, StaticPool) else nullcontext()
        )
        try:
            with self._translated():
                _migrate(self._engine)
                self._file = _file_of(self._engine)
        except (SetupError, StoreError):
            self._engine.dispose()
            raise

    def close(self) -> None:
        """Release the connections."""
        self._engine.dispose()

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
        """Store a new session with its first event and those behind it, all or none. Raises StoreConflict if it is there."""
        self._expect_file()
        with self._translated(), self._engine.begin() as connection:
            connection.execute(
                insert(sessions).values(
                    id=session_id,
                    owner=owner,
                    visitor=visitor,
                    title=title,
                    created_at=first.at.astimezone(UTC),
                    updated_at=(more[-1] if more else first).at.astimezone(UTC),
                    finished=int(finished),
                )
            )
            return _append(connection, session_id, 0, (first, *more))[0]

    def append(
        self,
        session_id: str,
        after_seq: int,
        new: Sequence[NewEvent],
        finished: bool = False,
        in_use: bool = True,
        after_digest: str | None = None,
        owner: str | None = ANYBODY,
    ) -> tuple[Event, ...]:
        """Append events after `after_seq`, all or none. Raises StoreConflict if the log has moved on.

        An event whose `client_event_id` is stored already raises StoreConflict too: load the log and look. The
        session counts as used by somebody now unless `in_use` is False. Whoever knows the digest of event `after_seq`
        gives it as `after_digest`: it is then not read, and a log that holds another one is a StoreConflict. With an
        `owner`, who has to be given with `in_use`, so is a session of somebody else's.
        """
        self._expect_file()
        with self._translated(), self._engine.begin() as connection:
            stored = _append(connection, session_id, after_seq, new, after_digest)
            values: dict[str, Any] = {"updated_at": stored[-1].at} if in_use else {}
            if finished:
                values["finished"] = 1
            if owner is not ANYBODY:
                values["of"] = owner
            if values:
                change = _CHANGE if owner is ANYBODY else _CHANGE_OF
                changed = connection.execute(change, {"session": session_id, **values}).rowcount
                if owner is not ANYBODY and not changed:
                    raise StoreConflict(_MOVED_ON)
            return stored

    def load(self, session_id: str, from_seq: int = 1) -> tuple[Event, ...]:
        """The events of a session from one on, in order. Raises UnknownThing if there is none."""
        _expect_id(session_id)
        try:
            with self._translated(), self._engine.connect() as connection:
                rows = connection.execute(_LOAD, {"id": session_id, "first": from_seq}).all()
            found = tuple(
                Event(
                    row.session_id,
                    row.seq,
                    row.client_event_id,
                    from_json(row.payload),
                    _utc(row.at),
                    row.digest,
                )
                for row in rows
            )
        except ValueError as error:  # no JSON, or JSON that is no event
            raise StoreUnavailable(
                f"Session {session_id} holds an event that this version cannot read; "
                "it was written by a newer version or damaged."
            ) from error
        if not found:
            raise UnknownThing(f"There is no session {session_id!r}.")
        return found

    def newest(self, session_id: str) -> tuple[int, str | None] | None:
        """Number and digest of a session's last event; None where it has none."""
        _expect_id(session_id)
        with self._translated(), self._engine.connect() as connection:
            row = connection.execute(_NEWEST, {"id": session_id}).first()
        return None if row is None else (row.seq, row.digest)

    def holds(self, session_id: str, client_event_id: str) -> bool:
        """Whether an event with this id is in the session's log."""
        _expect_id(session_id)
        with self._translated(), self._engine.connect() as connection:
            found = connection.execute(_HOLDS, {"id": session_id, "event": client_event_id}).first()
        return found is not None

    def session(self, session_id: str) -> StoredSession:
        """One session's line. Raises UnknownThing."""
        _expect_id(session_id)
        with self._translated(), _readable_times(), self._engine.connect() as connection:
            row = connection.execute(_SESSION, {"id": session_id}).one_or_none()
        if row is None:
            raise UnknownThing(f"There is no session {session_id!r}.")
        return _stored(row)

    def list(
        self,
        owner: str | None = None,
        limit: int | None = None,
        before: Place | None = None,
        holding: str | None = None,
    ) -> tuple[StoredSession, ...]:
        """Sessions, latest first and those of one moment by id; at most `limit` of them, from after `before` on.

        `holding` keeps those with an event of that kind.
        """
        query = select(sessions).order_by(sessions.c.updated_at.desc(), sessions.c.id).limit(limit)
        if owner is not None:
            query = query.where(sessions.c.owner == owner)
        if before is not None:
            at, session_id = before
            same_moment = and_(sessions.c.updated_at == at, sessions.c.id > session_id)
            query = query.where(or_(sessions.c.updated_at < at, same_moment))
        if holding is not None:
            query = query.where(
                exists().where(events.c.session_id == sessions.c.id, events.c.kind == holding)
            )
        with self._translated(), _readable_times(), self._engine.connect() as connection:
            return tuple(_stored(row) for row in connection.execute(query))

    def lengths(self, owner: str) -> dict[str, int]:
        """Session id -> the number of its last event, for every session of an owner."""
        query = (
            select(events.c.session_id, func.max(events.c.seq))
            .join(sessions, sessions.c.id == events.c.session_id)
            .where(sessions.c.owner == owner)
            .group_by(events.c.session_id)
        )
        with self.transaction() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def latest_open(self, visitor: str, owner: str) -> str | None:
        """The unfinished session of the owner's that this browser used last."""
        if not visitor.isprintable():
            return None
        query = (
            select(sessions.c.id)
            .where(sessions.c.visitor == visitor, sessions.c.owner == owner, sessions.c.finished == 0)
            .order_by(sessions.c.updated_at.desc())
            .limit(1)
        )
        with self._translated(), self._engine.connect() as connection:
            found: str | None = connection.execute(query).scalar()
            return found

    def set_visitor(self, session_id: str, visitor: str | None) -> None:
        """Remember in which browser a session is open; None forgets it."""
        with self._translated(), self._engine.begin() as connection:
            connection.execute(update(sessions).where(sessions.c.id == session_id).values(visitor=visitor))

    def delete(self, session_id: str) -> None:
        """Delete a session with its events for good. Raises UnknownThing."""
        _expect_id(session_id)
        with self._translated(), self._engine.begin() as connection:
            connection.execute(delete(events).where(events.c.session_id == session_id))
            gone = connection.execute(delete(sessions).where(sessions.c.id == session_id)).rowcount
        if not gone:
            raise UnknownThing(f"There is no session {session_id!r}.")

    def delete_all(self, owner: str) -> int:
        """Delete everything of an owner's for good, of every pack, and say how many sessions that were.

        SQLite's file is then written anew, since it keeps what is deleted until something is written over it.
        """
        theirs = select(sessions.c.id).where(sessions.c.owner == owner)
        with self.transaction(writes=True) as connection:
            connection.execute(delete(events).where(events.c.session_id.in_(theirs)))
            gone = connection.execute(delete(sessions).where(sessions.c.owner == owner)).rowcount
            for table in (loops, profiles):
                connection.execute(delete(table).where(table.c.owner == owner))
        if self._engine.dialect.name == "sqlite":
            with self._translated(), self._engine.connect() as connection:
                plain = connection.execution_options(isolation_level="AUTOCOMMIT")
                for order in ("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
                    plain.exec_driver_sql(order)
        return gone

    def change_owner(self, before: str, after: str) -> int:
        """Give everything of one owner's to another, and say how many sessions that were.

        A profile that the other one has already stays, and the first one's with it.
        """
        with self.transaction(writes=True) as connection:
            moved = connection.execute(
                update(sessions).where(sessions.c.owner == before).values(owner=after)
            ).rowcount
            connection.execute(update(loops).where(loops.c.owner == before).values(owner=after))
            taken = select(profiles.c.pack).where(profiles.c.owner == after).scalar_subquery()
            connection.execute(
                update(profiles)
                .where(profiles.c.owner == before, profiles.c.pack.not_in(taken))
                .values(owner=after)
            )
        return moved

    def check(self) -> None:
        """Raises StoreError if the database cannot be read now, or its file is no longer where it was."""
        self._expect_file()
        with self._translated(), self._engine.connect() as connection:
            connection.execute(select(sessions.c.id).limit(1)).all()

    @contextmanager
    def transaction(self, writes: bool = False) -> Iterator[Connection]:
        """A transaction for what is stored beside the log; what the database raises is translated."""
        if writes:
            self._expect_file()
        with self._translated(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A connection that sees one moment of the database, whatever is written meanwhile; only for reading."""
        with self._translated(), self._engine.connect() as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN")
            else:
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    def _expect_file(self) -> None:
        # The system goes on writing to a file that was unlinked, and it is gone for good when we end.
        if self._file is not None and not self._file.is_there():
            raise StoreUnavailable(
                f"The database file {self._file.path} was removed or replaced while mockround runs, so nothing more is "
                "stored; put it back into the data folder, or restart mockround to use what is there now."
            )

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            with self._turn:
                yield
        except UnicodeDecodeError as error:  # what SQLite quotes of a damaged schema
            raise StoreUnavailable(DAMAGED) from error
        except IntegrityError as error:
            raise StoreConflict(_MOVED_ON) from error
        except DBAPIError as error:
            raise _translate(error) from error
        except SQLAlchemyError as error:
            raise StoreUnavailable(
                f"The database failed ({type(error).__name__}); nothing was acknowledged."
            ) from error


def _expect_id(session_id: str) -> None:
    # No id has such characters, and PostgreSQL and the drivers refuse some of them with errors of their own.
    if not session_id.isprintable():
        raise UnknownThing(f"There is no session {session_id!r}.")


def _append(
    connection: Connection,
    session_id: str,
    after_seq: int,
    new: Sequence[NewEvent],
    after_digest: str | None = None,
) -> tuple[Event, ...]:
    digest = after_digest
    if digest is None and after_seq:
        digest = connection.execute(_DIGEST, {"id": session_id, "last": after_seq}).scalar()
    stored: list[Event] = []
    for seq, item in enumerate(new, after_seq + 1):
        payload = to_json(item.payload)
        # SQLite drops the zone of what it is given.
        at = item.at.astimezone(UTC)
        digest = digest_of(digest, session_id, seq, item.client_event_id, payload, at)
        values = {
            "session_id": session_id,
            "seq": seq,
            "client_event_id": item.client_event_id,
            "kind": payload["kind"],
            "payload": payload,
            "at": at,
            "digest": digest,
        }
        if after_digest is None or stored:
            connection.execute(_APPEND, values)
        else:
            behind = {**values, "last": after_seq, "last_digest": after_digest}
            if connection.execute(_APPEND_BEHIND, behind).rowcount != 1:
                raise StoreConflict(_MOVED_ON)
        stored.append(Event(session_id, seq, item.client_event_id, item.payload, at, digest))
    return tuple(stored)


def _stored(row: Any) -> StoredSession:
    return StoredSession(
        row.id,
        row.owner,
        row.visitor,
        row.title,
        _utc(row.created_at),
        _utc(row.updated_at),
        bool(row.finished),
    )


@contextmanager
def _readable_times() -> Iterator[None]:
    """SQLite keeps times as text, and gives back whatever has become of it."""
    try:
        yield
    except ValueError as error:
        raise StoreUnavailable(
            "The list of sessions is damaged; `mockround sessions verify` says where. Restore it from a backup."
        ) from error


def _utc(value: datetime) -> datetime:
    # SQLite gives naive datetimes back; everything is stored in UTC.
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _translate(error: DBAPIError) -> StoreError:
    original = error.orig
    state = getattr(original, "sqlstate", None)
    code = getattr(original, "sqlite_errorcode", None)
    primary = code & 0xFF if isinstance(code, int) else None
    if state in _FULL_SQLSTATES or primary == sqlite3.SQLITE_FULL:
        return StoreFull("The disk is full, so nothing new can be stored; free some space and send it again.")
    if primary in (
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_IOERR,
    ):
        return StoreUnavailable(
            "The database file cannot be written; check the data folder's permissions and space."
        )
    # Without a code it is Python's own complaint: text in the file that is not UTF-8.
    undecodable = isinstance(original, sqlite3.OperationalError) and code is None
    if undecodable or primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return StoreUnavailable(DAMAGED)
    if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreUnavailable("The database is busy; try again in a moment.")
    return StoreUnavailable("The database does not answer; nothing was acknowledged. Try again in a moment.")


def _open(url: str) -> Engine:
    file = None
    try:
        file = file_of_url(url)
        parsed = make_url(url)
        if parsed.drivername in ("postgresql", "postgres"):
            parsed = parsed.set(drivername="postgresql+psycopg")
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
        if parsed.get_backend_name() == "sqlite" and parsed.database in (None, "", ":memory:"):
            # One connection for all threads: a database in memory belongs to its connection.
            engine = create_engine(
                parsed, poolclass=StaticPool, connect_args={"check_same_thread": False}, hide_parameters=True
            )
        else:
            # Parameters are what candidates wrote: an error does not quote them.
            engine = create_engine(
                parsed, pool_pre_ping=parsed.get_backend_name() != "sqlite", hide_parameters=True
            )
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        raise SetupError(
            "The database URL is not one SQLAlchemy understands; see --db in the README."
        ) from error
    except ModuleNotFoundError as error:
        raise SetupError(
            f"The database driver {error.name!r} is not installed; for PostgreSQL install mockround[postgres]."
        ) from error
    except OSError as error:
        raise unusable_folder(file.parent if file else Path(url), error) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _file_of(engine: Engine) -> _DatabaseFile | None:
    """The file that an engine is open on; None for a server and for a database in memory."""
    if engine.dialect.name != "sqlite":
        return None
    with engine.connect() as connection:
        path = connection.exec_driver_sql(
            "SELECT file FROM pragma_database_list WHERE name = 'main'"
        ).scalar()
    if not path:
        return None
    found = os.stat(str(path))
    return _DatabaseFile(str(path), found.st_dev, found.st_ino)


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout=5000")
    # SQLite does not wait for this one by itself, where several open a new file at once.
    _PATIENTLY(cursor.execute, "PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _is_busy(error: BaseException) -> bool:
    return isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode == sqlite3.SQLITE_BUSY


_PATIENTLY = Retrying(
    retry=retry_if_exception(_is_busy), stop=stop_after_delay(5), wait=wait_random(0, 0.05), reraise=True
)


def _migrate(engine: Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.begin() as connection:
        # Replicas that start together migrate one after the other.
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        elif engine.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise SetupError(
                "The database was written by a newer version of mockround; update mockround, or choose another "
                "database with --db."
            ) from error
