"""The event log on SQLite and on PostgreSQL: what was acknowledged is there, once, and in order."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from postgres_server import PostgresServer
from round_world import START, asks, setup_of
from sqlalchemy import create_engine, insert, select, text

from interviewer.errors import (
    SetupError,
    StoreConflict,
    StoreError,
    StoreFull,
    StoreUnavailable,
    UnknownThing,
)
from interviewer.events import Answered, Asked, Paused, Payload, Resumed, Started
from interviewer.profiles import Profile, ProfileStore
from interviewer.store import EventStore, NewEvent, default_url, loops
from interviewer.verify import verify

STRANGE_IDS = ["", "no-such-session", "x" * 5000, "null\0byte", "lone \ud800 surrogate", "' OR 1=1 --"]
AWKWARD_TEXT = "“quotes” \\ \\u0000 'single' %s :name {braces} 𝕌𝕟𝕚𝕔𝕠𝕕𝕖 \t tab\nnewline \N{ZERO WIDTH JOINER}"


def new(key: str, payload: Payload | None = None, at: datetime = START) -> NewEvent:
    return NewEvent(key, payload or Paused(), at)


def begin(
    store: EventStore, session_id: str = "s1", owner: str = "local", visitor: str | None = None
) -> None:
    store.create(session_id, owner, f"Round {session_id}", new("start", Started(setup_of())), visitor)


def keys(store: EventStore, session_id: str = "s1") -> list[str]:
    return [event.client_event_id for event in store.load(session_id)]


@pytest.fixture
def store(store_url: str) -> Iterator[EventStore]:
    opened = EventStore(store_url)
    yield opened
    opened.close()


def test_events_come_back_as_they_were(store: EventStore, store_url: str) -> None:
    begin(store)
    payloads: list[Payload] = [asks("kv-cache", AWKWARD_TEXT), Answered(AWKWARD_TEXT), Answered("x" * 50_000)]
    stored = store.append("s1", 1, [new(f"k{n}", payload) for n, payload in enumerate(payloads)])
    other = EventStore(store_url)
    loaded = other.load("s1")
    other.close()

    assert loaded[1:] == stored
    assert [event.payload for event in loaded] == [Started(setup_of()), *payloads]
    assert [event.seq for event in loaded] == [1, 2, 3, 4]


def test_times_come_back_in_utc(store: EventStore) -> None:
    begin(store)
    local = datetime(2026, 7, 1, 1, 30, 15, 250_000, tzinfo=timezone(timedelta(hours=2)))
    store.append("s1", 1, [new("k", at=local)])
    at = store.load("s1")[-1].at

    assert at == local
    assert at.utcoffset() == timedelta(0)
    assert store.session("s1").updated_at == local


@pytest.mark.parametrize(
    ("after_seq", "batch"),
    [
        (0, ["fresh"]),
        (1, ["fresh"]),
        (2, ["second"]),
        (2, ["fresh", "start"]),
        (2, ["fresh", "fresh"]),
    ],
    ids=["at the beginning", "a place taken", "a key stored already", "the last of two", "twice in a batch"],
)
def test_a_conflict_stores_nothing(store: EventStore, after_seq: int, batch: list[str]) -> None:
    begin(store)
    store.append("s1", 1, [new("second")])
    with pytest.raises(StoreConflict):
        store.append("s1", after_seq, [new(key) for key in batch])

    assert keys(store) == ["start", "second"]
    store.append("s1", 2, [new("third")])
    assert keys(store) == ["start", "second", "third"]


@pytest.mark.parametrize("count", [1, 2])
def test_whoever_knows_how_the_log_ends_appends_without_reading_it(store: EventStore, count: int) -> None:
    begin(store)
    last = store.append("s1", 1, [new("second")])[-1]
    more = [new(f"more-{place}") for place in range(count)]
    with pytest.raises(StoreConflict):
        store.append("s1", 2, more, after_digest="0" * 64)
    with pytest.raises(StoreConflict):
        store.append("s1", 1, more, after_digest=last.digest)
    with pytest.raises(StoreConflict):
        store.append("s2", 2, more, after_digest=last.digest)
    with pytest.raises(StoreConflict):
        store.append("s1", 2, [new("start")], after_digest=last.digest)
    assert keys(store) == ["start", "second"]
    stored = store.append("s1", 2, more, after_digest=last.digest)
    assert store.load("s1")[2:] == stored
    assert [event.digest for event in store.load("s1")[2:]] == [event.digest for event in stored]
    assert not verify(store).faults


def test_an_append_to_a_session_of_somebody_else_stores_nothing(store: EventStore) -> None:
    begin(store)
    with pytest.raises(StoreConflict):
        store.append("s1", 1, [new("k")], owner="somebody")
    assert keys(store) == ["start"]
    store.append("s1", 1, [new("k")], owner="local")
    assert keys(store) == ["start", "k"]


def test_a_key_is_unique_within_its_session_only(store: EventStore) -> None:
    begin(store, "s1")
    begin(store, "s2")
    store.append("s1", 1, [new("k")])
    store.append("s2", 1, [new("k")])
    assert keys(store, "s1") == keys(store, "s2") == ["start", "k"]


def test_a_session_is_created_once(store: EventStore) -> None:
    begin(store)
    with pytest.raises(StoreConflict):
        begin(store, owner="somebody else")
    assert store.session("s1").owner == "local"
    assert keys(store) == ["start"]


def test_nothing_is_appended_to_a_session_that_is_not_there(store: EventStore) -> None:
    with pytest.raises(StoreError):
        store.append("ghost", 0, [new("k")])
    with pytest.raises(UnknownThing):
        store.load("ghost")


def test_racing_writers_get_one_place_each(store: EventStore, store_url: str) -> None:
    """Eight writers want ten events each at the end of one log: every acknowledged one is there once, gaplessly."""
    begin(store)
    writers = [EventStore(store_url) for _ in range(8)]
    ready = threading.Barrier(len(writers))

    def write(number: int) -> list[str]:
        ready.wait()
        done = []
        for turn in range(10):
            key = f"w{number}-{turn}"
            while True:
                last = writers[number].load("s1")[-1].seq
                try:
                    writers[number].append("s1", last, [new(key)])
                except StoreConflict:
                    continue
                done.append(key)
                break
        return done

    with ThreadPoolExecutor(len(writers)) as pool:
        acknowledged = [key for done in pool.map(write, range(len(writers))) for key in done]
    for writer in writers:
        writer.close()

    events = store.load("s1")
    assert sorted(event.client_event_id for event in events[1:]) == sorted(acknowledged)
    assert [event.seq for event in events] == list(range(1, 82))


def test_one_of_many_that_send_the_same_key_is_stored(store: EventStore) -> None:
    begin(store)
    ready = threading.Barrier(6)

    def send(number: int) -> bool:
        ready.wait()
        try:
            store.append("s1", 1, [new("same", Answered(f"from {number}"))])
        except StoreConflict:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        won = list(pool.map(send, range(6)))
    assert sum(won) == 1
    assert [event.payload for event in store.load("s1")[1:]] == [Answered(f"from {won.index(True)}")]


def test_threads_share_a_database_in_memory() -> None:
    """A conflict in one thread must not take back what another thread was told is stored."""
    store = EventStore("sqlite://")
    for number in range(6):
        begin(store, f"s{number}")
    ready = threading.Barrier(6)

    def write(number: int) -> None:
        ready.wait()
        for turn in range(20):
            store.append(f"s{number}", turn + 1, [new(f"k{turn}")])
            with pytest.raises(StoreConflict):
                store.append(f"s{number}", turn + 1, [new("late")])

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, range(6)))
    for number in range(6):
        assert keys(store, f"s{number}") == ["start", *(f"k{turn}" for turn in range(20))]
    store.close()


def test_sessions_are_listed_latest_first(store: EventStore) -> None:
    for place, name in enumerate(["a", "b", "c"]):
        begin(store, name, owner="ann" if name != "b" else "bob")
        store.append(name, 1, [new("k", at=START + timedelta(minutes=place))])
    store.append("a", 2, [new("later", at=START + timedelta(hours=1))])

    assert [item.id for item in store.list()] == ["a", "c", "b"]
    assert [item.id for item in store.list("ann")] == ["a", "c"]
    assert [item.id for item in store.list(limit=1)] == ["a"]
    assert store.list("nobody") == ()
    assert store.session("a").created_at == START


def test_a_list_continues_after_a_place_in_it(store: EventStore) -> None:
    """Also within one moment, and although what was listed is used, deleted or not there any more."""
    for name in "dcbae":
        begin(store, name, owner="bob" if name == "e" else "ann")
    store.append("d", 1, [new("k", at=START + timedelta(microseconds=1))])

    assert [item.id for item in store.list()] == ["d", "a", "b", "c", "e"]
    assert [item.id for item in store.list(limit=2, before=(START, "a"))] == ["b", "c"]
    assert [item.id for item in store.list(before=(START + timedelta(microseconds=1), "d"))] == [*"abce"]
    assert [item.id for item in store.list("ann", before=(START, "b"))] == ["c"]
    store.append("b", 1, [new("k", at=START + timedelta(hours=1))])
    store.delete("c")
    assert [item.id for item in store.list(before=(START, "c"))] == ["e"]
    assert store.list(before=(START, "e")) == ()


def test_a_browser_finds_its_latest_unfinished_session(store: EventStore) -> None:
    for place, name in enumerate(["old", "new", "done"]):
        begin(store, name, visitor="browser")
        at = START + timedelta(minutes=place)
        store.append(name, 1, [new("k", at=at)], finished=name == "done")

    assert store.session("done").finished
    assert not store.session("new").finished
    assert store.latest_open("browser", "local") == "new"
    assert store.latest_open("another browser", "local") is None
    store.set_visitor("new", None)
    assert store.latest_open("browser", "local") == "old"
    store.set_visitor("old", "another browser")
    assert store.latest_open("browser", "local") is None


def test_deleting_takes_the_events_along(store: EventStore) -> None:
    begin(store, "s1")
    begin(store, "s2")
    store.delete("s1")

    assert [item.id for item in store.list()] == ["s2"]
    for call in (store.load, store.session, store.delete):
        with pytest.raises(UnknownThing):
            call("s1")
    begin(store, "s1")
    assert keys(store) == ["start"]


def test_deleting_everything_of_an_owner_leaves_nothing_of_theirs_and_all_of_others(
    store: EventStore,
) -> None:
    begin(store, "s1")
    begin(store, "s2")
    store.append("s1", 1, [new("secret", Answered("My secret kernels"))])
    store.create("theirs", "somebody else", "t", new("start", Started(setup_of())), None)
    for owner in ("local", "somebody else"):
        ProfileStore(store).change(owner, "tiny", lambda _: Profile(level="IC1"), START)
    with store.transaction(writes=True) as connection:
        row = {"pack": "tiny", "id": "l", "version": 1, "data": {}, "updated_at": START}
        connection.execute(insert(loops), [{"owner": owner, **row} for owner in ("local", "somebody else")])

    assert store.delete_all("local") == 2
    assert store.delete_all("local") == 0
    assert [item.id for item in store.list()] == ["theirs"]
    assert ProfileStore(store).load("local", "tiny") == Profile()
    assert ProfileStore(store).load("somebody else", "tiny").level == "IC1"
    with store.transaction() as connection:
        assert connection.execute(select(loops.c.owner)).scalars().all() == ["somebody else"]


def test_what_is_deleted_is_not_left_in_sqlites_file(tmp_path: Path) -> None:
    store = EventStore(f"sqlite:///{tmp_path / 'rounds.db'}")
    store.create("s1", "local", "t", new("start", Started(setup_of())), None)
    store.append("s1", 1, [new("secret", Answered("My secret kernels"))])

    def held() -> bool:
        return any(b"My secret kernels" in file.read_bytes() for file in tmp_path.iterdir())

    assert held()
    store.delete_all("local")
    assert not held()
    store.close()


def test_an_unknown_id_is_said_to_be_unknown(store: EventStore) -> None:
    begin(store)
    for session_id in STRANGE_IDS:
        for call in (store.load, store.session, store.delete):
            with pytest.raises(UnknownThing, match="There is no session"):
                call(session_id)
        assert store.latest_open(session_id, "local") is None
    assert keys(store) == ["start"]


def test_an_event_of_a_newer_version_is_not_guessed_at(store: EventStore, store_url: str) -> None:
    begin(store)
    store.append("s1", 1, [new("k", Asked("What?"))])
    _run(store_url, """UPDATE events SET payload = '{"kind": "telepathy"}' WHERE seq = 2""")
    with pytest.raises(StoreUnavailable, match="s1 holds an event that this version cannot read"):
        store.load("s1")
    assert store.session("s1").title == "Round s1"


def test_a_cut_off_payload_is_reported(tmp_path: Path) -> None:
    url = default_url(tmp_path)
    store = EventStore(url)
    begin(store)
    _run(url, """UPDATE events SET payload = '{"kind": "star'""")
    with pytest.raises(StoreUnavailable, match="s1 holds an event that this version cannot read"):
        store.load("s1")
    store.close()


def test_a_damaged_list_is_reported(tmp_path: Path) -> None:
    url = default_url(tmp_path)
    store = EventStore(url)
    begin(store)
    _run(url, "UPDATE sessions SET updated_at = '2026-03-02 1o'")
    for call in (store.list, lambda: store.session("s1")):
        with pytest.raises(StoreUnavailable, match="The list of sessions is damaged"):
            call()
    _run(url, "UPDATE events SET payload = CAST(x'7b22ff' AS TEXT)")
    with pytest.raises(StoreUnavailable, match="The database file is damaged"):
        store.load("s1")
    store.close()


def test_a_full_disk_is_one_clear_error_and_loses_nothing(tmp_path: Path) -> None:
    url = default_url(tmp_path)
    store = EventStore(url)
    begin(store)
    _limit_pages(store, at_most_kb=0)
    acknowledged = ["start"]
    sentence = r"^The disk is full, so nothing new can be stored; free some space and send it again\.$"

    def fill() -> None:
        for number in range(100):
            at = START + timedelta(seconds=number)
            store.append("s1", len(acknowledged), [new(f"k{number}", Answered("x" * 4000), at)])
            acknowledged.append(f"k{number}")

    with pytest.raises(StoreFull, match=sentence):
        fill()
    refused = f"k{len(acknowledged) - 1}"
    with pytest.raises(StoreFull, match=sentence):
        store.append("s1", len(acknowledged), [new(refused, Answered("y" * 40_000))])
    assert keys(store) == acknowledged
    store.check()

    _limit_pages(store, at_most_kb=10_000)
    store.append("s1", len(acknowledged), [new(refused, Answered("y" * 40_000))])
    store.close()
    again = EventStore(url)
    assert keys(again) == [*acknowledged, refused]
    again.close()
    with sqlite3.connect(tmp_path / "mockround.db") as plain:
        assert plain.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    plain.close()


def test_a_power_cut_is_survived_by_what_was_acknowledged(tmp_path: Path) -> None:
    """The log and its file are synced at every commit, on every connection."""
    store = EventStore(default_url(tmp_path))
    with store._engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    store.close()


@pytest.mark.parametrize("what", ["removed", "replaced"])
def test_a_file_that_was_taken_away_acknowledges_nothing(tmp_path: Path, what: str) -> None:
    """The system lets a process write to a file that was unlinked; all of it is gone when the process ends."""
    path = tmp_path / "mockround.db"
    store = EventStore(default_url(tmp_path))
    begin(store)
    kept = path.rename(tmp_path / "kept.db")
    if what == "replaced":
        path.write_bytes(kept.read_bytes())
    for call in (
        store.check,
        lambda: store.append("s1", 1, [new("k")]),
        lambda: begin(store, "s2"),
    ):
        with pytest.raises(
            StoreUnavailable, match=r"mockround\.db was removed or replaced .* restart mockround"
        ):
            call()
    kept.replace(path)
    store.check()
    store.append("s1", 1, [new("k")])
    assert keys(store) == ["start", "k"]
    store.close()


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "mockround.db"
    path.write_bytes(b"My thesis. " * 1000)
    with pytest.raises(StoreUnavailable, match="damaged"):
        EventStore(default_url(tmp_path))
    assert path.read_bytes() == b"My thesis. " * 1000


def test_a_locked_database_is_said_to_be_busy(tmp_path: Path) -> None:
    url = default_url(tmp_path)
    store = EventStore(url)
    begin(store)
    with store._engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=50")
    blocker = sqlite3.connect(tmp_path / "mockround.db", isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="busy"):
        store.append("s1", 1, [new("k")])
    assert keys(store) == ["start"]
    blocker.execute("ROLLBACK")
    blocker.close()
    store.append("s1", 1, [new("k")])
    assert keys(store) == ["start", "k"]
    store.close()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("not a url", "not one SQLAlchemy understands"),
        ("nosuchdialect://x", "not one SQLAlchemy understands"),
        ("mysql+pymysql://u@h/db", "driver 'pymysql' is not installed"),
        ("postgresql+psycopg://u@h:port/db", "not one SQLAlchemy understands"),
    ],
)
def test_an_unusable_url_is_the_operators(url: str, says: str) -> None:
    with pytest.raises(SetupError, match=says):
        EventStore(url)


def test_a_folder_that_cannot_be_made_is_the_operators(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SetupError, match="file/data cannot be used: Not a directory"):
        EventStore(default_url(tmp_path / "file" / "data"))


@pytest.mark.parametrize("scheme", ["postgresql+psycopg", "postgresql", "postgres"])
def test_a_server_that_is_not_there_is_unavailable(scheme: str, tmp_path: Path) -> None:
    """Hosts hand out the short schemes; they mean the driver that comes with the extra `postgres`."""
    with pytest.raises(StoreUnavailable, match="does not answer"):
        EventStore(f"{scheme}://u:secret@/db?host={tmp_path}")


def test_no_error_shows_the_password(tmp_path: Path) -> None:
    for url in (f"postgresql+psycopg://u:s3cret@/db?host={tmp_path}", "nosuch://u:s3cret@h/db"):
        with pytest.raises((StoreError, SetupError)) as caught:
            EventStore(url)
        assert "s3cret" not in str(caught.value)


@pytest.mark.postgres
def test_a_restarted_server_is_met_again(postgres_server: PostgresServer) -> None:
    store = EventStore(postgres_server.new_url())
    begin(store)
    postgres_server.cut_connections()
    store.append("s1", 1, [new("k", Resumed())])
    assert keys(store) == ["start", "k"]
    store.close()


def _run(url: str, statement: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(statement.replace(":", r"\:")))
    engine.dispose()


def _limit_pages(store: EventStore, at_most_kb: int) -> None:
    """A small disk: SQLite answers as it does on a full one. The pool has one connection, which keeps the limit."""
    with store._engine.connect() as connection:
        page_size = connection.exec_driver_sql("PRAGMA page_size").scalar()
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        assert isinstance(page_size, int)
        assert isinstance(pages, int)
        limit = max(pages + 8, at_most_kb * 1024 // page_size)
        connection.exec_driver_sql(f"PRAGMA max_page_count={limit}")
