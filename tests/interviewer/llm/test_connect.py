import asyncio
from pathlib import Path

import httpx2
import pytest
from fake_openai import Body, FakeServer, SocketServer, refusal, stream_reply
from pydantic import SecretStr

from interviewer.llm.connect import USUAL_SERVERS, Connected, Connection, connect, status_now
from interviewer.llm.errors import ModelMisconfigured, ModelRejected, ModelTimedOut, ModelUnavailable
from interviewer.llm.observe import FirstToken, Observation, Queued
from interviewer.llm.protocol import Message
from interviewer.llm.steady import SteadyModel

URL = "http://127.0.0.1:8000/v1"


def serving(*models: str) -> FakeServer:
    return FakeServer(lambda _: stream_reply(["x"]), models=models)


def nobody() -> httpx2.MockTransport:
    def refuse(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("refused", request=request)

    return httpx2.MockTransport(refuse)


async def test_none_asks_nobody() -> None:
    connected = await connect(Connection(kind="none"), transport=nobody())
    assert connected.model is None
    assert connected.status.kind == "none"
    assert "come from the bank" in connected.status.sentence


async def test_auto_without_a_server_is_none() -> None:
    connected = await connect(Connection(), transport=nobody())
    assert connected.model is None
    assert "embedded judge" in connected.status.sentence


async def test_auto_takes_the_first_usual_server_that_answers() -> None:
    asked: list[int | None] = []

    def handle(request: httpx2.Request) -> httpx2.Response:
        asked.append(request.url.port)
        if request.url.port == 11434:
            return httpx2.Response(200, json={"data": [{"id": "llama"}]})
        if request.url.port == 8000:
            return httpx2.Response(200, text="<html>another program</html>")
        raise httpx2.ConnectError("refused", request=request)

    connected = await connect(Connection(), transport=httpx2.MockTransport(handle))
    assert connected.model is not None
    assert (connected.model.name, connected.model.where) == ("llama", "http://127.0.0.1:11434/v1")
    assert not connected.status.leaves_network
    assert sorted(asked, key=str) == sorted((8000, 11434, 8080, 1234), key=str)
    assert "Ollama" in connected.status.sentence


async def test_auto_keeps_the_key_to_itself_and_says_that_one_is_wanted() -> None:
    keys = []

    def handle(request: httpx2.Request) -> httpx2.Response:
        keys.append(request.headers.get("authorization"))
        return refusal(401, "key?")

    connection = Connection(key=SecretStr("hush"))
    connected = await connect(connection, transport=httpx2.MockTransport(handle))
    assert connected.model is None
    assert keys == [None] * len(USUAL_SERVERS)
    assert "wants a key" in connected.status.sentence


async def test_auto_looks_for_the_model_that_is_wanted() -> None:
    server = serving("llama", "qwen")
    connected = await connect(Connection(model="qwen"), transport=server.transport)
    assert connected.model is not None
    assert connected.model.name == "qwen"
    assert (await connect(Connection(model="gone"), transport=server.transport)).model is None


async def test_an_address_means_a_server() -> None:
    connected = await connect(Connection(url=URL), transport=serving("first", "second").transport)
    assert connected.model is not None
    assert connected.model.name == connected.status.name == "first"
    assert connected.status.kind == "server"
    assert connected.status.answers


async def test_a_name_that_the_server_does_not_list_is_refused_with_those_that_it_does() -> None:
    with pytest.raises(ModelMisconfigured, match=r"no model 'third'; it lists first, second"):
        await connect(Connection(url=URL, model="third"), transport=serving("first", "second").transport)


async def test_names_are_said_in_brief() -> None:
    with pytest.raises(ModelMisconfigured) as caught:
        await connect(Connection(url=URL, model="x" * 5000), transport=serving("y" * 5000).transport)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("status", [404, 405])
async def test_a_server_without_a_list_takes_the_name_as_given(status: int) -> None:
    server = FakeServer(lambda _: stream_reply(["x"]), models=refusal(status, "no list"))
    connected = await connect(Connection(url=URL, model="mine"), transport=server.transport)
    assert connected.status.name == "mine"
    with pytest.raises(ModelRejected):
        await connect(Connection(url=URL), transport=server.transport)


async def test_a_configured_server_that_is_down_is_connected_unless_it_must_answer() -> None:
    connected = await connect(Connection(url=URL, model="mine"), transport=nobody())
    assert connected.model is not None
    assert not connected.status.answers
    assert "does not answer now" in connected.status.sentence
    with pytest.raises(ModelUnavailable, match="cannot be reached"):
        await connect(Connection(url=URL), must_answer=True, transport=nobody())


async def test_a_wrong_key_is_an_error() -> None:
    server = FakeServer(lambda _: stream_reply(["x"]), models=refusal(401, "key?"))
    with pytest.raises(ModelRejected, match="another key"):
        await connect(Connection(url=URL, key=SecretStr("hush")), transport=server.transport)


@pytest.mark.parametrize(("number", "outside"), [("192.168.1.7", False), ("93.184.216.34", True)])
async def test_the_status_says_whether_answers_leave_the_private_network(number: str, outside: bool) -> None:
    async def resolve(host: str) -> list[str]:
        return [number]

    connection = Connection(url="https://llm.example/v1", key=SecretStr("hush"))
    connected = await connect(connection, transport=serving("m").transport, resolve=resolve)
    assert connected.status.leaves_network is outside
    assert ("outside this machine" in connected.status.sentence) is outside
    assert "hush" not in repr(connected)
    assert "hush" not in repr(connection)


@pytest.mark.parametrize(
    ("connection", "message"),
    [
        (Connection(kind="server"), "--llm-url"),
        (Connection(kind="local"), "--llm-model"),
        (Connection(kind="local", model="./no/such/folder"), "no model at ./no/such/folder"),
        (Connection(kind="local", model="./no/such.gguf"), "no GGUF file"),
        (Connection(url="http://me:pw@x/v1"), "password"),
    ],
)
async def test_settings_that_cannot_work_say_what_to_do(connection: Connection, message: str) -> None:
    with pytest.raises(ModelMisconfigured, match=message):
        await connect(connection, transport=nobody())


async def test_a_folder_without_a_model_says_so(tmp_path: Path) -> None:
    with pytest.raises(ModelMisconfigured, match="cannot be loaded here"):
        await connect(Connection(kind="local", model=str(tmp_path)))


# What is handed out is steady, and its status follows what its requests show


async def said_by(connected: Connected) -> str:
    assert connected.model is not None
    return "".join([piece async for piece in connected.model.complete([Message("user", "Hello")])])


async def test_what_is_connected_is_limited_and_observed() -> None:
    seen: list[Observation] = []
    wanted = Connection(url=URL, concurrency=1)
    connected = await connect(wanted, transport=serving("m").transport, observe=seen.append)
    assert isinstance(connected.model, SteadyModel)
    held = connected.model.complete([Message("user", "Hello")])
    assert await anext(held) == "x"
    waiting = asyncio.create_task(said_by(connected))
    await asyncio.sleep(0)
    assert [type(item) for item in seen[-2:]] == [FirstToken, Queued]
    await held.aclose()  # type: ignore[attr-defined]
    assert await waiting == "x"


async def test_a_server_that_hangs_is_left_alone_after_the_time_that_was_set() -> None:
    async with SocketServer([], "hang") as server:
        connected = await connect(Connection(url=server.url, model="m", first_token_s=0.2))
        assert isinstance(connected.model, SteadyModel)
        with pytest.raises(ModelTimedOut):
            await said_by(connected)
        assert (connected.model.circuit, server.requests) == ("open", 1)
        await connected.model.aclose()


async def test_the_status_says_that_a_server_has_come_up_and_gone_down() -> None:
    server = FakeServer(lambda _: stream_reply(["x"]), models=lambda: refusal(503, "loading"))
    connected = await connect(Connection(url=URL), transport=server.transport)
    assert "does not answer now" in status_now(connected.status, connected.model).sentence
    server.models = ("qwen",)
    await said_by(connected)
    up = status_now(connected.status, connected.model)
    assert (up.answers, up.name) == (True, "qwen")
    assert up.sentence.startswith(f"qwen at {URL} (on this machine or private network) words follow-ups")

    def refuse(_: Body) -> httpx2.Response:
        raise httpx2.ConnectError("refused")

    server.chat = refuse
    with pytest.raises(ModelUnavailable):
        await said_by(connected)
    down = status_now(connected.status, connected.model)
    assert not down.answers
    assert "does not answer now" in down.sentence


async def test_the_status_names_the_successor_of_a_model_that_nobody_named() -> None:
    def chat(body: Body) -> httpx2.Response:
        known = (body["model"],) == tuple(server.models)  # type: ignore[arg-type]
        return stream_reply(["x"]) if known else refusal(404, "The model does not exist.")

    server = FakeServer(chat, models=("one",))
    connected = await connect(Connection(), transport=server.transport)
    assert "one at" in connected.status.sentence
    assert "vLLM's usual port" in connected.status.sentence
    server.models = ("two",)
    assert await said_by(connected) == "x"
    now = status_now(connected.status, connected.model)
    assert now.sentence == connected.status.sentence.replace("one at", "two at")


async def test_without_requests_the_status_stays_as_it_was() -> None:
    connected = await connect(Connection(url=URL), transport=serving("m").transport)
    assert status_now(connected.status, connected.model) == connected.status
    assert status_now(connected.status, None) == connected.status
