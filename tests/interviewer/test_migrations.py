"""The schema: made from nothing, brought up to date from every released version, and taken back."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from subprocess import PIPE

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, inspect, text

import interviewer
from interviewer.errors import SetupError
from interviewer.events import Answered, Paused, Setup, Started
from interviewer.loops import Loop
from interviewer.profiles import Profile, ProfileStore
from interviewer.rows import Rows
from interviewer.store import EventStore, NewEvent, loops, metadata
from interviewer.verify import verify

MIGRATIONS = Path(interviewer.__file__).parent / "migrations"
ROOT = Path(interviewer.__file__).parents[1]

# What version 0.1.0 leaves behind, statement by statement; never changed when the schema is.
VERSION_0_1_0 = """
CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY);
INSERT INTO alembic_version VALUES ('0001');
CREATE TABLE sessions (
    id VARCHAR(36) NOT NULL PRIMARY KEY, owner VARCHAR(120) NOT NULL, visitor VARCHAR(64), title TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL, updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    finished INTEGER NOT NULL);
CREATE INDEX ix_sessions_owner ON sessions (owner);
CREATE INDEX ix_sessions_visitor ON sessions (visitor);
CREATE INDEX ix_sessions_updated_at ON sessions (updated_at);
CREATE TABLE events (
    session_id VARCHAR(36) NOT NULL, seq INTEGER NOT NULL,
    client_event_id VARCHAR(128) NOT NULL, kind VARCHAR(40) NOT NULL, payload JSON NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL, PRIMARY KEY (session_id, seq),
    FOREIGN KEY (session_id) REFERENCES sessions (id) ON DELETE CASCADE,
    CONSTRAINT uq_events_client_event_id UNIQUE (session_id, client_event_id));
INSERT INTO sessions VALUES ('old', 'local', 'browser', 'Systems · IC3', '2026-03-02 10:00:00.000000+00',
    '2026-03-02 10:00:10.500000+00', 0);
INSERT INTO events VALUES ('old', 1, 'start:old', 'started', '{"kind": "started", "setup": {"pack": "tiny",
    "level": "IC3", "round": "systems", "minutes": 30, "questions": 3}}', '2026-03-02 10:00:00.000000+00');
INSERT INTO events VALUES ('old', 2, 'c:1', 'answered', '{"kind": "answered", "text": "The cache."}',
    '2026-03-02 10:00:10.500000+00');
"""
# What the schema became on the way to the next version.
WITH_PROFILES = (
    VERSION_0_1_0.replace("'0001'", "'0002'")
    + """
CREATE TABLE profiles (
    owner VARCHAR(120) NOT NULL, pack VARCHAR(80) NOT NULL, version INTEGER NOT NULL, data JSON NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL, PRIMARY KEY (owner, pack));
INSERT INTO profiles VALUES ('local', 'tiny', 3, '{"interview_on": "2026-04-01", "level": "IC4",
    "ratings": {"serving": 2}}', '2026-03-02 10:00:00.000000+00');
"""
)
WITH_LOOPS = (
    WITH_PROFILES.replace("'0002'", "'0003'")
    + """
CREATE TABLE loops (
    owner VARCHAR(120) NOT NULL, pack VARCHAR(80) NOT NULL, id VARCHAR(36) NOT NULL, version INTEGER NOT NULL,
    data JSON NOT NULL, updated_at TIMESTAMP WITH TIME ZONE NOT NULL, PRIMARY KEY (owner, pack, id));
INSERT INTO loops VALUES ('local', 'tiny', 'loop-1', 1, '{"level": "IC3", "seed": 1,
    "begun_at": "2026-03-01T08:00:00Z", "attempts": [{"stage": "screen", "session_id": "old"}]}',
    '2026-03-02 10:00:00.000000+00');
"""
)
WITH_DIGESTS = (
    WITH_LOOPS.replace("'0003'", "'0004'")
    + """
ALTER TABLE events ADD COLUMN digest VARCHAR(64);
"""
)
WITH_SIGN_INS = (
    WITH_DIGESTS.replace("'0004'", "'0005'")
    + """
CREATE TABLE sign_ins (
    id VARCHAR(64) NOT NULL PRIMARY KEY, owner VARCHAR(120) NOT NULL, until TIMESTAMP WITH TIME ZONE NOT NULL);
CREATE INDEX ix_sign_ins_owner ON sign_ins (owner);
"""
)
OLD_DATABASES = {
    "0.1.0": VERSION_0_1_0,
    "with profiles": WITH_PROFILES,
    "with loops": WITH_LOOPS,
    "with digests": WITH_DIGESTS,
    "with sign-ins": WITH_SIGN_INS,
}


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def write_old(url: str, statements: str) -> None:
    with connected(url) as connection:
        if connection.dialect.name == "sqlite":
            # SQLite keeps times as text without a zone; that is how a store writes them.
            statements = statements.replace("TIMESTAMP WITH TIME ZONE", "DATETIME").replace("+00'", "'")
        for statement in statements.split(";\n"):
            if statement.strip():
                connection.exec_driver_sql(statement)


def config_for(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, metadata))


def test_an_empty_database_gets_the_schema_of_the_code(store_url: str) -> None:
    EventStore(store_url).close()
    with connected(store_url) as connection:
        assert differences(connection) == []
        unique = inspect(connection).get_unique_constraints("events")
        assert [item["column_names"] for item in unique] == [["session_id", "client_event_id"]]
        assert inspect(connection).get_pk_constraint("events")["constrained_columns"] == ["session_id", "seq"]


def test_opening_again_changes_nothing(store_url: str) -> None:
    for _ in range(2):
        EventStore(store_url).close()
    with connected(store_url) as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == ["0005"]


@pytest.mark.parametrize("version", OLD_DATABASES)
def test_an_old_database_is_read_and_continued(store_url: str, version: str) -> None:
    write_old(store_url, OLD_DATABASES[version])
    store = EventStore(store_url)
    now = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
    store.append("old", 2, [NewEvent("c:2", Paused(), now)])
    loaded = store.load("old")
    line = store.session("old")
    profile = ProfileStore(store).load("local", "tiny")
    begun = Rows(store, loops, Loop, "The loop was").find("id", {"owner": "local", "pack": "tiny"})
    store.close()

    assert [event.payload for event in loaded] == [
        Started(Setup("tiny", "IC3", "systems", 30, 3)),
        Answered("The cache."),
        Paused(),
    ]
    assert loaded[1].at == datetime(2026, 3, 2, 10, 0, 10, 500_000, tzinfo=UTC)
    assert (line.owner, line.visitor, line.title) == ("local", "browser", "Systems · IC3")
    assert (line.created_at, line.updated_at) == (datetime(2026, 3, 2, 10, 0, tzinfo=UTC), now)
    known = Profile(interview_on=date(2026, 4, 1), level="IC4", ratings={"serving": 2})
    assert profile == (Profile() if version == "0.1.0" else known)
    stages = [attempt.session_id for _, loop in begun for attempt in loop.attempts]
    assert stages == ([] if version in ("0.1.0", "with profiles") else ["old"])
    with connected(store_url) as connection:
        assert differences(connection) == []


@pytest.mark.parametrize("version", OLD_DATABASES)
def test_what_is_stored_gets_its_digests(store_url: str, version: str) -> None:
    """Also beside an event that was damaged before, which keeps no database from being opened."""
    damaged = OLD_DATABASES[version] + 'UPDATE events SET payload = \'{"kind": "?"}\' WHERE seq = 1;\n'
    write_old(store_url, damaged)
    store = EventStore(store_url)
    found = verify(store)
    store.append("old", 2, [NewEvent("c:2", Paused(), datetime(2026, 11, 1, tzinfo=UTC))])
    store.close()
    assert [(item.seq, "cannot read" in item.text) for item in found.faults] == [(1, True)]
    with connected(store_url) as connection:
        digests = connection.execute(text("SELECT digest FROM events ORDER BY seq")).scalars().all()
    made = [digest is not None for digest in digests]
    assert made == [version not in ("with digests", "with sign-ins")] * 2 + [True]


def test_every_released_revision_has_a_database_to_start_from() -> None:
    revisions = [script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()]
    covered = [name for name in revisions if any(f"'{name}'" in sql for sql in OLD_DATABASES.values())]
    assert sorted(covered) == sorted(revisions)


def test_revisions_form_one_line() -> None:
    scripts = ScriptDirectory(str(MIGRATIONS))
    assert len(scripts.get_heads()) == 1
    assert len(scripts.get_bases()) == 1


def test_down_to_nothing_and_up_again(store_url: str) -> None:
    EventStore(store_url).close()
    with connected(store_url) as connection:
        command.downgrade(config_for(connection), "base")
    with connected(store_url) as connection:
        assert inspect(connection).get_table_names() == ["alembic_version"]
    EventStore(store_url).close()
    with connected(store_url) as connection:
        assert differences(connection) == []


def test_a_database_of_a_newer_version_is_left_alone(store_url: str) -> None:
    EventStore(store_url).close()
    with connected(store_url) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SetupError, match="written by a newer version"):
        EventStore(store_url)
    with connected(store_url) as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == "9999"


def test_replicas_that_start_together_all_start(store_url: str) -> None:
    ready = threading.Barrier(6)

    def start(_: int) -> None:
        ready.wait()
        store = EventStore(store_url)
        store.check()
        store.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(start, range(6)))
    with connected(store_url) as connection:
        assert differences(connection) == []


# Says that it is ready, and opens the database when it is told to.
OPEN_WHEN_TOLD = """
import sys
from interviewer.store import EventStore
print("ready", flush=True)
sys.stdin.readline()
store = EventStore(sys.argv[1])
store.check()
store.close()
"""


def test_processes_that_start_together_on_an_empty_database_all_start(store_url: str) -> None:
    command = [sys.executable, "-c", OPEN_WHEN_TOLD, store_url]
    with ExitStack() as stack:
        processes = [
            stack.enter_context(
                subprocess.Popen(
                    command, cwd=ROOT, text=True, stdin=PIPE, stdout=PIPE, stderr=subprocess.STDOUT
                )
            )
            for _ in range(4)
        ]
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n", process.stdout.read()
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()
        for process in processes:
            said, _ = process.communicate(timeout=60)
            assert process.returncode == 0, said
    with connected(store_url) as connection:
        assert differences(connection) == []
