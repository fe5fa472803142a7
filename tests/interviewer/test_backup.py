"""Backup and restore: a copy of one moment while others write, and nothing replaced that should not be."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from cli_runner import Run
from round_world import START, setup_of
from test_migrations import OLD_DATABASES, write_old

from interviewer.access.sign_ins import SignIns
from interviewer.backup import back_up, restore
from interviewer.build import Parts
from interviewer.errors import BadInput, SetupError, StoreUnavailable
from interviewer.events import Asked, Started
from interviewer.files import replace_file
from interviewer.store import EventStore, NewEvent, default_url
from interviewer.verify import verify


@pytest.fixture
def command_parts(parts: Parts) -> Parts:
    """Nothing here is about embeddings."""
    return parts


def fill(folder: Path, session_id: str = "s1", events: int = 3) -> EventStore:
    store = EventStore(default_url(folder))
    store.create(session_id, "local", "Round", NewEvent("start", Started(setup_of()), START))
    for seq in range(1, events):
        store.append(session_id, seq, [asks(seq)])
    return store


def asks(seq: int) -> NewEvent:
    return NewEvent(f"k{seq}", Asked(f"{seq} " + "words " * 200), START + timedelta(seconds=seq))


def test_who_was_signed_in_then_signs_in_again(tmp_path: Path) -> None:
    store = fill(tmp_path / "data")
    SignIns(store).begin("ann", 3600)
    store.close()
    database, backup = tmp_path / "data" / "mockround.db", tmp_path / "backup.db"
    back_up(f"sqlite:///{database}", backup)
    restore(backup, f"sqlite:///{database}", force=True)
    store = EventStore(default_url(tmp_path / "data"))
    assert SignIns(store).end_all("ann") == 0
    store.close()


def ids(folder: Path) -> list[str]:
    store = EventStore(default_url(folder))
    found = [item.id for item in store.list()]
    store.close()
    return found


def look(folder: Path) -> None:
    """What every command does first, and what `sessions verify` does."""
    store = EventStore(default_url(folder))
    try:
        verify(store)
        for item in store.list():
            store.load(item.id)
    finally:
        store.close()


def beside(folder: Path) -> list[str]:
    """What lies in a folder, but for SQLite's own files beside an open database."""
    return sorted(path.name for path in folder.iterdir() if not path.name.endswith(("-wal", "-shm")))


def test_a_backup_made_while_others_write_is_one_moment(tmp_path: Path) -> None:
    data = tmp_path / "data"
    store = fill(data)
    acknowledged = [3]
    stopped = threading.Event()

    def write() -> None:
        while not stopped.is_set():
            store.append("s1", acknowledged[0], [asks(acknowledged[0])])
            acknowledged[0] += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(8):
            before = acknowledged[0]
            back_up(default_url(data), tmp_path / f"copy-{number}.db")
            after = acknowledged[0] + 1
            restore(tmp_path / f"copy-{number}.db", default_url(tmp_path / f"restored-{number}"))
            copy = EventStore(default_url(tmp_path / f"restored-{number}"))
            assert before <= copy.load("s1")[-1].seq <= after
            assert verify(copy).faults == ()
            copy.close()
    finally:
        stopped.set()
        writer.join()
    assert verify(store).faults == ()
    assert store.load("s1")[-1].seq == acknowledged[0]
    store.close()
    assert beside(data) == ["mockround.db"]


def test_a_backup_is_one_file_for_oneself(tmp_path: Path) -> None:
    fill(tmp_path / "data").close()
    (tmp_path / "kept").mkdir()
    target = tmp_path / "kept" / "copy.db"
    assert back_up(default_url(tmp_path / "data"), target) == target.stat().st_size
    assert [path.name for path in target.parent.iterdir()] == ["copy.db"]
    assert target.stat().st_mode & 0o077 == 0
    with pytest.raises(BadInput, match="is there already"):
        back_up(default_url(tmp_path / "data"), target)
    fill(tmp_path / "data", "s2").close()
    back_up(default_url(tmp_path / "data"), target, force=True)
    restore(target, default_url(tmp_path / "new"))
    assert sorted(ids(tmp_path / "new")) == ["s1", "s2"]


def test_a_damaged_database_makes_no_backup_and_leaves_the_last(tmp_path: Path) -> None:
    data, target = tmp_path / "data", tmp_path / "copy.db"
    fill(data, events=60).close()
    back_up(default_url(data), target)
    before = target.read_bytes()
    content = bytearray((data / "mockround.db").read_bytes())
    for place in random.Random(2).sample(range(4096, len(content) - 600), 12):
        content[place : place + 600] = b"\xa5" * 600
    (data / "mockround.db").write_bytes(content)
    with pytest.raises(StoreUnavailable, match="cannot be copied"):
        back_up(default_url(data), target, force=True)
    assert target.read_bytes() == before
    assert beside(tmp_path) == ["copy.db", "data"]

    assert restore(target, default_url(data), force=True) == 1
    assert ids(data) == ["s1"]


def test_whatever_a_disk_makes_of_the_file_is_told_in_a_sentence(tmp_path: Path) -> None:
    """Bits that flip anywhere, and a file that is cut off: opened, listed, verified, copied, and then replaced."""
    data, copy = tmp_path / "data", tmp_path / "copy.db"
    fill(data).close()
    back_up(default_url(data), copy)
    whole = (data / "mockround.db").read_bytes()
    used = [place for place, byte in enumerate(whole) if byte]
    refused = 0
    for seed in range(60):
        rng = random.Random(seed)
        content = bytearray(whole)
        for place in rng.sample(used, rng.choice((1, 8, 64))):
            content[place] ^= rng.randrange(1, 256)
        if seed % 10 == 0:
            del content[rng.randrange(len(content)) :]
        shutil.rmtree(data)
        data.mkdir()
        (data / "mockround.db").write_bytes(content)
        for use in (
            lambda: look(data),
            lambda: back_up(default_url(data), tmp_path / "other.db", force=True),
        ):
            try:
                use()
            except (StoreUnavailable, SetupError):
                refused += 1
        assert restore(copy, default_url(data), force=True) == 1
        assert ids(data) == ["s1"]
    assert refused > 50


@pytest.mark.parametrize("version", OLD_DATABASES)
def test_a_backup_of_an_older_version_is_brought_up_to_date(tmp_path: Path, version: str) -> None:
    # What those databases hold is read, and is no interview: nothing was asked before it was answered.
    statements = OLD_DATABASES[version].replace("answered", "asked")
    write_old(f"sqlite:///{tmp_path / 'old.db'}", statements)
    before = (tmp_path / "old.db").read_bytes()
    assert restore(tmp_path / "old.db", default_url(tmp_path / "data")) == 1
    assert (tmp_path / "old.db").read_bytes() == before
    store = EventStore(default_url(tmp_path / "data"))
    assert len(store.load("old")) == 2
    assert verify(store).faults == ()
    store.close()


def test_what_is_there_is_replaced_by_force_alone(tmp_path: Path) -> None:
    data, copy = tmp_path / "data", tmp_path / "copy.db"
    fill(data).close()
    back_up(default_url(data), copy)
    fill(data, "s2").close()
    (data / "mockround.db").chmod(0o640)
    with pytest.raises(BadInput, match="add --force"):
        restore(copy, default_url(data))
    assert sorted(ids(data)) == ["s1", "s2"]
    assert restore(copy, default_url(data), force=True) == 1
    assert ids(data) == ["s1"]
    assert (data / "mockround.db").stat().st_mode & 0o777 == 0o640


def test_nothing_is_replaced_by_what_is_not_whole(tmp_path: Path) -> None:
    data, copy = tmp_path / "data", tmp_path / "copy.db"
    store = fill(data)
    store.close()
    back_up(default_url(data), copy)
    with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
        connection.execute("DELETE FROM events WHERE seq = 2")
    (tmp_path / "thesis.db").write_bytes(b"My thesis. " * 1000)
    with closing(sqlite3.connect(tmp_path / "other.db")) as connection:
        connection.execute("CREATE TABLE songs (name TEXT)")
    for name, error, says in (
        (
            "copy.db",
            SetupError,
            r"is not whole, so nothing was replaced; take an older .* Session s1: event 2 is missing",
        ),
        ("thesis.db", BadInput, "no backup of mockround's"),
        ("other.db", BadInput, "mockround never wrote to it"),
        ("nothing.db", BadInput, "There is no file"),
        ("data/mockround.db", BadInput, "is the database itself"),
    ):
        with pytest.raises(error, match=says):
            restore(tmp_path / name, default_url(data), force=True)
    assert ids(data) == ["s1"]
    assert beside(data) == ["mockround.db"]


def test_a_device_is_not_replaced_by_force_either(tmp_path: Path) -> None:
    fill(tmp_path / "data").close()
    database, pipe = tmp_path / "data" / "mockround.db", tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(SetupError, match="it is no file"):
        back_up(f"sqlite:///{database}", pipe, force=True)
    assert pipe.is_fifo()
    with pytest.raises(OSError, match="it is no file"):
        replace_file(pipe, b"words")
    assert pipe.is_fifo()


def test_a_newer_versions_backup_is_refused(tmp_path: Path) -> None:
    fill(tmp_path / "data").close()
    back_up(default_url(tmp_path / "data"), tmp_path / "copy.db")
    with closing(sqlite3.connect(tmp_path / "copy.db", isolation_level=None)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SetupError, match="newer version"):
        restore(tmp_path / "copy.db", default_url(tmp_path / "other"))
    assert not list((tmp_path / "other").iterdir())


HOLDS = """
import sys
from interviewer.store import EventStore
store = EventStore(sys.argv[1])
print("open", flush=True)
sys.stdin.readline()
store.close()
"""


def test_a_database_in_use_is_not_replaced(tmp_path: Path) -> None:
    """By a process that has it open, though it does nothing with it now."""
    data, copy = tmp_path / "data", tmp_path / "copy.db"
    fill(data).close()
    back_up(default_url(data), copy)
    command = [sys.executable, "-c", HOLDS, default_url(data)]
    with subprocess.Popen(
        command, cwd=Path(__file__).parents[2], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        with pytest.raises(SetupError, match="is open in a running mockround; stop it first"):
            restore(copy, default_url(data), force=True)
        process.stdin.write("\n")
        process.stdin.flush()
        assert process.wait(60) == 0
    assert restore(copy, default_url(data), force=True) == 1


def test_what_a_killed_server_left_beside_the_file_is_not_taken_for_the_new_ones(tmp_path: Path) -> None:
    data, copy = tmp_path / "data", tmp_path / "copy.db"
    fill(data).close()
    back_up(default_url(data), copy)
    store = fill(data, "s2")
    left = {path.name: path.read_bytes() for path in data.iterdir()}
    store.close()
    for name, content in left.items():
        (data / name).write_bytes(content)
    assert set(left) == {"mockround.db", "mockround.db-wal", "mockround.db-shm"}
    assert restore(copy, default_url(data), force=True) == 1
    assert ids(data) == ["s1"]


def test_the_commands(run: Run, tmp_path: Path) -> None:
    data, copy = tmp_path / "data", tmp_path / "copy.db"
    assert "There is no database" in run("backup", copy, "--data", data).sentence
    assert not data.exists()
    store = fill(data)
    done = run("backup", copy, "--data", data)
    assert (done.code, done.out) == (0, "")
    assert f"Wrote {copy}" in done.err
    assert run("backup", copy, "--data", data).code == 2
    assert "is open in a running" in run("restore", copy, "--force", "--data", data).sentence
    store.close()
    assert "add --force" in run("restore", copy, "--data", data).sentence
    done = run("restore", copy, "--force", "--data", data)
    assert (done.code, "Restored 1 session from" in done.err) == (0, True)
    assert run("sessions", "verify", "--data", data).code == 0
    server = ("--db", "postgresql://nobody@/none")
    for words in (("backup", tmp_path / "x"), ("restore", copy)):
        assert "pg_dump" in run(*words, *server).sentence
