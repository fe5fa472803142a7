"""What programs call by name: a short round through the real gradio_client and a real MCP session, and who may not."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from gradio_here import GRADIO_WARNINGS
from tab_world import Services, public_names

sys.path.insert(0, str(Path(__file__).parents[1] / "interviewer"))  # its worlds are used here too

from api_client import problem, served
from round_world import REPORT_KEYS, TINY, World, make_parts, make_world

from interviewer.packs import load_role_pack
from interviewer.service import ACTIONS, InterviewService, StartRequest
from retrieval import HashEmbedder
from ui import app as page_app
from ui.app import build_page, mount_page
from ui.endpoints import Action, Endpoints

pytestmark = [*GRADIO_WARNINGS]

DOCS = Path(__file__).parents[2] / "docs" / "programs.md"
MCP = "/gradio_api/mcp/"
STREAM = {"Accept": "application/json, text/event-stream"}
NO_MCP = "mcp is not installed (make install-dev)"
FOREIGN = {"Origin": "https://evil.example"}


def make(folder: Path) -> World:
    """The tiny pack with hashed words and marks that stand in the answers."""
    parts = make_parts(load_role_pack(TINY), HashEmbedder(), folder / "index")
    return make_world(parts, f"sqlite:///{folder / 'rounds.db'}")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The whole page on a port of its own."""
    with served(make(tmp_path_factory.mktemp("page")), mount_page) as address:
        yield address


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[Client]:
    made = Client(url, verbose=False)
    yield made
    made.close()


@asynccontextmanager
async def mcp_session(url: str) -> AsyncIterator[Any]:
    """A session of the official MCP client with the server."""
    mcp = pytest.importorskip("mcp", reason=NO_MCP)
    http = pytest.importorskip("mcp.client.streamable_http")
    async with (
        http.streamable_http_client(f"{url}{MCP}") as (read, write, *_),
        mcp.ClientSession(read, write) as session,
    ):
        await session.initialize()
        yield session


async def told(session: Any, tool: str, **arguments: Any) -> Any:
    """What a tool tells: the JSON in its one text."""
    result = await session.call_tool(tool, arguments)
    assert not result.isError, result.content
    (content,) = result.content
    return json.loads(content.text)


def documented() -> list[str]:
    """The endpoints of the documentation's table."""
    _, _, table = DOCS.read_text(encoding="utf-8").partition("## Endpoints")
    return re.findall(r"^\| `(\w+)` \|", table, flags=re.MULTILINE)


# What there is


async def test_what_is_public_is_what_the_documentation_lists(services: Services) -> None:
    assert public_names(build_page(services())) == [f"/{name}" for name in documented()]


def test_the_actions_are_those_of_the_service() -> None:
    assert set(get_args(Action)) == set(ACTIONS)


def test_every_endpoint_says_what_it_does_and_takes(client: Client) -> None:
    described = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    for name, endpoint in described.items():
        assert endpoint["description"].endswith("."), name
        assert all(item["python_type"]["type"] != "Any" for item in endpoint["parameters"]), name


async def test_every_tool_says_what_it_does_and_takes(url: str) -> None:
    async with mcp_session(url) as session:
        tools = (await session.list_tools()).tools
    assert [tool.name for tool in tools] == documented()
    for tool in tools:
        assert tool.description.endswith("."), tool.name
        for name, schema in tool.inputSchema["properties"].items():
            assert schema["description"].endswith("."), f"{tool.name}: {name}"


# A short round


def test_a_round_through_gradio_client(client: Client) -> None:
    started = client.predict(round="systems", questions=1, request_key="one", api_name="/start_round")
    assert client.predict(round="systems", questions=1, request_key="one", api_name="/start_round") == started
    assert [line["speaker"] for line in started["lines"]] == ["interviewer"] * 2
    session = started["id"]

    hinted = client.predict(session_id=session, action="hint", api_name="/act")
    assert hinted["hints_left"] == started["hints_left"] - 1
    assert all(line["seq"] > started["seq"] for line in hinted["lines"])
    said = client.predict(session_id=session, text="credit 0.2", turn=0, api_name="/say")
    assert said["lines"][0]["text"] == "credit 0.2"
    assert said["lines"][-1]["speaker"] == "interviewer"
    over = client.predict(session_id=session, action="end", api_name="/act")
    assert over["finished"]
    whole = client.predict(session_id=session, api_name="/session")
    assert [line["seq"] for line in whole["lines"]] == sorted(
        line["seq"] for part in (started, hinted, said, over) for line in part["lines"]
    )

    report = client.predict(session_id=session, api_name="/report")
    assert report.keys() >= REPORT_KEYS
    assert report["turns"][0]["answer"] == "credit 0.2"
    missing = next(item["id"] for item in report["questions"][0]["criteria"] if item["verdict"] == "missing")
    client.predict(session_id=session, turn=0, criterion=missing, words="credit 0.2", api_name="/contest")
    again = client.predict(session_id=session, api_name="/report")
    assert [item["criterion_id"] for item in again["turns"][0]["contests"]] == [missing]
    assert client.predict(session_id=session, format="md", api_name="/report").startswith("# Systems")
    assert session in {item["id"] for item in client.predict(api_name="/sessions")["sessions"]}


def test_the_bank_and_an_answer_by_itself_through_gradio_client(client: Client) -> None:
    cards = client.predict(category="math", api_name="/questions")["questions"]
    assert [card["id"] for card in cards] == ["variance"]
    assert "model_answer" not in cards[0]
    hits = client.predict(query="cache of keys and values", limit=2, kinds=["question"], api_name="/search")
    assert [hit["kind"] for hit in hits["hits"]] == ["question"] * 2
    asked = client.predict(question="kv-cache", answer="credit 0.2", count=2, api_name="/follow_ups")
    assert {item["origin"] for item in asked["followups"]} == {"bank"}
    assert client.predict(question="How long does it take?", api_name="/ask_guide")["passages"]
    assert client.predict(api_name="/today")["today"] == "2026-03-02"

    graded = client.predict(answer="credit 0.9", question_id="kv-cache", level="IC3", api_name="/grade")
    assert graded["score"] > 0.8
    own = {"question": "What is a lock?", "points": "Excludes others.\nbonus: Names a deadlock."}
    card = client.predict(**own, api_name="/criteria")
    assert [(item["id"], item["kind"]) for item in card["criteria"]] == [("c1", "required"), ("c2", "bonus")]
    assert [
        item["credit"] for item in client.predict(answer="credit 0.8", **own, api_name="/grade")["criteria"]
    ] == [0.8, 0.8]
    rated = client.predict(
        answer="credit 0.9", verdicts={"c1": "missing", "c2": "met"}, **own, api_name="/self_assess"
    )
    assert (rated["underrated"], rated["overrated"]) == (["c1"], [])


async def test_a_round_through_mcp(url: str) -> None:
    async with mcp_session(url) as session:
        started = await told(session, "start_round", round="systems", questions=1)
        name = started["id"]
        said = await told(session, "say", session_id=name, text="credit 0.9", turn=started["turn"])
        assert [line["speaker"] for line in said["lines"]][:2] == ["candidate", "interviewer"]
        over = await told(session, "act", session_id=name, action="end")
        assert over["finished"] is True
        report = await told(session, "report", session_id=name)
        assert report["turns"][0]["assessment"]["score"] > 0.8
        assert report["turns"][0]["second_opinion"] is None
        read = await session.call_tool("report", {"session_id": name, "format": "md"})
        assert read.content[0].text.startswith("# Systems")
        rated = await told(
            session,
            "self_assess",
            answer="credit 0.1",
            question_id="kv-cache",
            verdicts={"cache-grows": "met"},
        )
        assert rated["overrated"] == ["cache-grows"]
        assert (await told(session, "today"))["newcomer"] is False


def test_the_example_of_the_documentation_runs(url: str) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), flags=re.DOTALL)
    adapted = example.replace("http://127.0.0.1:7860", url).replace("ml-systems", "systems")
    names: dict[str, Any] = {}
    exec(compile(adapted, str(DOCS), "exec"), names)
    names["client"].close()
    assert names["report"]["turns"][0]["answer"] == "The KV cache grows with every token."


# What goes wrong

MISTAKES: list[tuple[str, dict[str, Any], str]] = [
    ("say", {"session_id": "nobody", "text": "Hello"}, "There is no session 'nobody'."),
    ("session", {"session_id": "nobody"}, "There is no session 'nobody'."),
    ("start_round", {"round": "zz"}, "There is no round 'zz'; choose one of systems, all."),
    ("start_round", {}, "Name the round, or the questions that are to be asked."),
    ("search", {"query": "cache", "limit": 99}, "Between 1 and 50 results can be asked for."),
    ("search", {"query": "cache", "kinds": ["song"]}, "A kind is one of question, guide, note, rubric."),
    ("grade", {"answer": "words"}, "Choose a question of the bank, or write one of your own."),
    (
        "self_assess",
        {"answer": "words", "verdicts": {"zz": "met"}, "question_id": "variance"},
        "The question has no criterion 'zz'; its criteria are ",
    ),
    ("ask_guide", {"question": "x" * 2001}, "The question has 2,001 characters; the limit is 2,000."),
]


@pytest.mark.parametrize(("name", "arguments", "says"), MISTAKES)
async def test_a_mistake_is_one_sentence_through_both_doors(
    client: Client, url: str, name: str, arguments: dict[str, Any], says: str
) -> None:
    with pytest.raises(AppError) as raised:
        client.predict(**arguments, api_name=f"/{name}")
    sentence = str(raised.value)
    assert sentence.startswith(says)
    assert sentence.endswith(".")
    async with mcp_session(url) as session:
        result = await session.call_tool(name, arguments)
    assert result.isError
    assert [item.text for item in result.content] == [sentence]


UNREADABLE: list[tuple[str, dict[str, Any], str]] = [
    ("say", {"session_id": "x", "text": "Hello", "turn": "first"}, "turn: Input should be a valid integer"),
    ("act", {"session_id": "x", "action": "dance"}, "action: Input should be 'hint', 'skip'"),
    ("self_assess", {"answer": "x", "verdicts": {"a": "maybe"}}, "verdicts.a: Input should be 'met'"),
    ("say", {"session_id": "x", "text": "a" * 1_000_001}, "A request has at most 1,000,000 bytes"),
]


@pytest.mark.parametrize(("name", "arguments", "says"), UNREADABLE)
def test_what_is_no_argument_is_named(
    client: Client, name: str, arguments: dict[str, Any], says: str
) -> None:
    with pytest.raises(AppError, match=re.escape(says)):
        client.predict(**arguments, api_name=f"/{name}")


def test_an_error_of_ours_gives_nothing_away(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_given: object, **_named: object) -> None:
        raise RuntimeError("/etc/secret")

    monkeypatch.setattr(InterviewService, "start", broken)
    with pytest.raises(AppError) as raised:
        client.predict(round="systems", api_name="/start_round")
    assert str(raised.value) == "Something went wrong on our side; the log of the server says what."
    assert "/etc/secret" in caplog.text


async def test_somebody_elses_session_is_none(tmp_path: Path) -> None:
    world = make(tmp_path)
    theirs = await world.service.start(StartRequest("systems", "IC3"), "somebody")
    endpoints = Endpoints(world.service)
    for call in (
        endpoints.session(theirs.id),
        endpoints.report(theirs.id),
        endpoints.say(theirs.id, "Hello"),
        endpoints.act(theirs.id, "end"),
        endpoints.contest(theirs.id, 0, "cache-grows", "Hello"),
    ):
        with pytest.raises(Exception, match="There is no session"):
            await call
    assert (await endpoints.sessions())["sessions"] == []
    await world.service.aclose()


# Whole loops


def test_a_loop_by_name_to_its_debrief(client: Client) -> None:
    loop = client.predict(level="IC3", seed=1, api_name="/begin_loop")
    assert (loop["next"], loop["finished"]) == ("talk", 0)
    waiting = client.predict(api_name="/today")["loop"]
    assert (waiting["id"], waiting["next"], waiting["session_id"]) == (loop["id"], "talk", None)
    session = client.predict(loop_id=loop["id"], api_name="/start_stage")
    assert session["turn"] is not None
    assert client.predict(api_name="/today")["loop"]["session_id"] == session["id"]
    with pytest.raises(AppError, match="open"):
        client.predict(loop_id=loop["id"], api_name="/decide_loop")
    client.predict(session_id=session["id"], text="credit 0.9 The cache grows.", api_name="/say")
    client.predict(session_id=session["id"], action="end", api_name="/act")
    shown = client.predict(loop_id=loop["id"], api_name="/loop")
    assert client.predict(api_name="/loops")["loops"][0] == shown
    assert shown["finished"] == 1
    assert client.predict(loop_id=loop["id"], api_name="/debrief")["decided_at"] is None
    assert client.predict(loop_id=loop["id"], api_name="/decide_loop")["decided_at"] is not None
    read = client.predict(loop_id=loop["id"], format="md", api_name="/debrief")
    assert read.startswith("# Debrief of the loop")
    assert client.predict(api_name="/today")["loop"] is None


# How the page itself is sent


def test_the_page_is_sent_compressed_and_what_streams_is_not(url: str) -> None:
    page = httpx.get(url, headers={"Accept-Encoding": "gzip"})
    assert page.headers["content-encoding"] == "gzip"
    assert int(page.headers["content-length"]) < len(page.content) / 3
    assert httpx.get(url, headers={"Accept-Encoding": "identity"}).text == page.text
    stream = f"{url}/gradio_api/queue/data?session_hash=nobody"
    with httpx.stream("GET", stream, headers={"Accept-Encoding": "gzip"}) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert "content-encoding" not in answer.headers


# Who may not


@pytest.mark.parametrize("place", [MCP, f"{MCP}messages/", "/gradio_api/run/say", "/gradio_api/queue/join"])
def test_a_page_of_another_origin_can_call_nothing(url: str, place: str) -> None:
    assert "another origin" in problem(httpx.post(f"{url}{place}", json={}, headers=FOREIGN), 403)
    assert "evil.example" in problem(
        httpx.post(f"{url}{place}", json={}, headers={"Host": "evil.example"}), 403
    )
    own = httpx.post(f"{url}{place}", json={}, headers={"Origin": url, **STREAM})
    assert own.status_code != 403


def test_a_page_of_another_origin_can_open_no_stream_and_is_invited_to_nothing(url: str) -> None:
    problem(httpx.get(f"{url}{MCP}sse", headers={**FOREIGN, **STREAM}), 403)
    for host in ("127.0.0.1", "192.168.1.20"):
        read = httpx.get(f"{url}/config", headers={**FOREIGN, "Host": host})
        assert read.status_code == 200
        assert not [name for name in read.headers if name.startswith("access-control-")]


@pytest.mark.parametrize(
    "place", [MCP, f"{MCP}schema", f"{MCP}%3C/script%3E%3Cscript%3Ealert(1)%3C/script%3E/gradio_api/mcp"]
)
def test_a_browser_is_shown_nothing_of_gradios_at_mcps_address(url: str, place: str) -> None:
    answer = httpx.get(f"{url}{place}", headers={"Accept": "text/html,*/*"})
    assert "docs/programs.md" in problem(answer, 406)
    assert "script" not in answer.text


@pytest.mark.parametrize("place", [MCP, "/gradio_api/run/say", "/gradio_api/call/say"])
@pytest.mark.parametrize("announced", [True, False])
def test_what_is_too_large_is_refused(url: str, place: str, announced: bool) -> None:
    if place == MCP:
        pytest.importorskip("mcp", reason=NO_MCP)
    body = json.dumps({"data": ["x", "a" * 1_000_001]}).encode()
    content = body if announced else (body[at : at + 65_536] for at in range(0, len(body), 65_536))
    sent = httpx.post(
        f"{url}{place}", content=content, headers={"Content-Type": "application/json", **STREAM}
    )
    assert sent.status_code == 413


def test_without_the_package_the_page_has_everything_but_mcp(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(page_app, "find_spec", lambda _name: None)
    with served(make(tmp_path), mount_page) as address:
        assert httpx.get(f"{address}/").status_code == 200
        assert httpx.post(f"{address}{MCP}", json={}, headers=STREAM).status_code in (404, 405)
        client = Client(address, verbose=False)
        assert client.predict(api_name="/today")["newcomer"] is True
        client.close()
