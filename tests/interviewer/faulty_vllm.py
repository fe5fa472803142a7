"""A server on a real socket that speaks vLLM's protocol and can be made to fail in every way that matters to us."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, get_args

sys.path.insert(
    0, str(Path(__file__).parent / "llm")
)  # the tests of the whole come before those of the parts

from fake_openai import STREAM_HEAD, chunked, events, read_request

Fault = Literal[
    "refuses_at_start",
    "dies_before_first_token",
    "dies_mid_stream",
    "hangs_before_headers",
    "hangs_mid_stream",
    "sends_garbage",
    "sends_half_a_json",
    "is_busy",
    "is_unavailable",
    "context_too_long",
    "other_model",
    "says_nothing",
]
FAULTS: tuple[Fault, ...] = get_args(Fault)

# What a load balancer or vLLM itself answers: status, message, more headers.
_REFUSALS: dict[Fault, tuple[int, str, str]] = {
    "is_busy": (429, "Too many requests.", "Retry-After: 7\r\n"),
    "is_unavailable": (503, "The engine is not ready.", ""),
    "context_too_long": (
        400,
        "This model's maximum context length is 2048 tokens. However, you requested 3000 tokens (2600 in the "
        "messages, 400 in the completion). Please reduce the length of the messages or completion.",
        "",
    ),
}


class FaultyVllm:
    """vLLM's `/v1/models`, `/tokenize` and `/v1/chat/completions`, whole or with the fault that was asked for.

    `asked` counts chat requests, `served` those that were answered in full. `hangs` is set when a reply hangs, and
    `hung_up` when the client has left it.
    """

    def __init__(self, reply: str = "What would you look at next?", model: str = "first-model") -> None:
        """Every reply is `reply`; every choice of a letter falls on A, every choice of a digit is between 2 and 4."""
        self.reply = reply
        self.model = model
        self.fault: Fault | None = None
        self.asked = 0
        self.served = 0
        self.hangs = asyncio.Event()
        self.hung_up = asyncio.Event()
        self._port = 0
        self._listener: asyncio.Server | None = None
        self._connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def __aenter__(self) -> FaultyVllm:
        """Listen on a free port, which is kept while the server is down."""
        await self._listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close all connections."""
        self.die()
        await asyncio.gather(*self._connections, return_exceptions=True)

    @property
    def url(self) -> str:
        """The address for `--llm-url`."""
        return f"http://127.0.0.1:{self._port}/v1"

    def break_down(self, fault: Fault) -> None:
        """From now on the server has the fault."""
        if fault == "other_model":
            self.model = "second-model"
            return
        self.fault = fault
        if fault == "refuses_at_start":
            self.die()

    async def recover(self) -> None:
        """Be whole again, at the same address."""
        self.fault = None
        if self._listener is None:
            await self._listen()

    def die(self) -> None:
        """Drop all connections and refuse new ones, as a killed process does."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        for writer in self._connections.values():
            writer.transport.abort()

    async def _listen(self) -> None:
        self._listener = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
        self._port = self._listener.sockets[0].getsockname()[1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections[task] = writer
        try:
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
                while True:
                    path, body = await read_request(reader)
                    await self._answer(path, json.loads(body or b"{}"), reader, writer)
                    await writer.drain()
        finally:
            writer.close()
            self._connections.pop(task, None)

    async def _answer(
        self, path: str, body: dict[str, Any], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if path == "/v1/models":
            card = {"id": self.model, "object": "model", "root": self.model, "max_model_len": 2048}
            writer.write(_json(200, {"object": "list", "data": [card]}))
        elif body.get("model") != self.model:
            writer.write(_error(404, f"The model `{body.get('model')}` does not exist."))
        elif path == "/tokenize":
            writer.write(_json(200, {"count": 1, "tokens": [1], "token_strs": ["<|assistant|>"]}))
        elif path == "/v1/chat/completions":
            self.asked += 1
            await self._chat(body, reader, writer)
        else:
            writer.write(_error(404, "Not Found"))

    async def _chat(
        self, body: dict[str, Any], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        begun = STREAM_HEAD + chunked(events(["What would ", "you "], finish=None))
        match self.fault:
            case None:
                self._reply(body, writer)
                self.served += 1
            case "refuses_at_start" | "dies_before_first_token":
                self.die()
            case "dies_mid_stream":
                writer.write(begun)
                await writer.drain()
                self.die()
            case "hangs_before_headers":
                await self._hang(reader)
            case "hangs_mid_stream":
                writer.write(begun)
                await writer.drain()
                await self._hang(reader)
            case "sends_garbage":
                writer.write(b"\x16\x03\x01\x02\x00\x00\xff\xfe garbage \x00" * 20 + b"\r\n\r\n")
            case "sends_half_a_json":
                writer.write(STREAM_HEAD + chunked([b'data: {"id": "1", "choices": [{"delta": {"con\n\n']))
                writer.write(b"0\r\n\r\n")
            case "says_nothing":
                thinking = {"reasoning_content": "Let me think about the candidate."}
                self._stream(events([thinking] if self.asked % 2 else [], "length"), writer)
            case "other_model":
                raise AssertionError("another model answers")
            case fault:
                status, message, headers = _REFUSALS[fault]
                writer.write(_error(status, message, headers))

    async def _hang(self, reader: asyncio.StreamReader) -> None:
        self.hangs.set()
        await reader.read()  # returns when the client closes
        self.hung_up.set()

    def _reply(self, body: dict[str, Any], writer: asyncio.StreamWriter) -> None:
        usage = {"prompt_tokens": 100, "completion_tokens": 8, "total_tokens": 108}
        if body.get("stream"):
            *pieces, done = events(re.findall(r"\S+\s*", self.reply))
            last = b"data: " + json.dumps({"id": "1", "choices": [], "usage": usage}).encode() + b"\n\n"
            self._stream([*pieces, last, done], writer)
            return
        is_digit = "a single digit" in json.dumps(body["messages"])
        likely = {"2": math.log(0.6), "4": math.log(0.4)} if is_digit else {"A": 0.0}
        tokens = [{"token": token, "logprob": logprob} for token, logprob in likely.items()]
        first = {**tokens[0], "top_logprobs": tokens}
        choice = {
            "index": 0,
            "message": {"role": "assistant", "content": tokens[0]["token"]},
            "logprobs": {"content": [first]},
            "finish_reason": "length",
        }
        writer.write(_json(200, {"id": "1", "choices": [choice], "usage": usage}))

    @staticmethod
    def _stream(lines: Sequence[bytes], writer: asyncio.StreamWriter) -> None:
        writer.write(STREAM_HEAD + chunked(lines) + b"0\r\n\r\n")


def _json(status: int, data: object, headers: str = "") -> bytes:
    content = json.dumps(data).encode()
    head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n{headers}Content-Length: {len(content)}"
    return f"{head}\r\n\r\n".encode() + content


def _error(status: int, message: str, headers: str = "") -> bytes:
    return _json(status, {"error": {"message": message, "type": "x", "code": status}}, headers)
