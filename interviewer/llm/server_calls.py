"""Requests to an OpenAI-compatible server: connections, clocks, retries and the dialect that it understands."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx2
import openai
from pydantic import SecretStr
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    wait_random_exponential,
)

from interviewer.llm.address import ServerAddress
from interviewer.llm.dialect import DIALECTS, Dialect
from interviewer.llm.observe import Observe, Retried, TokensUsed, Verb, ignore
from interviewer.llm.protocol import Message
from interviewer.llm.translate import is_too_long, is_worth_retrying, retry_after_s, translated
from interviewer.llm.wire import (
    ChatReply,
    Delta,
    ListedModel,
    ModelList,
    Tokens,
    Usage,
    delta_of,
    open_client,
    open_http,
    usage_of,
)

T = TypeVar("T")

ABOUT_LOGPROBS = re.compile(r"log_?prob", re.I)
_ABOUT_USAGE = re.compile(r"stream_options|include_usage", re.I)
# Pauses between attempts; a server that asks for a longer one is not asked again in the same call.
MAX_PAUSE_S = 4.0
FIRST_TOKEN_S = 30.0


@dataclass(frozen=True)
class Timeouts:
    """How long to wait, in seconds. `total_s` counts the time spent waiting for the server, not the reader's.

    `first_token_s` is what the first candidate waits when a server that takes requests hangs. A loaded server on a GPU
    begins within seconds; one that needs longer than half a minute is no partner for a conversation, and is left to
    whoever sets a longer time on purpose. `stall_s` is the longest silence within a reply: a server under load pauses a
    reply for seconds, not for a minute.
    """

    connect_s: float = 5.0
    first_token_s: float = FIRST_TOKEN_S
    stall_s: float = 60.0
    total_s: float = 300.0


@dataclass(frozen=True)
class _Link:
    """Connections belong to the event loop in which they were opened."""

    loop: asyncio.AbstractEventLoop
    http: httpx2.AsyncClient
    client: openai.AsyncOpenAI
    learning: asyncio.Lock


class ServerCalls:
    """Raw requests; errors of the client arrive translated. The model's name is set by the owner."""

    def __init__(
        self,
        address: ServerAddress,
        key: SecretStr | None,
        timeouts: Timeouts,
        attempts: int,
        transport: httpx2.AsyncBaseTransport | None,
        observe: Observe = ignore,
    ) -> None:
        """Nothing is opened yet. `attempts` counts the first one."""
        self.address = address
        self.model = ""
        self.dialect: Dialect | None = None
        self._key = key
        self._timeouts = timeouts
        self._attempts = attempts
        self._transport = transport
        self.has_tokenizer = True
        self._observe = observe
        self._counts_streams = True
        self._link: _Link | None = None

    @property
    def learning(self) -> asyncio.Lock:
        """Held while the first request finds out what the server can do."""
        return self._open().learning

    async def aclose(self) -> None:
        """Close the connections of this event loop; the next request opens new ones."""
        link, self._link = self._link, None
        if link is not None and link.loop is asyncio.get_running_loop():
            await link.http.aclose()

    def forget(self) -> None:
        """Find out anew how the server wants to be asked."""
        self.dialect = None
        self.has_tokenizer = self._counts_streams = True

    async def list_models(self, *, patient: bool = False) -> list[ListedModel]:
        """The models that the server offers, in its order; `patient` tries more than once."""

        async def get() -> httpx2.Response:
            async with asyncio.timeout(self._timeouts.connect_s * 2):
                response = await self._open().http.get(f"{self.address.base_url}/models")
            return response.raise_for_status()

        with self._translated():
            response = await (self._retrying(get) if patient else get())
            return ModelList.model_validate_json(response.content).data

    async def tokenize(self, **body: Any) -> Tokens | None:
        """vLLM's tokenizer; None on other servers, and while a server has trouble."""
        if not self.has_tokenizer:
            return None

        async def post() -> httpx2.Response:
            async with asyncio.timeout(self._timeouts.connect_s * 2):
                url = f"{self.address.root_url}/tokenize"
                return await self._open().http.post(url, json={"model": self.model, **body})

        with self._translated():
            response = await self._retrying(post)
        if response.status_code >= 500:
            return None
        if response.is_success:
            try:
                return Tokens.model_validate_json(response.content)
            except ValueError:  # another server's tokenizer
                pass
        self.has_tokenizer = False
        return None

    async def reply(
        self,
        messages: Sequence[Message],
        max_tokens: int,
        temperature: float,
        more: dict[str, Any],
        top_logprobs: int | None,
    ) -> ChatReply:
        """A whole reply; `more` are fields that only some servers know."""

        async def send(dialect: Dialect) -> ChatReply:
            fields, extra = dialect.body(messages, max_tokens, temperature)
            if top_logprobs is not None:
                fields |= {"logprobs": True, "top_logprobs": top_logprobs}
            response = await self._open().client.post(
                "/chat/completions",
                body={"model": self.model, **fields, **extra, **more},
                cast_to=httpx2.Response,
            )
            reply = ChatReply.model_validate_json(response.content)
            self.count("choose", usage_of(reply.usage))
            return reply

        with self._translated():
            async with asyncio.timeout(self._timeouts.total_s):
                return await self._retrying(lambda: self._in_a_dialect(send))

    async def stream(self, messages: Sequence[Message], max_tokens: int, temperature: float) -> ReplyStream:
        """A reply that has begun: its first event is there, so from here on nothing may be sent again."""
        clock = _Clock(self._timeouts)

        async def send(dialect: Dialect) -> ReplyStream:
            fields, extra = dialect.body(messages, max_tokens, temperature)
            if self._counts_streams:
                fields["stream_options"] = {"include_usage": True}
            stream = await self._open().client.chat.completions.create(
                model=self.model, stream=True, extra_body=extra, **fields
            )
            try:
                first = await _next_delta(stream)
            except BaseException:
                await stream.close()
                raise
            return ReplyStream(stream, first, clock, self._translated)

        with self._translated():
            return await clock.first(self._retrying(lambda: self._in_a_dialect(send)))

    def count(self, verb: Verb, usage: Usage | None) -> None:
        """Tell the observer what a server counted, if it did."""
        if usage is not None:
            counted = TokensUsed(verb, usage.prompt_tokens, usage.completion_tokens, usage.cached_tokens)
            self._observe(counted)

    async def _in_a_dialect(self, send: Callable[[Dialect], Awaitable[T]]) -> T:
        """Send in the server's dialect, and without asking for a count where a server refuses the question."""
        try:
            return await self._in_some_dialect(send)
        except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
            if not self._counts_streams or not _ABOUT_USAGE.search(str(error)):
                raise
        self._counts_streams = False
        return await self._in_some_dialect(send)

    async def _in_some_dialect(self, send: Callable[[Dialect], Awaitable[T]]) -> T:
        """Send in the server's dialect; as long as it is not known, in the next one after a refusal."""
        if self.dialect is not None:
            return await send(self.dialect)
        first: openai.APIStatusError | None = None
        for dialect in DIALECTS:
            try:
                result = await send(dialect)
            except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
                first = first or error
                known = ABOUT_LOGPROBS.search(str(error)) or _ABOUT_USAGE.search(str(error))
                if known or is_too_long(error):
                    raise
            else:
                self.dialect = dialect
                return result
        assert first is not None
        raise first

    async def _retrying(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Try a few times with growing, random pauses, or the server's own; only for what has not begun to answer."""
        backoff = wait_random_exponential(multiplier=0.3, max=MAX_PAUSE_S)
        async for trial in AsyncRetrying(
            stop=stop_after_attempt(self._attempts),
            wait=lambda state: max(backoff(state), _wish_s(state)),
            retry=retry_if_exception(_may_pass_soon),
            before_sleep=lambda _state: self._observe(Retried()),
            reraise=True,
        ):
            with trial:
                return await attempt()
        raise AssertionError("tenacity ends with a result or an error")

    def _open(self) -> _Link:
        loop = asyncio.get_running_loop()
        if self._link is None or self._link.loop is not loop:
            http = open_http(self._key, self._timeouts.connect_s, self.address.is_loopback, self._transport)
            self._link = _Link(loop, http, open_client(http, self.address.base_url), asyncio.Lock())
        return self._link

    def _translated(self) -> AbstractContextManager[None]:
        secret = self._key.get_secret_value() if self._key is not None else None
        return translated(self.address.base_url, secret)


class ReplyStream:
    """The rest of a reply that has begun."""

    def __init__(
        self,
        stream: openai.AsyncStream[Any],
        first: Delta | None,
        clock: _Clock,
        guard: Callable[[], AbstractContextManager[None]],
    ) -> None:
        """`first` is the event that has been read already."""
        self._stream = stream
        self._first = first
        self._clock = clock
        self._guard = guard

    async def next(self) -> Delta | None:
        """The next event that says something; None at the end of the stream."""
        if self._first is not None:
            delta, self._first = self._first, None
            return delta
        with self._guard():
            return await self._clock.next(_next_delta(self._stream))

    async def close(self) -> None:
        """Let go of the connection; a server notices and stops generating."""
        await self._stream.close()


class _Clock:
    """Counts the time spent waiting for one reply."""

    def __init__(self, timeouts: Timeouts) -> None:
        self._first_s = min(timeouts.first_token_s, timeouts.total_s)
        self._stall_s = timeouts.stall_s
        self._left_s = timeouts.total_s

    async def first(self, waiting: Awaitable[T]) -> T:
        return await self._wait(waiting, self._first_s)

    async def next(self, waiting: Awaitable[T]) -> T:
        return await self._wait(waiting, max(0.0, min(self._left_s, self._stall_s)))

    async def _wait(self, waiting: Awaitable[T], limit_s: float) -> T:
        began = time.monotonic()
        try:
            async with asyncio.timeout(limit_s):
                return await waiting
        finally:
            self._left_s -= time.monotonic() - began


async def _next_delta(stream: openai.AsyncStream[Any]) -> Delta | None:
    while True:
        try:
            delta = delta_of(await stream.__anext__())
        except StopAsyncIteration:
            return None
        if delta.text or delta.thinking or delta.finish_reason or delta.usage:
            return delta


def _wish_s(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome is not None else None
    return (retry_after_s(error) if error is not None else None) or 0.0


def _may_pass_soon(error: BaseException) -> bool:
    return is_worth_retrying(error) and (retry_after_s(error) or 0.0) <= MAX_PAUSE_S
