"""A copy of SQLite's file while it is in use, and the way back.

Only whole files ever have the name that was asked for: they are made beside it, synced, and renamed. A server's database
has tools of its own (docs/deploy.md).
"""

from __future__ import annotations

import errno
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from sqlalchemy import delete

from interviewer.errors import BadInput, SetupError, StoreUnavailable
from interviewer.files import expect_replaceable
from interviewer.store import EventStore, file_of_url, sign_ins
from interviewer.verify import verify

PATIENCE_S = 5.0
# The second is what becomes of SQLite's own words where they quote a damaged schema.
_DAMAGE = (sqlite3.Error, UnicodeDecodeError)


def back_up(url: str, target: Path, force: bool = False) -> int:
    """Copy the database of a URL into a file, as of one moment, also while others write. How many bytes that are.

    Raises:
        BadInput: the file is there already and `force` is not given.
        SetupError: there is no such database, it is none of SQLite's, or the file cannot be written.
        StoreUnavailable: the database is damaged; no file is made, and one that was there is left.
    """
    source = expect_file(url)
    if target.exists() and not force:
        raise BadInput(f"{target} is there already; name another file, or add --force to replace it.")
    with _in_place_of(target) as part:
        try:
            _copy(source, part)
        except _DAMAGE as error:
            raise StoreUnavailable(
                f"{source} cannot be copied ({error}); `mockround sessions verify` says what is damaged."
            ) from error
    return target.stat().st_size


def restore(backup: Path, url: str, force: bool = False) -> int:
    """Put a copy in place of the database of a URL, once it was found to be whole. How many sessions it has.

    A copy of an older version is brought up to date. Nothing is replaced unless everything before went well.

    Raises:
        BadInput: the copy is none, or a database is there and `force` is not given.
        SetupError: a running mockround has the database open, or the copy is of a newer version or has faults.
        StoreUnavailable: the copy cannot be read.
    """
    target = _expect_sqlite(url)
    if not backup.is_file():
        raise BadInput(f"There is no file {backup}.")
    if target.exists() and target.samefile(backup):
        raise BadInput(f"{backup} is the database itself; name a copy of it.")
    if target.exists() and not force:
        raise BadInput(
            f"There is a database {target} already; add --force to replace it, for good, by what {backup} holds."
        )
    _make_folder(target)
    with _alone(target), _in_place_of(target) as part:
        try:
            _copy(backup, part)
        except _DAMAGE as error:
            raise BadInput(f"{backup} is no backup of mockround's ({error}).") from error
        sessions = _expect_whole(part, backup)
        if target.exists():
            _own_as(target, part)
        # Only a damaged database still has a log beside it, which would be taken for the new one's.
        for suffix in ("-wal", "-shm", "-journal"):
            Path(f"{target}{suffix}").unlink(missing_ok=True)
    return sessions


def expect_file(url: str) -> Path:
    """The file of a database that is there. Raises SetupError."""
    file = _expect_sqlite(url)
    if not file.is_file():
        raise SetupError(
            f"There is no database {file}; name its folder with --data, or the database with --db."
        )
    return file


def _expect_sqlite(url: str) -> Path:
    file = file_of_url(url)
    if file is None:
        raise SetupError(
            "Only a file of SQLite is backed up and restored here; for PostgreSQL use pg_dump and pg_restore "
            "(docs/deploy.md)."
        )
    return file


def _copy(source: Path, part: Path) -> None:
    """Copy a database as it stands at one moment, in one step, so that no writer is waited for.

    Raises sqlite3.Error for what is to be copied, OSError for the copy.
    """
    try:
        _copy_at_once(source, part)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_FULL:
            raise
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error


def _copy_at_once(source: Path, part: Path) -> None:
    with (
        closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=rw", uri=True, timeout=PATIENCE_S)) as old,
        closing(sqlite3.connect(part)) as new,
    ):
        old.backup(new)
        # One file, without a log beside it.
        new.execute("PRAGMA journal_mode=DELETE")
        found = new.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if found != "ok":
            raise sqlite3.DatabaseError(" ".join(str(found).split()))
        if new.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone() is None:
            raise sqlite3.DatabaseError("mockround never wrote to it")


def _expect_whole(part: Path, backup: Path) -> int:
    """How many sessions the copy has, brought up to date. Raises SetupError for one with faults."""
    store = EventStore(f"sqlite:///{part}")
    try:
        found = verify(store)
        # A sign-in that was ended since then must not come back.
        with store.transaction(writes=True) as connection:
            connection.execute(delete(sign_ins))
    finally:
        store.close()
    if found.faults:
        count = f"{len(found.faults)} faults, the first" if len(found.faults) > 1 else "its fault"
        raise SetupError(
            f"{backup} is not whole, so nothing was replaced; take an older backup ({count}: {found.faults[0].text.rstrip('.')})."
        )
    with closing(sqlite3.connect(part)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    return found.sessions


@contextmanager
def _alone(database: Path) -> Iterator[None]:
    """Nobody else has the database open, and its log is part of it, while this lasts. Raises SetupError."""
    if not database.exists():
        yield
        return
    with closing(sqlite3.connect(database, timeout=0, isolation_level=None)) as connection:
        try:
            # Leaving WAL mode needs the file for oneself: whoever has it open, were it idle, keeps a lock on it.
            connection.execute("PRAGMA journal_mode=DELETE")
            connection.execute("BEGIN EXCLUSIVE")
        except _DAMAGE as error:
            # Anything but a lock says that the file is damaged, or not to be written, which replacing it will show.
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise SetupError(
                    f"{database} is open in a running mockround; stop it first, and restore then."
                ) from error
        yield


@contextmanager
def _in_place_of(target: Path) -> Iterator[Path]:
    """A file beside the target, which is synced and takes its name at the end. Raises SetupError."""
    try:
        expect_replaceable(target)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
        os.close(handle)
        part = Path(name)
        try:
            yield part
            _sync(part)
            os.replace(part, target)
            _sync(target.parent)
        finally:
            for suffix in ("", "-wal", "-shm", "-journal"):
                Path(f"{part}{suffix}").unlink(missing_ok=True)
    except OSError as error:
        raise SetupError(f"{target} cannot be written: {error.strerror or error}.") from error


def _make_folder(target: Path) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SetupError(f"{target.parent} cannot be made: {error.strerror or error}.") from error


def _own_as(target: Path, part: Path) -> None:
    """Whoever could open the file before can open the new one."""
    found = target.stat()
    part.chmod(found.st_mode & 0o777)
    with suppress(PermissionError):
        os.chown(part, found.st_uid, found.st_gid)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
