"""A `ChatModel` around another one: a limit on how much runs at once, a circuit breaker, and somebody who counts.

Everything that `connect` hands out goes through it. A turn at the gate is held until a reply has ended or was closed,
retries included. A choice at a server without log-probabilities takes a few samples at once within its one turn.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from interviewer.llm.breaker import Breaker, Clock, Patience
from interviewer.llm.errors import CircuitOpen, ModelError, ModelUnavailable
from interviewer.llm.gate import Gate
from interviewer.llm.observe import (
    Admitted,
    CircuitMoved,
    CircuitState,
    Ended,
    FirstToken,
    GaveUp,
    Observe,
    Queued,
    Refused,
    Verb,
    ignore,
)
from interviewer.llm.protocol import ChatModel, Choice, Message

# vLLM batches what it gets; 64 keeps a GPU of today busy, and what is more than that waits here, in our order.
CONCURRENCY = 64


class SteadyModel:
    """A model that is never asked too much at once, and not at all while it keeps failing."""

    def __init__(
        self,
        model: ChatModel,
        *,
        limit: int = CONCURRENCY,
        patience: Patience | None = None,
        observe: Observe = ignore,
        clock: Clock = time.monotonic,
    ) -> None:
        """`limit` requests run at once; `clock` counts seconds."""
        self._model = model
        self._gate = Gate(limit)
        self._observe = observe
        self._clock = clock
        self._answers: bool | None = None
        self._released = False
        self._breaker = Breaker(
            f"The model at {model.where}", patience, clock=clock, moved=self._circuit_moved
        )

    @property
    def name(self) -> str:
        """The model's name."""
        return self._model.name

    @property
    def where(self) -> str:
        """Where the model runs."""
        return self._model.where

    @property
    def answers(self) -> bool | None:
        """Whether the last request was answered, be it with a refusal; None before the first has ended."""
        return self._answers

    @property
    def circuit(self) -> CircuitState:
        """The state of the circuit breaker."""
        return self._breaker.state

    def __repr__(self) -> str:
        """The model within."""
        return f"SteadyModel({self._model!r})"

    async def complete(
        self, messages: Sequence[Message], *, max_tokens: int = 400, temperature: float = 0.3
    ) -> AsyncIterator[str]:
        """Stream the reply's text when its turn has come; closing the iterator closes the model's.

        Raises:
            CircuitOpen: the model keeps failing; nothing was sent.
            ModelError: as the model raises it.
        """
        async with self._turn("complete") as begun:
            began = self._clock()
            said = False
            stream = self._model.complete(messages, max_tokens=max_tokens, temperature=temperature)
            async with _closing(stream):
                async for piece in stream:
                    if not said:
                        begun()
                        self._observe(FirstToken(self._clock() - began))
                        said = True
                    yield piece

    async def choose(self, messages: Sequence[Message], choices: Sequence[str]) -> Choice:
        """How likely each label is, when the request's turn has come.

        Raises:
            CircuitOpen: the model keeps failing; nothing was sent.
            ModelError: as the model raises it.
        """
        async with self._turn("choose"):
            return await self._model.choose(messages, choices)

    async def aclose(self) -> None:
        """Release the model. Requests that this breaks off are counted, but say nothing of a circuit any more."""
        self._released = True
        await self._model.aclose()

    @asynccontextmanager
    async def _turn(self, verb: Verb) -> AsyncIterator[Callable[[], None]]:
        """One request; what it gives is to be called when the reply begins."""
        try:
            self._breaker.check()
        except CircuitOpen:
            self._observe(Refused(verb))
            raise
        self._observe(Queued(verb))
        asked = self._clock()
        admitted = False
        try:
            async with self._gate.turn(verb):
                admitted = True
                self._observe(Admitted(verb, self._clock() - asked))
                with self._counted(verb), self._breaker.guard() as begun:
                    yield begun
        finally:
            if not admitted:
                self._observe(GaveUp(verb))

    @contextmanager
    def _counted(self, verb: Verb) -> Iterator[None]:
        began = self._clock()
        outcome = "cancelled"
        try:
            yield
            outcome = "ok"
            self._answers = True
        except ModelError as error:
            outcome = error.reason
            self._answers = not isinstance(error, ModelUnavailable)
            raise
        finally:
            self._observe(Ended(verb, outcome, self._clock() - began))

    def _circuit_moved(self, state: CircuitState) -> None:
        if not self._released:
            self._observe(CircuitMoved(state))


@asynccontextmanager
async def _closing(stream: AsyncIterator[Any]) -> AsyncIterator[None]:
    """Close a stream that is a generator now, not when it is collected: the server works until then."""
    try:
        yield
    finally:
        close = getattr(stream, "aclose", None)
        if close is not None:
            await close()
