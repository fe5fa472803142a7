"""`sessions verify`: nothing to say of what the service wrote, and a sentence for whatever was done to it since."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cli_runner import Run, whole_json
from round_world import START, World, asks, make_world, settle, setup_of
from sqlalchemy import create_engine, insert, text

from interviewer.build import Parts
from interviewer.errors import UnknownThing
from interviewer.events import Answered, Paused, Said, Started, Utterance
from interviewer.loops import Loop, StageAttempt
from interviewer.owners import LOCAL_OWNER
from interviewer.store import EventStore, NewEvent, default_url, loops
from interviewer.verify import Verification, verify

ANSWER = "credit 0.3 The cache grows with every token."


@pytest.fixture
def command_parts(parts: Parts) -> Parts:
    """Nothing here is about embeddings."""
    return parts


@pytest.fixture
def store(store_url: str) -> Iterator[EventStore]:
    """One session: an intro, a question, an answer to it and a pause; the last one is the fifth event."""
    opened = EventStore(store_url)
    fill(opened)
    yield opened
    opened.close()


def fill(store: EventStore) -> None:
    payloads = [Said(Utterance.INTRO, "Hello"), asks("kv-cache"), Answered(ANSWER), Paused()]
    events = [
        NewEvent(f"e{seq}", payload, START + timedelta(seconds=seq)) for seq, payload in enumerate(payloads)
    ]
    store.create("s1", "local", "Round", NewEvent("start", Started(setup_of()), START), more=events)


def change(url: str, *statements: str) -> None:
    """What somebody does to the database behind our back; SQLite does not look at foreign keys then."""
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement.replace(":", r"\:")))
    engine.dispose()


def faults(found: Verification) -> list[str]:
    return [item.text for item in found.faults]


async def test_what_a_service_wrote_is_whole(parts: Parts, store_url: str) -> None:
    """A round with a failing judge, a hint, a pause and an end, one that is open, and one that was taken in as a file."""
    world = make_world(parts, store_url)
    view = await world.start(questions=2)
    for action in ("hint", "pause", "resume"):
        await world.act(view.id, action)
    for words in ("judge fails", "credit 0.9 All of it."):
        world.clock.tick(30)
        view = await world.say(view.id, words)
    world.judge.broken = False
    await world.act(view.id, "retry")
    await world.act(view.id, "end")
    await world.start()
    moved = json.loads(await world.service.exchange.export(view.id, LOCAL_OWNER))
    moved["id"] = "5d2dd0c2-3f8f-4e0c-8a5b-2f3a4c0f9a11"
    await world.service.exchange.take_in(json.dumps(moved).encode(), "local")

    found = verify(world.store)
    assert (found.sessions, found.faults, found.remarks) == (3, (), ())
    assert found.events == sum(world.store.lengths("local").values())
    assert verify(world.store, [view.id]).sessions == 1
    await world.service.aclose()


async def test_a_file_with_times_of_another_zone_is_taken_in_as_it_was(parts: Parts, store_url: str) -> None:
    """SQLite keeps no zone; what was an hour in Berlin must not become that hour in UTC."""
    world = make_world(parts, store_url)
    view = await world.start()
    before = world.store.load(view.id)
    moved = json.loads(await world.service.exchange.export(view.id, LOCAL_OWNER))
    for event in moved["events"]:
        event["at"] = event["at"].replace("T10:00:00+00:00", "T12:00:00+02:00")
        assert event["at"].endswith("+02:00")
    await world.service.delete(view.id, LOCAL_OWNER)
    await world.service.exchange.take_in(json.dumps(moved).encode(), "local")

    assert world.store.load(view.id) == before
    assert (world.store.session(view.id).created_at, verify(world.store).faults) == (START, ())
    await world.service.aclose()


WORDS = "UPDATE events SET payload = '{}' WHERE seq = {}"


@pytest.mark.parametrize(
    ("done", "says"),
    [
        ("DELETE FROM events WHERE seq = 3", ["Session s1: event 3 is missing.", "event 4: it was changed"]),
        ("DELETE FROM events WHERE seq IN (2, 3)", ["events 2 to 3 are missing", "event 4: it was changed"]),
        ("DELETE FROM events WHERE seq = 5", ["the event with which it was last used is missing"]),
        (
            "DELETE FROM events WHERE seq = 1",
            ["event 1 is missing", "event 2: it was changed", "it makes no"],
        ),
        ("DELETE FROM events", ["it has no events"]),
        (
            WORDS.format('{"kind": "answered", "text": "All of it."}', 4),
            ["Session s1, event 4: it was changed"],
        ),
        (WORDS.format('{"kind": "telepathy"}', 4), ["event 4: this version cannot read it"]),
        ("UPDATE events SET kind = 'asked' WHERE seq = 4", ["listed as 'asked' and says 'answered'"]),
        ("UPDATE events SET client_event_id = 'x' WHERE seq = 2", ["event 2: it was changed"]),
        (
            "UPDATE events SET seq = 6 - seq + 10",
            ["events 1 to 10 are missing", "it was changed", "it makes no"],
        ),
        ("UPDATE sessions SET finished = 1", ["says that it is finished, and by its log it is open"]),
        (
            "UPDATE sessions SET created_at = '2026-03-01 00:00:00.000000'",
            ["began at another time than its first event"],
        ),
    ],
)
def test_what_was_done_to_a_log_is_named(
    store: EventStore, store_url: str, done: str, says: list[str]
) -> None:
    change(store_url, done)
    found = faults(verify(store))
    assert all(any(part in sentence for sentence in found) for part in says), found
    assert all(sentence.startswith("Session s1") for sentence in found)


@pytest.mark.parametrize(
    ("done", "says"),
    [
        ("DELETE FROM sessions", "Session s1: 5 events are stored, and the session is not."),
        (WORDS.format('{"kind": "answ', 4), "Session s1, event 4: this version cannot read it"),
        ("UPDATE events SET payload = CAST(x'7b22ff' AS TEXT) WHERE seq = 4", "event 4: this version cannot"),
        ("UPDATE events SET at = 'yesterday' WHERE seq = 4", "Session s1, event 4: 'yesterday' is no time."),
        ("UPDATE sessions SET updated_at = 'now'", "Session s1: its times in the list of sessions are none."),
        ("UPDATE events SET seq = 'x' WHERE seq = 5", "event 0: this number is there twice"),
        ("UPDATE sessions SET id = CAST(x'73ff' AS TEXT)", "The list of sessions has an id that is damaged."),
    ],
)
def test_what_only_sqlite_lets_happen_is_named(tmp_path: Path, done: str, says: str) -> None:
    store = EventStore(default_url(tmp_path))
    fill(store)
    change(default_url(tmp_path), done)
    found = faults(verify(store))
    assert any(says in sentence for sentence in found), found
    store.close()


def test_the_other_sessions_are_still_looked_at(store: EventStore, store_url: str) -> None:
    store.create("s2", "local", "Round", NewEvent("start", Started(setup_of()), START))
    change(
        store_url,
        "UPDATE events SET client_event_id = 'x' WHERE seq = 2 AND session_id = 's1'",
        "UPDATE sessions SET finished = 1 WHERE id = 's2'",
    )
    found = verify(store)
    assert [item.session_id for item in found.faults] == ["s1", "s2"]
    assert [item.session_id for item in verify(store, ["s2"]).faults] == ["s2"]
    with pytest.raises(UnknownThing, match="no session 's3'"):
        verify(store, ["s2", "s3"])


def test_an_answer_that_nobody_awaited_is_named(store: EventStore) -> None:
    store.append("s1", 5, [NewEvent("again", Answered("And one more."), START + timedelta(seconds=9))])
    assert faults(verify(store)) == [
        "Session s1, event 6: it is an answer at a moment at which none was awaited."
    ]


def test_a_clock_that_was_set_back_is_no_fault(store: EventStore) -> None:
    store.append("s1", 5, [NewEvent("back", Paused(), START - timedelta(days=1))])
    found = verify(store)
    assert found.faults == ()
    assert [(item.seq, "clock was set back" in item.text) for item in found.remarks] == [(6, True)]


def test_what_an_older_replica_wrote_is_no_fault(store: EventStore, store_url: str) -> None:
    change(store_url, "UPDATE events SET digest = NULL WHERE seq = 5")
    store.append("s1", 5, [NewEvent("k", Paused(), START + timedelta(seconds=9))])
    found = verify(store)
    assert found.faults == ()
    assert [(item.seq, "has no digest" in item.text) for item in found.remarks] == [(5, True)]


def test_what_lies_beside_the_logs_is_looked_at(store: EventStore, store_url: str) -> None:
    attempts = tuple(StageAttempt(stage="screen", session_id=name) for name in ("s1", "gone"))
    loop = Loop(level="IC3", seed=1, begun_at=START, attempts=attempts)
    row = {"owner": "local", "pack": "tiny", "version": 1, "updated_at": START}
    with store.transaction(writes=True) as connection:
        connection.execute(insert(loops).values(id="whole", data=loop.model_dump(mode="json"), **row))
    found = verify(store)
    assert found.faults == ()
    assert [item.text for item in found.remarks] == [
        "The loop local/tiny/whole names session gone, which is not stored: one may be deleted without its loop."
    ]

    change(
        store_url,
        "UPDATE loops SET data = '{\"level\": 3}'",
        "INSERT INTO profiles VALUES ('ann', 'tiny', 1, '{\"ratings\": 3}', '2026-03-02 10:00:00.000000')",
    )
    assert faults(verify(store)) == [
        "The loop local/tiny/whole cannot be read by this version.",
        "The record of interview date and ratings ann/tiny cannot be read by this version.",
    ]


def test_a_bit_that_flipped_in_the_file_is_found(tmp_path: Path) -> None:
    """Wherever in the words of an event it happens; SQLite's own check does not look at what is stored."""
    path = tmp_path / "mockround.db"
    store = EventStore(default_url(tmp_path))
    fill(store)
    store.close()
    whole = path.read_bytes()
    start = whole.index(ANSWER.encode())
    rng = random.Random(4)
    for _ in range(24):
        damaged = bytearray(whole)
        damaged[start + rng.randrange(len(ANSWER))] ^= 1 << rng.randrange(8)
        path.write_bytes(damaged)
        store = EventStore(default_url(tmp_path))
        found = faults(verify(store))
        store.close()
        assert any("Session s1, event 4" in sentence for sentence in found), found


def test_a_damaged_page_is_named(tmp_path: Path) -> None:
    path = tmp_path / "mockround.db"
    store = EventStore(default_url(tmp_path))
    fill(store)
    for number in range(40):
        event = NewEvent(f"k{number}", Paused("paused"), START + timedelta(seconds=10 + number))
        store.append("s1", 5 + number, [event])
    store.close()
    content = bytearray(path.read_bytes())
    page = content.index(b'"paused"') // 4096
    content[page * 4096 : page * 4096 + 100] = b"\xa5" * 100
    path.write_bytes(content)
    store = EventStore(default_url(tmp_path))
    found = faults(verify(store))
    store.close()
    assert any("damaged" in sentence for sentence in found), found


async def test_a_log_that_is_being_written_is_whole_at_every_moment(parts: Parts, store_url: str) -> None:
    world = make_world(parts, store_url)
    view = await world.start("all", questions=4)
    looking = EventStore(store_url)
    seen = []

    async def talk() -> None:
        current = view
        while not current.finished:
            await asyncio.sleep(0)
            current = (
                await world.say(view.id, ANSWER)
                if current.phase == "open"
                else await settle(await world.service.act(view.id, LOCAL_OWNER, "end"))
            )

    talking = asyncio.create_task(talk())
    while not talking.done():
        seen.append(await asyncio.to_thread(verify, looking))
    await talking
    looking.close()
    await world.service.aclose()
    assert [item.faults for item in seen if item.faults] == []
    assert len({item.events for item in seen}) > 1


# The command


async def _written(parts: Parts, folder: Path) -> World:
    world = make_world(parts, default_url(folder))
    await world.start()
    await world.service.aclose()
    return world


def test_the_command_says_what_it_found(run: Run, parts: Parts, tmp_path: Path) -> None:
    data = tmp_path / "rounds"
    asyncio.run(_written(parts, data))
    done = run("sessions", "verify", "--data", data)
    assert (done.code, done.out) == (0, "")
    assert "1 session with 3 events: no faults, no remarks." in done.err
    told = whole_json(run("sessions", "verify", "--json", "--data", data))
    assert told == {"sessions": 1, "events": 3, "faults": [], "remarks": []}

    change(default_url(data), "UPDATE events SET client_event_id = 'x' WHERE seq = 2")
    done = run("sessions", "verify", "--data", data)
    assert done.code == 1
    assert len(done.out.splitlines()) == 1
    assert "event 2: it was changed after it was stored" in done.out
    assert "3 events: 1 fault, no remarks." in done.err
    done = run("sessions", "verify", "--json", "--data", data)
    assert (done.code, [item["seq"] for item in json.loads(done.out)["faults"]]) == (1, [2])
    assert "no session 'x'" in run("sessions", "verify", "x", "--data", data).sentence


def test_the_command_makes_no_database(run: Run, tmp_path: Path) -> None:
    done = run("sessions", "verify", "--data", tmp_path / "nowhere")
    assert "There is no database" in done.sentence
    assert not (tmp_path / "nowhere").exists()
