"""An OpenAI-compatible server in memory, and one on a real socket whose stream can be made to break."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx2

Body = Mapping[str, Any]


def refusal(status: int, message: str) -> httpx2.Response:
    return httpx2.Response(status, json={"error": {"message": message, "type": "x", "code": status}})


def chat_reply(text: str | None, *, finish: str = "stop", **message: Any) -> httpx2.Response:
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": text, **message},
        "finish_reason": finish,
    }
    return httpx2.Response(200, json={"id": "1", "object": "chat.completion", "choices": [choice]})


def token_reply(tokens: Mapping[str, float]) -> httpx2.Response:
    """A one-token reply with the alternatives' probabilities."""
    listed = [{"token": token, "logprob": math.log(p), "bytes": None} for token, p in tokens.items()]
    first = max(tokens, key=lambda token: tokens[token])
    content = [{"token": first, "logprob": math.log(tokens[first]), "bytes": None, "top_logprobs": listed}]
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": first},
        "logprobs": {"content": content},
        "finish_reason": "length",
    }
    return httpx2.Response(200, json={"id": "1", "object": "chat.completion", "choices": [choice]})


def events(pieces: Sequence[str | Mapping[str, Any]], finish: str | None = "stop") -> list[bytes]:
    """Server-sent events of a reply; a mapping is a delta as it stands."""
    deltas: list[Mapping[str, Any]] = [{"role": "assistant", "content": ""}]
    deltas += [{"content": piece} if isinstance(piece, str) else piece for piece in pieces]
    lines = [_event({"index": 0, "delta": delta, "finish_reason": None}) for delta in deltas]
    if finish is not None:
        lines += [_event({"index": 0, "delta": {}, "finish_reason": finish}), b"data: [DONE]\n\n"]
    return lines


def _event(choice: Mapping[str, Any]) -> bytes:
    chunk = {"id": "1", "object": "chat.completion.chunk", "model": "m", "choices": [choice]}
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"


def stream_reply(pieces: Sequence[str | Mapping[str, Any]], finish: str | None = "stop") -> httpx2.Response:
    return httpx2.Response(
        200, headers={"content-type": "text/event-stream"}, content=b"".join(events(pieces, finish))
    )


@dataclass
class FakeServer:
    """Answers by `chat`; keeps every request. `tokens` is vLLM's tokenizer, absent on other servers."""

    chat: Callable[[Body], httpx2.Response]
    models: Sequence[str] | httpx2.Response | Callable[[], httpx2.Response] = ("first", "second")
    tokens: Callable[[Body], Mapping[str, Any] | httpx2.Response] | None = None
    requests: list[httpx2.Request] = field(default_factory=list)

    @property
    def transport(self) -> httpx2.MockTransport:
        return httpx2.MockTransport(self._handle)

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """Bodies of the chat requests so far."""
        return [json.loads(r.content) for r in self.requests if r.url.path.endswith("/chat/completions")]

    def _handle(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        if request.url.path == "/v1/models":
            if callable(self.models):
                return self.models()
            if isinstance(self.models, httpx2.Response):
                return self.models
            return httpx2.Response(
                200,
                json={"object": "list", "data": [{"id": name, "object": "model"} for name in self.models]},
            )
        if request.url.path == "/tokenize" and self.tokens is not None:
            found = self.tokens(json.loads(request.content))
            return found if isinstance(found, httpx2.Response) else httpx2.Response(200, json=found)
        if request.url.path == "/v1/chat/completions":
            return self.chat(json.loads(request.content))
        return refusal(404, "Not Found")


STREAM_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


def chunked(pieces: Sequence[bytes]) -> bytes:
    """Pieces of a body in chunks (RFC 9112, section 7.1), without the one that ends it."""
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)


async def read_request(reader: asyncio.StreamReader) -> tuple[str, bytes]:
    """Path and body of the next request. Raises IncompleteReadError where the client has closed."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    lengths = [line for line in head.splitlines() if line.lower().startswith("content-length")]
    body = await reader.readexactly(int(lengths[0].split(":")[1]) if lengths else 0)
    return head.split(" ", 2)[1], body


class SocketServer:
    """Sends a reply's events over TCP, then stays open (`hang`), drops the connection, or ends in good order."""

    def __init__(self, lines: Sequence[bytes], ending: str) -> None:
        self.lines = lines
        self.ending = ending
        self.requests = 0
        self.hung_up = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> SocketServer:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()
        await asyncio.wait_for(asyncio.gather(*self._serving), 5)

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        path, _ = await read_request(reader)
        if not path.endswith("/chat/completions"):
            writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        else:
            self.requests += 1
            writer.write(STREAM_HEAD + chunked(self.lines))
            await writer.drain()
            if self.ending == "hang":
                await reader.read()  # returns when the client closes
                self.hung_up.set()
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
