import asyncio
import gc
import json
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from fake_openai import Body, FakeServer, SocketServer, chat_reply, events, refusal, stream_reply, token_reply
from pydantic import SecretStr

from interviewer.llm.address import parse_address
from interviewer.llm.errors import (
    ModelGarbled,
    ModelMisconfigured,
    ModelNotFound,
    ModelRejected,
    ModelUnavailable,
)
from interviewer.llm.observe import Observation, Retried, TokensUsed
from interviewer.llm.openai_server import SAMPLES, OpenAIServer
from interviewer.llm.protocol import Message
from interviewer.llm.server_calls import ServerCalls, Timeouts

URL = "http://127.0.0.1:8000/v1"
ASK = [Message("system", "Be brief."), Message("user", "A or B?")]
KEY = "abracadabra-secret"


def model_of(server: FakeServer, name: str | None = "m", **more: Any) -> OpenAIServer:
    return OpenAIServer(URL, name, transport=server.transport, **more)


async def text_of(stream: AsyncIterator[str]) -> str:
    return "".join([piece async for piece in stream])


async def listen(stream: AsyncIterator[str], came: list[str]) -> None:
    async for piece in stream:
        came.append(piece)


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("interviewer.llm.server_calls.wait_random_exponential", lambda **_: lambda _: 0.0)


# Text


async def test_text_streams_in_pieces() -> None:
    server = FakeServer(lambda _: stream_reply(["What ", "did it ", "wait for?"]))
    pieces = [piece async for piece in model_of(server).complete(ASK, max_tokens=50, temperature=0.2)]
    assert pieces == ["What ", "did it ", "wait for?"]
    body = server.bodies[0]
    assert body["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "A or B?"},
    ]
    assert (body["model"], body["max_tokens"], body["temperature"], body["stream"]) == ("m", 50, 0.2, True)


async def test_the_first_listed_model_is_the_default() -> None:
    server = FakeServer(lambda _: stream_reply(["x"]))
    model = model_of(server, None)
    assert await text_of(model.complete(ASK)) == "x"
    assert model.name == "first"
    assert server.bodies[0]["model"] == "first"


async def test_a_server_without_models_says_so() -> None:
    model = model_of(FakeServer(lambda _: stream_reply(["x"]), models=()), None)
    with pytest.raises(ModelMisconfigured, match="lists no model"):
        await text_of(model.complete(ASK))


@pytest.mark.parametrize(
    "pieces",
    [
        ["<think>", "secret", "</think>", "\n\nText."],
        ["<think>secret</think>\n\nText."],
        [{"reasoning_content": "secret"}, {"reasoning_content": " more"}, "Text."],
        [{"reasoning": "secret"}, "Text."],
    ],
)
async def test_thinking_never_reaches_the_reader(pieces: list[str | dict[str, str]]) -> None:
    server = FakeServer(lambda _: stream_reply(pieces))
    assert await text_of(model_of(server).complete(ASK)) == "Text."


async def test_a_model_that_thinks_gets_room_for_it_from_then_on() -> None:
    server = FakeServer(lambda _: stream_reply(["<think>secret</think>Text."]))
    model = model_of(server)
    await text_of(model.complete(ASK, max_tokens=50))
    await text_of(model.complete(ASK, max_tokens=50))
    first, second = (body["max_tokens"] for body in server.bodies)
    assert first == 50 < second


async def test_a_template_that_opens_the_thinking_is_seen_in_the_tokenizer() -> None:
    def tokens(body: Body) -> dict[str, Any]:
        return {"count": 3, "tokens": [1, 2, 3], "token_strs": ["<|Assistant|>", "<think>", "\n"]}

    server = FakeServer(
        lambda _: stream_reply(["Okay, the user", " wants</think>", "\n\nText."]), tokens=tokens
    )
    assert await text_of(model_of(server).complete(ASK)) == "Text."


@pytest.mark.parametrize("name", ["deepseek-r1:7b", "Qwen/QwQ-32B"])
async def test_a_template_that_opens_the_thinking_is_known_by_name(name: str) -> None:
    server = FakeServer(lambda _: stream_reply(["Okay, the user wants</think>\n\n", "Text."]))
    assert await text_of(model_of(server, name).complete(ASK)) == "Text."


async def test_a_server_that_parses_thinking_is_believed_whatever_the_name() -> None:
    server = FakeServer(lambda _: stream_reply([{"reasoning": "secret"}, "Te", "xt."]))
    pieces = [piece async for piece in model_of(server, "deepseek-r1").complete(ASK)]
    assert pieces == ["Te", "xt."]


async def test_thinking_out_of_nowhere_is_refused_and_expected_the_next_time() -> None:
    server = FakeServer(lambda _: stream_reply(["Okay", "</think>", "Text."]))
    model = model_of(server)
    with pytest.raises(ModelGarbled, match="thought aloud"):
        await text_of(model.complete(ASK))
    assert await text_of(model.complete(ASK)) == "Text."


@pytest.mark.parametrize(
    ("pieces", "finish", "message"),
    [
        ([], "stop", "said nothing"),
        (["  ", "\n"], "stop", "said nothing"),
        (["<think>and on and on"], "length", "spent its whole reply thinking"),
        ([{"reasoning_content": "and on"}], "length", "spent its whole reply thinking"),
    ],
)
async def test_a_reply_without_text_is_garbled(pieces: list[Any], finish: str, message: str) -> None:
    server = FakeServer(lambda _: stream_reply(pieces, finish))
    with pytest.raises(ModelGarbled, match=message):
        await text_of(model_of(server).complete(ASK))


@pytest.mark.parametrize(
    "response",
    [
        httpx2.Response(200, text="<html>Welcome</html>", headers={"content-type": "text/html"}),
        httpx2.Response(200, content=b"data: {broken\n\n", headers={"content-type": "text/event-stream"}),
        httpx2.Response(
            200, content=b"data: {}\n\ndata: [DONE]\n\n", headers={"content-type": "text/event-stream"}
        ),
    ],
)
async def test_what_is_no_stream_is_an_error_of_ours(response: httpx2.Response) -> None:
    with pytest.raises((ModelGarbled, ModelUnavailable)):
        await text_of(model_of(FakeServer(lambda _: response)).complete(ASK))


# Refusals, retries, time


def script(*responses: Callable[[], httpx2.Response]) -> Callable[[Body], httpx2.Response]:
    left = list(responses)
    return lambda _: left.pop(0)() if len(left) > 1 else left[0]()


def refused() -> httpx2.Response:
    raise httpx2.ConnectError("refused")


async def test_a_busy_or_absent_server_is_asked_again_before_the_first_token() -> None:
    server = FakeServer(script(refused, lambda: refusal(503, "loading"), lambda: stream_reply(["x"])))
    assert await text_of(model_of(server).complete(ASK)) == "x"
    assert len(server.bodies) == 3


async def test_it_is_not_asked_for_ever() -> None:
    server = FakeServer(lambda _: refusal(429, "slow down"))
    with pytest.raises(ModelUnavailable, match="busy"):
        await text_of(model_of(server, attempts=2).complete(ASK))
    assert len(server.bodies) == 2


@pytest.mark.parametrize(("wished_s", "requests"), [("0", 3), ("60", 1)])
async def test_a_server_that_asks_for_a_long_pause_is_not_asked_again(wished_s: str, requests: int) -> None:
    busy = httpx2.Response(429, json={"error": {"message": "slow"}}, headers={"retry-after": wished_s})
    server = FakeServer(lambda _: busy)
    with pytest.raises(ModelUnavailable) as caught:
        await text_of(model_of(server).complete(ASK))
    assert (len(server.bodies), caught.value.retry_after_s) == (requests, float(wished_s))


async def test_an_error_inside_the_stream_before_any_text_is_no_silence() -> None:
    content = b'data: {"error": {"message": "out of memory", "code": 500}}\n\n'
    response = httpx2.Response(200, content=content, headers={"content-type": "text/event-stream"})
    with pytest.raises(ModelUnavailable, match="out of memory"):
        await text_of(model_of(FakeServer(lambda _: response)).complete(ASK))


async def test_a_wrong_key_is_not_tried_again() -> None:
    server = FakeServer(lambda _: refusal(401, "bad key"))
    with pytest.raises(ModelRejected, match="another key"):
        await text_of(model_of(server).complete(ASK))
    assert len(server.bodies) == 1


async def test_unknown_fields_are_left_out_after_a_refusal_and_it_is_remembered() -> None:
    def chat(body: Body) -> httpx2.Response:
        if "chat_template_kwargs" in body or "reasoning_effort" in body:
            return refusal(400, "Unrecognized request argument supplied")
        return stream_reply(["x"])

    server = FakeServer(chat)
    model = model_of(server)
    assert await text_of(model.complete(ASK)) == "x"
    before = len(server.bodies)
    assert await text_of(model.complete(ASK)) == "x"
    assert len(server.bodies) == before + 1
    assert server.bodies[0]["chat_template_kwargs"]["enable_thinking"] is False


@pytest.mark.parametrize(
    ("refuses", "check"),
    [
        (lambda b: b.get("reasoning_effort") == "none", lambda b: b["reasoning_effort"] == "low"),
        (
            lambda b: b["messages"][0]["role"] == "system",
            lambda b: b["messages"][0]["content"].startswith("Be brief."),
        ),
        (lambda b: "max_tokens" in b, lambda b: b["max_completion_tokens"] == 400 and "temperature" not in b),
    ],
)
async def test_servers_with_habits_of_their_own(refuses: Any, check: Any) -> None:
    server = FakeServer(lambda body: refusal(400, "no") if refuses(body) else stream_reply(["x"]))
    assert await text_of(model_of(server).complete(ASK)) == "x"
    assert check(server.bodies[-1])


async def test_a_text_that_is_too_long_is_refused_at_once() -> None:
    server = FakeServer(lambda _: refusal(400, "This model's maximum context length is 4096 tokens"))
    with pytest.raises(ModelRejected, match="maximum context length"):
        await text_of(model_of(server).complete(ASK))
    assert len(server.bodies) == 1


async def test_a_request_that_no_dialect_helps_reports_the_first_refusal() -> None:
    messages = iter(["the first reason", *["another"] * 20])
    server = FakeServer(lambda _: refusal(400, next(messages)))
    with pytest.raises(ModelRejected, match="the first reason"):
        await text_of(model_of(server).complete(ASK))


async def test_a_server_that_never_begins_runs_out_of_time() -> None:
    async with SocketServer([], "hang") as server:
        model = OpenAIServer(server.url, "m", timeouts=Timeouts(first_token_s=0.2))
        with pytest.raises(ModelUnavailable, match="in time"):
            await text_of(model.complete(ASK))
        await asyncio.wait_for(server.hung_up.wait(), 5)
        assert server.requests == 1
        await model.aclose()


async def test_a_stream_that_stalls_runs_out_of_time_after_what_came() -> None:
    async with SocketServer(events(["Half "], finish=None), "hang") as server:
        model = OpenAIServer(server.url, "m", timeouts=Timeouts(total_s=0.5))
        came: list[str] = []
        with pytest.raises(ModelUnavailable, match="in time"):
            await listen(model.complete(ASK), came)
        assert came == ["Half "]
        await model.aclose()


async def test_a_stream_that_breaks_raises_after_what_came() -> None:
    async with SocketServer(events(["Half ", "a reply"], finish=None), "drop") as server:
        model = OpenAIServer(server.url, "m")
        came: list[str] = []
        with pytest.raises(ModelUnavailable):
            await listen(model.complete(ASK), came)
        assert came == ["Half ", "a reply"]
        assert server.requests == 1, "what has begun must not be asked again"
        await model.aclose()


async def test_a_stream_that_ends_without_a_reason_is_broken_too() -> None:
    server = FakeServer(lambda _: stream_reply(["Half "], finish=None))
    came: list[str] = []
    with pytest.raises(ModelUnavailable, match="broke off"):
        await listen(model_of(server).complete(ASK), came)
    assert came == ["Half "]


@pytest.mark.parametrize("how", ["aclose", "cancel"])
async def test_leaving_a_stream_closes_the_connection(how: str) -> None:
    async with SocketServer(events(["One ", "two "], finish=None), "hang") as server:
        model = OpenAIServer(server.url, "m")
        stream = model.complete(ASK)
        assert await anext(stream) == "One "
        if how == "aclose":
            await stream.aclose()
        else:
            task = asyncio.create_task(listen(stream, []))
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        await asyncio.wait_for(server.hung_up.wait(), 5)
        await model.aclose()


# Choices


async def test_a_choice_reads_one_token() -> None:
    server = FakeServer(lambda _: token_reply({"A": 0.6, " B": 0.2, "The": 0.2}))
    choice = await model_of(server).choose(ASK, ["A", "B"])
    assert choice.probabilities == {"A": pytest.approx(0.75), "B": pytest.approx(0.25)}
    assert choice.outside == pytest.approx(0.2)
    assert choice.source == "logprobs"
    body = server.bodies[0]
    assert (body["max_tokens"], body["temperature"], body["logprobs"], body["top_logprobs"]) == (
        1,
        0,
        True,
        20,
    )


async def test_a_model_that_rambles_is_garbled() -> None:
    server = FakeServer(lambda _: token_reply({"The": 0.9, "A": 0.1}))
    with pytest.raises(ModelGarbled, match="90%"):
        await model_of(server).choose(ASK, ["A", "B"])


async def test_how_a_model_is_asked_does_not_depend_on_what_it_was_asked_before() -> None:
    def chat(body: Body) -> httpx2.Response:
        begun = body["messages"][-1]["role"] == "assistant"
        hard = "hard" in body["messages"][1]["content"]
        return token_reply({"A": 0.9} if begun else {"The": 0.9, "A": 0.1} if hard else {"B": 0.9})

    model = model_of(FakeServer(chat))
    easy = await model.choose(ASK, ["A", "B"])
    await model.choose([ASK[0], Message("user", "hard")], ["A", "B"])
    assert await model.choose(ASK, ["A", "B"]) == easy


async def test_a_model_that_begins_to_think_has_its_answer_begun_for_it() -> None:
    def chat(body: Body) -> httpx2.Response:
        if body["messages"][-1]["role"] == "assistant":
            assert body["continue_final_message"] is True
            assert body["add_generation_prompt"] is False
            return token_reply({" A": 0.9, "The": 0.1})
        return token_reply({"<think>": 0.99, "A": 0.01})

    server = FakeServer(chat)
    model = model_of(server)
    choice = await model.choose(ASK, ["A", "B"])
    assert choice.probabilities["A"] == 1
    assert choice.source == "logprobs"
    before = len(server.bodies)
    await model.choose(ASK, ["A", "B"])
    assert len(server.bodies) == before + 1, "how to ask this model should have been remembered"


async def test_a_model_that_thinks_all_the_same_is_sampled() -> None:
    def chat(body: Body) -> httpx2.Response:
        if body["messages"][-1]["role"] == "assistant":
            return refusal(400, "unknown field continue_final_message")
        if body.get("logprobs"):
            return token_reply({"<|channel|>": 0.99, "A": 0.01})
        return (
            chat_reply("B", reasoning_content="hmm")
            if body["max_tokens"] > 100
            else chat_reply(None, finish="length")
        )

    choice = await model_of(FakeServer(chat)).choose(ASK, ["A", "B"])
    assert choice.source == "sampled"
    assert choice.probabilities == {"A": 0, "B": 1}


@pytest.mark.parametrize("how", ["refuses", "ignores", "nulls"])
async def test_a_server_without_log_probabilities_is_sampled_and_says_so(how: str) -> None:
    replies = iter(["A", "B", "A", "A", "Hm"] + ["A"] * 5)

    def chat(body: Body) -> httpx2.Response:
        if body.get("logprobs"):
            if how == "refuses":
                return refusal(400, "logprobs is not supported")
            return chat_reply("A", **({"logprobs": None} if how == "nulls" else {}))
        return chat_reply(next(replies))

    server = FakeServer(chat)
    model = model_of(server)
    choice = await model.choose(ASK, ["A", "B"])
    assert choice.source == "sampled"
    assert choice.probabilities == {"A": 0.75, "B": 0.25}
    assert choice.outside == pytest.approx(0.2)
    before = len(server.bodies)
    await model.choose(ASK, ["A", "B"])
    assert len(server.bodies) == before + SAMPLES, "that it has none should have been remembered"


async def test_replies_without_a_label_are_garbled() -> None:
    def chat(body: Body) -> httpx2.Response:
        return refusal(400, "no logprobs") if body.get("logprobs") else chat_reply("It depends.")

    with pytest.raises(ModelGarbled, match="did not choose"):
        await model_of(FakeServer(chat)).choose(ASK, ["A", "B"])


async def test_a_server_that_allows_fewer_alternatives_is_asked_for_fewer() -> None:
    def chat(body: Body) -> httpx2.Response:
        if body["top_logprobs"] > 5:
            return refusal(400, "top_logprobs must be at most 5")
        return token_reply({"A": 0.9, "B": 0.1})

    server = FakeServer(chat)
    model = model_of(server)
    for _ in range(2):
        assert (await model.choose(ASK, ["A", "B"])).source == "logprobs"
    assert [body["top_logprobs"] for body in server.bodies] == [20, 5, 5]


async def test_an_unavailable_server_is_not_taken_for_one_without_log_probabilities() -> None:
    server = FakeServer(lambda _: refusal(503, "logprobs worker restarting"))
    with pytest.raises(ModelUnavailable):
        await model_of(server).choose(ASK, ["A", "B"])


async def test_labels_are_checked_with_the_tokenizer_once() -> None:
    def tokens(body: Body) -> dict[str, Any]:
        if "messages" in body:
            return {"count": 1, "tokens": [1], "token_strs": ["<|assistant|>"]}
        return {"count": 2 if body["prompt"] == "7" else 1, "tokens": [1]}

    server = FakeServer(lambda _: token_reply({"A": 1.0}), tokens=tokens)
    model = model_of(server)
    await model.choose(ASK, ["A", "B"])
    asked = sum(request.url.path == "/tokenize" for request in server.requests)
    await model.choose(ASK, ["A", "B"])
    assert sum(request.url.path == "/tokenize" for request in server.requests) == asked
    with pytest.raises(ModelMisconfigured, match="label 7 as 2 tokens"):
        await model.choose(ASK, ["6", "7"])


async def test_a_tokenizer_in_trouble_is_asked_again_later() -> None:
    answers = iter([refusal(503, "loading")] * 2)

    def tokens(body: Body) -> Any:
        return next(answers, {"count": 2, "tokens": [1, 2]})

    model = model_of(FakeServer(lambda _: token_reply({"A": 0.9, "B": 0.1}), tokens=tokens), attempts=1)
    with pytest.raises(ModelMisconfigured, match="label B"):
        await model.choose(ASK, ["A", "B"])
    with pytest.raises(ModelMisconfigured, match="label A"):
        await model.choose(ASK, ["A", "B"])


async def test_a_template_that_could_not_be_seen_is_looked_at_again() -> None:
    answers = iter([refusal(503, "loading")])
    replies = iter([["plain"], ["Okay</think>", "Text."]])

    def tokens(body: Body) -> Any:
        return next(answers, {"count": 1, "tokens": [1], "token_strs": ["<think>"]})

    model = model_of(FakeServer(lambda _: stream_reply(next(replies)), tokens=tokens), attempts=1)
    assert await text_of(model.complete(ASK)) == "plain"
    assert await text_of(model.complete(ASK)) == "Text."


async def test_an_absent_server_is_waited_for_before_anything_is_known_of_it() -> None:
    def handle(request: httpx2.Request) -> httpx2.Response:
        gone.append(request.url.path)
        if len(gone) < 3:
            raise httpx2.ConnectError("refused", request=request)
        return server.transport.handle_request(request)

    gone: list[str] = []
    server = FakeServer(lambda _: stream_reply(["x"]))
    model = OpenAIServer(URL, transport=httpx2.MockTransport(handle))
    assert await text_of(model.complete(ASK)) == "x"
    assert gone[:3] == ["/v1/models"] * 3


async def test_many_choices_at_once_find_out_together() -> None:
    def chat(body: Body) -> httpx2.Response:
        if "chat_template_kwargs" in body:
            return refusal(400, "unknown field")
        return token_reply({"A": 0.9, "B": 0.1})

    server = FakeServer(chat)
    model = model_of(server)
    await asyncio.gather(*(model.choose(ASK, ["A", "B"]) for _ in range(6)))
    assert sum("chat_template_kwargs" in body for body in server.bodies) <= 3


async def test_labels_are_checked_before_anything_is_sent() -> None:
    server = FakeServer(lambda _: token_reply({"A": 1.0}))
    with pytest.raises(ValueError, match="label"):
        await model_of(server).choose(ASK, ["A", "maybe"])
    assert server.requests == []


# Secrets and connections


async def test_the_key_goes_to_the_server_and_nowhere_else(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(name, "ambient-secret")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Gateway: ambient-secret")
    server = FakeServer(lambda _: refusal(400, f"key {KEY} cannot do this"))
    model = model_of(server, key=SecretStr(KEY))
    with pytest.raises(ModelRejected) as caught:
        await text_of(model.complete(ASK))
    assert server.requests[-1].headers["authorization"] == f"Bearer {KEY}"
    for text in (repr(model), str(model), model.where, str(caught.value), caplog.text, repr(vars(model))):
        assert KEY not in text
    sent = "\n".join(str(list(request.headers.raw)) for request in server.requests)
    assert "ambient-secret" not in sent


async def test_without_a_key_none_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "ambient-secret")
    server = FakeServer(lambda _: stream_reply(["x"]))
    await text_of(model_of(server).complete(ASK))
    assert all("authorization" not in request.headers for request in server.requests)


async def test_a_redirect_is_not_followed_with_the_key() -> None:
    server = FakeServer(lambda _: httpx2.Response(307, headers={"location": "http://elsewhere.example/"}))
    with pytest.raises(ModelRejected, match="redirects"):
        await text_of(model_of(server, key=SecretStr(KEY)).complete(ASK))
    assert {request.url.host for request in server.requests} == {"127.0.0.1"}


def test_a_model_outlives_its_event_loop() -> None:
    async def once(url: str) -> str:
        text = await text_of(model.complete(ASK))
        await model.aclose()
        await model.aclose()
        return text

    model = model_of(FakeServer(lambda _: stream_reply(["x"])))
    assert [asyncio.run(once(URL)) for _ in range(2)] == ["x", "x"]
    gc.collect()


def test_connections_are_never_carried_into_another_event_loop() -> None:
    calls = ServerCalls(parse_address(URL), None, Timeouts(), 1, None)

    async def link() -> tuple[object, object]:
        return calls.learning, calls.learning

    (first, again), (second, _) = (asyncio.run(link()) for _ in range(2))
    assert first is again
    assert first is not second


# Another model behind the same address


@dataclass
class Replaced:
    """vLLM with one model at a time: it knows no other name, and only `thinker` thinks."""

    name: str = "plain"
    down: bool = False
    root: str = "/models/one"

    def server(self) -> FakeServer:
        return FakeServer(self.chat, models=self.models, tokens=self.tokens)

    def models(self) -> httpx2.Response:
        if self.down:
            raise httpx2.ConnectError("refused")
        return httpx2.Response(200, json={"data": [{"id": self.name, "root": self.root}]})

    def tokens(self, body: Body) -> dict[str, Any] | httpx2.Response:
        if body["model"] != self.name:
            return refusal(404, f"The model `{body['model']}` does not exist.")
        opens = self.name == "thinker" or self.root == "/models/thinker"
        return {"count": 1, "token_strs": ["<|Assistant|>", *(["<think>"] if opens else [])]}

    def chat(self, body: Body) -> httpx2.Response:
        if self.down:
            raise httpx2.ConnectError("refused")
        if body["model"] != self.name:
            return refusal(404, f"The model `{body['model']}` does not exist.")
        if self.name == "thinker" or self.root == "/models/thinker":
            return stream_reply(["So, the user", "</think>", "Thought."])
        return stream_reply(["Plain."])


async def test_the_successor_of_a_model_that_nobody_named_is_used_and_learned_anew() -> None:
    machine = Replaced()
    model = OpenAIServer(URL, None, transport=machine.server().transport)
    assert await text_of(model.complete(ASK)) == "Plain."
    machine.name = "thinker"
    assert await text_of(model.complete(ASK)) == "Thought."
    assert model.name == "thinker"


async def test_a_model_that_was_named_is_never_replaced_by_another() -> None:
    machine = Replaced()
    model = OpenAIServer(URL, "plain", transport=machine.server().transport)
    assert await text_of(model.complete(ASK)) == "Plain."
    machine.name = "thinker"
    for _ in range(2):
        with pytest.raises(ModelNotFound, match="`plain` does not exist"):
            await text_of(model.complete(ASK))
    machine.name = "plain"
    assert await text_of(model.complete(ASK)) == "Plain."


async def test_another_model_under_the_same_name_is_noticed_after_an_outage() -> None:
    machine = Replaced()
    model = OpenAIServer(URL, "plain", transport=machine.server().transport)
    assert await text_of(model.complete(ASK)) == "Plain."
    machine.down = True
    with pytest.raises(ModelUnavailable):
        await text_of(model.complete(ASK))
    machine.down, machine.root = False, "/models/thinker"
    assert await text_of(model.complete(ASK)) == "Thought."


async def test_an_outage_alone_is_no_reason_to_learn_anew() -> None:
    machine = Replaced()
    server = machine.server()
    model = OpenAIServer(URL, "plain", transport=server.transport)
    await text_of(model.complete(ASK))
    machine.down = True
    with pytest.raises(ModelUnavailable):
        await text_of(model.complete(ASK))
    machine.down = False
    await text_of(model.complete(ASK))
    assert [request.url.path for request in server.requests].count("/tokenize") == 1


# Tokens


async def test_tokens_are_counted_as_the_server_counts_them() -> None:
    seen: list[Observation] = []
    usage = {
        "prompt_tokens": 30,
        "completion_tokens": 2,
        "prompt_tokens_details": {"cached_tokens": 16},
    }
    last = b"data: " + json.dumps({"id": "1", "choices": [], "usage": usage}).encode() + b"\n\n"

    def chat(body: Body) -> httpx2.Response:
        if body.get("stream"):
            assert body["stream_options"] == {"include_usage": True}
            *pieces, done = events(["Well."])
            content = b"".join([*pieces, last, done])
            return httpx2.Response(200, headers={"content-type": "text/event-stream"}, content=content)
        reply = json.loads(token_reply({"A": 0.9, "B": 0.1}).content)
        return httpx2.Response(200, json={**reply, "usage": {"prompt_tokens": 40, "completion_tokens": 1}})

    model = model_of(FakeServer(chat), observe=seen.append)
    assert await text_of(model.complete(ASK)) == "Well."
    await model.choose(ASK, ["A", "B"])
    assert seen == [TokensUsed("complete", 30, 2, 16), TokensUsed("choose", 40, 1, None)]


@pytest.mark.parametrize("usage", [None, "many", {"prompt_tokens": "x"}, {"prompt_tokens": -1}])
async def test_a_count_that_cannot_be_read_costs_nothing(usage: Any) -> None:
    seen: list[Observation] = []
    reply = json.loads(token_reply({"A": 0.9, "B": 0.1}).content)
    server = FakeServer(lambda _: httpx2.Response(200, json={**reply, "usage": usage}))
    await model_of(server, observe=seen.append).choose(ASK, ["A", "B"])
    assert seen == []


async def test_a_server_that_refuses_to_count_streams_is_asked_without() -> None:
    def chat(body: Body) -> httpx2.Response:
        if "stream_options" in body:
            return refusal(400, "Unrecognized request argument supplied: stream_options")
        return stream_reply(["x"])

    server = FakeServer(chat)
    model = model_of(server)
    assert await text_of(model.complete(ASK)) == "x"
    assert await text_of(model.complete(ASK)) == "x"
    assert len(server.bodies) == 3


async def test_retries_are_told() -> None:
    seen: list[Observation] = []
    server = FakeServer(script(refused, lambda: stream_reply(["x"])))
    await text_of(model_of(server, observe=seen.append).complete(ASK))
    assert seen == [Retried()]
