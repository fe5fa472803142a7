"""Two real servers on one database: any of them continues a round, every step happens once, no answer is lost.

On PostgreSQL each has a data folder of its own, as replicas have; on SQLite both share one folder.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from postgres_server import PostgresServer
from real_server import Server

from interviewer.events import Answered, Assessed, Event, Said, Setup, Started
from interviewer.store import EventStore, NewEvent

TINY = Path(__file__).parents[1] / "packs" / "tiny"
START = {"round": "all", "level": "IC3", "minutes": 600, "questions": 4}
ANSWER = "The cache grows with layers, heads, tokens and bytes a number; so I watch its share of the memory"

pytestmark = pytest.mark.slow


@dataclass
class Replicas:
    """Two servers on one database, and a look at the database itself."""

    one: Server
    two: Server
    store: EventStore

    def both(self, do: Callable[[Server], Any]) -> list[Any]:
        """Do it with both at the same moment."""
        ready = threading.Barrier(2)

        def at_once(server: Server) -> Any:
            ready.wait()
            return do(server)

        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(at_once, (self.one, self.two)))

    def kept(self, started: Setup, *more: NewEvent) -> str:
        """A session that some other replica began and left."""
        session = str(uuid4())
        self.store.create(session, "local", "Round", new("start", Started(started)))
        for seq, event in enumerate(more, 1):
            self.store.append(session, seq, [event])
        return session


def new(key: str, payload: Any) -> NewEvent:
    return NewEvent(key, payload, datetime.now(UTC))


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def replicas(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replicas]:
    """Both started at the same moment on an empty database, which one of them has to make."""
    folders = [tmp_path_factory.mktemp("one"), tmp_path_factory.mktemp("two")]
    if request.param == "sqlite":
        folders[1] = folders[0]
        url = f"sqlite:///{folders[0] / 'data' / 'mockround.db'}"
    else:
        cluster: PostgresServer = request.getfixturevalue("postgres_server")
        url = cluster.new_url()
    servers = [Server(folder, TINY, url) for folder in folders]
    try:
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(Server.start, servers))
        store = EventStore(url)
        yield Replicas(*servers, store)
        store.close()
    finally:
        for server in servers:
            server.kill()


def post(server: Server, path: str, body: dict[str, Any], key: str | None = None) -> httpx.Response:
    headers = {} if key is None else {"Idempotency-Key": key}
    return httpx.post(f"{server.url}/api/v1/sessions{path}", json=body, headers=headers, timeout=120)


def begin(server: Server, seed: int = 1) -> dict[str, Any]:
    view: dict[str, Any] = post(server, "", {**START, "seed": seed}).raise_for_status().json()
    return view


def look(server: Server, session: str, part: str = "") -> dict[str, Any]:
    answer = httpx.get(f"{server.url}/api/v1/sessions/{session}{part}", timeout=120)
    found: dict[str, Any] = answer.raise_for_status().json()
    return found


def answers(events: tuple[Event, ...]) -> list[str]:
    return [event.payload.text for event in events if isinstance(event.payload, Answered)]


def assessed(events: tuple[Event, ...]) -> list[int]:
    return [event.payload.turn for event in events if isinstance(event.payload, Assessed)]


def expect_every_step_once(events: tuple[Event, ...]) -> None:
    """No gap, no utterance twice, no turn judged twice, no answer without a question before it."""
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    said = Counter(event.payload.text for event in events if isinstance(event.payload, Said))
    assert set(said.values()) == {1}, said
    assert assessed(events) == list(range(len(answers(events))))
    kinds = [type(event.payload) for event in events if isinstance(event.payload, Answered | Assessed)]
    assert kinds == [Answered, Assessed] * (len(kinds) // 2)


def test_a_round_goes_on_at_whichever_replica_is_asked(replicas: Replicas) -> None:
    view = begin(replicas.one)
    session, sent = view["id"], []
    for number, server in enumerate([replicas.two, replicas.one] * 2):
        assert look(server, session)["lines"] == view["lines"]
        sent.append(f"{ANSWER}, answer {number}.")
        view = post(server, f"/{session}/messages", {"text": sent[-1], "turn": number}).json()
        assert (view["phase"], view["turn"]) == ("open", number + 1)
    post(replicas.two, f"/{session}/actions/pause", {}).raise_for_status()
    assert look(replicas.one, session)["paused"]
    post(replicas.one, f"/{session}/actions/resume", {}).raise_for_status()
    post(replicas.two, f"/{session}/actions/end", {}).raise_for_status()

    events = replicas.store.load(session)
    assert answers(events) == sent
    expect_every_step_once(events)
    assert look(replicas.one, session) == look(replicas.two, session)
    report = look(replicas.one, session, "/report")
    assert report == look(replicas.two, session, "/report")
    assert [turn["answer"] for turn in report["turns"][:4]] == sent


def test_the_same_message_to_both_is_one(replicas: Replicas) -> None:
    opened = replicas.both(lambda server: post(server, "", {**START, "seed": 2}, "begin-2"))
    views = [answer.raise_for_status().json() for answer in opened]
    assert views[0]["id"] == views[1]["id"]
    session = views[0]["id"]
    for turn in range(3):
        body = {"text": f"{ANSWER}, once, {turn}.", "turn": turn}
        got = replicas.both(
            lambda server, body=body: post(server, f"/{session}/messages", body, body["text"])
        )
        lines = [answer.raise_for_status().json()["lines"] for answer in got]
        assert lines[0] == lines[1]
    events = replicas.store.load(session)
    assert answers(events) == [f"{ANSWER}, once, {turn}." for turn in range(3)]
    expect_every_step_once(events)


def test_two_answers_to_one_open_turn(replicas: Replicas) -> None:
    """One is taken; the other is refused before it is stored, so that its page can send it again."""
    session = begin(replicas.one, 3)["id"]
    taken: list[str] = []
    for turn in range(4):
        texts = {
            server.port: f"{ANSWER}, from {server.port} to {turn}." for server in (replicas.one, replicas.two)
        }

        def answer(server: Server, texts: dict[int, str] = texts, turn: int = turn) -> httpx.Response:
            return post(server, f"/{session}/messages", {"text": texts[server.port], "turn": turn})

        got = replicas.both(answer)
        assert sorted(one.status_code for one in got) == [200, 409], [one.text for one in got]
        taken += [text for text, one in zip(texts.values(), got, strict=True) if one.status_code == 200]
        assert look(replicas.two, session)["turn"] == turn + 1
    events = replicas.store.load(session)
    assert answers(events) == taken
    expect_every_step_once(events)


def test_both_take_up_what_a_third_left(replicas: Replicas) -> None:
    """A round that was never greeted, and an answer that was never judged, are looked at through both at once."""
    for seed in range(3):
        session = replicas.kept(Setup("tiny", "IC3", "all", 600, 4, seed=seed))
        views = replicas.both(lambda server, session=session: look(server, session))
        assert views[0]["lines"] == views[1]["lines"]
        events = replicas.store.load(session)
        assert [event.payload.kind for event in events] == ["started", "said", "said"]
        expect_every_step_once(events)

        replicas.store.append(session, 3, [new("c:left", Answered(f"{ANSWER}."))])
        views = replicas.both(lambda server, session=session: look(server, session))
        assert views[0]["lines"] == views[1]["lines"]
        assert views[0]["turn"] == 1
        events = replicas.store.load(session)
        assert answers(events) == [f"{ANSWER}."]
        expect_every_step_once(events)


def kill_amid_judgement(server: Server, session: str, text: str) -> None:
    """Send an answer and kill the server as soon as it says that it has begun to judge it."""
    path = f"{server.url}/api/v1/sessions/{session}/messages"
    headers = {"Accept": "text/event-stream"}
    with httpx.stream("POST", path, json={"text": text}, headers=headers, timeout=120) as stream:
        for line in stream.iter_lines():
            if line == "event: working":
                server.kill()


def test_a_replica_killed_while_it_judges_is_replaced_by_the_other(replicas: Replicas) -> None:
    session = begin(replicas.one, 5)["id"]
    # As long as an answer may be: judging it takes far longer than killing the process that does.
    text = " ".join(f"{ANSWER}, at step {number}." for number in range(160))
    assert 15_000 < len(text) < 20_000
    try:
        with pytest.raises(httpx.TransportError):
            kill_amid_judgement(replicas.one, session, text)
        events = replicas.store.load(session)
        assert answers(events) == [text]
        assert assessed(events) == []

        view = look(replicas.two, session)
        assert (view["phase"], view["turn"], view["pending"]) == ("open", 1, 0)
    finally:
        replicas.one.start()
    assert look(replicas.one, session)["lines"] == view["lines"]
    events = replicas.store.load(session)
    assert answers(events) == [text]
    expect_every_step_once(events)
    assert look(replicas.one, session, "/report")["unscored"] == 0
