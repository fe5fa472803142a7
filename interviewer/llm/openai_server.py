"""Any OpenAI-compatible server as a `ChatModel`: vLLM first, then llama.cpp, Ollama, LM Studio and hosted ones.

What a server can do is found out with the first requests and kept: the fields it understands, whether it gives
log-probabilities, whether its model thinks before it speaks. It is found out anew when the server says that it has no
such model, or lists other models after an outage. Limits on how much runs at once, and what to do when a server keeps
failing, are `steady.SteadyModel`'s.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx2
import openai
from pydantic import SecretStr

from interviewer.llm.address import parse_address
from interviewer.llm.errors import (
    ModelError,
    ModelGarbled,
    ModelMisconfigured,
    ModelNotFound,
    ModelRejected,
    ModelUnavailable,
)
from interviewer.llm.labels import check_labels, choice_of, label_in_reply
from interviewer.llm.observe import Observe, ignore
from interviewer.llm.protocol import Choice, Message
from interviewer.llm.server_calls import ABOUT_LOGPROBS, ReplyStream, ServerCalls, Timeouts
from interviewer.llm.thinking import ThinkFilter, begins_thinking, opens_by_name, opens_thinking
from interviewer.llm.wire import ChatReply, ListedModel, Position, Usage

T = TypeVar("T")

# Asked for in this order; some servers allow fewer alternatives than OpenAI's 20.
TOP_LOGPROBS = (20, 5)
# Without log-probabilities a choice is estimated from this many replies at temperature 1.
SAMPLES = 5
# Put into the model's mouth where it would think first: the next token is then the label.
PREFILL = "Answer:"
# What a model that cannot be told not to think may use for it, beside the reply's own tokens.
THINKING_TOKENS = 1500

_NO_THINKING = {"enable_thinking": False, "thinking": False}


@dataclass
class _Learned:
    """What the first requests have shown of a server and its model."""

    template_seen: bool = False
    thinks: bool = False
    opens_thinking: bool = False
    logprobs_known: bool = False
    top_logprobs: int | None = None
    prefills: bool = False
    samples: bool = False
    checked_labels: set[str] = field(default_factory=set)


class OpenAIServer:
    """A model behind an OpenAI-compatible HTTP API. Nothing is sent before the first call."""

    def __init__(
        self,
        url: str,
        model: str | None = None,
        key: SecretStr | None = None,
        *,
        timeouts: Timeouts | None = None,
        attempts: int = 3,
        transport: httpx2.AsyncBaseTransport | None = None,
        listed: str | None = None,
        observe: Observe = ignore,
    ) -> None:
        """`model` None means the first that the server lists; `transport` replaces the network in tests.

        `listed` is the first if the server has been asked already. `observe` hears of retries and counted tokens.

        Raises:
            ModelMisconfigured: the address cannot be used.
        """
        self._wanted = model
        self._model = model or listed
        self._calls = ServerCalls(
            parse_address(url), key, timeouts or Timeouts(), attempts, transport, observe
        )
        self._learned = _Learned()
        self._offer: tuple[ListedModel, ...] | None = None
        self._in_doubt = True

    @property
    def name(self) -> str:
        """The model's name on the server; `default` until the server has been asked for its first."""
        return self._model or "default"

    @property
    def where(self) -> str:
        """The server's address, without secrets."""
        return self._calls.address.base_url

    def __repr__(self) -> str:
        """Name and address, never the key."""
        return f"OpenAIServer(model={self.name!r}, where={self.where!r})"

    async def aclose(self) -> None:
        """Close the connections of this event loop; the next call opens new ones."""
        await self._calls.aclose()

    async def list_models(self) -> list[str]:
        """Names of the models that the server offers, in its order.

        Raises:
            ModelError: it cannot be reached, or is no such server.
        """
        return [item.id for item in await self._calls.list_models()]

    async def complete(
        self, messages: Sequence[Message], *, max_tokens: int = 400, temperature: float = 0.3
    ) -> AsyncIterator[str]:
        """Stream the reply's text; thinking is never part of it. Closing the iterator stops the server's work.

        Raises:
            ModelUnavailable: before the first token after some retries, or, when the stream breaks, after what came.
            ModelGarbled: no text came, or nothing but thinking.
            ModelRejected: the server refuses the request.
        """

        async def begin() -> ReplyStream:
            room = THINKING_TOKENS if self._learned.thinks else 0
            return await self._calls.stream(messages, max_tokens + room, temperature)

        stream = await self._ask_known(begin)
        learned = self._learned
        sieve = ThinkFilter(opened=learned.opens_thinking)
        said = False
        finish: str | None = None
        usage: Usage | None = None
        try:
            while (delta := await stream.next()) is not None:
                finish = delta.finish_reason or finish
                usage = delta.usage or usage
                if delta.thinking:
                    # This server tells thinking from text, so what comes as text is text.
                    learned.thinks, learned.opens_thinking = True, False
                    sieve = ThinkFilter() if sieve.undecided else sieve
                text = sieve.feed(delta.text)
                self._notice(sieve)
                if text and (said or text.strip()):
                    yield text if said else text.lstrip()
                    said = True
        except ModelUnavailable:
            self._in_doubt = True
            raise
        finally:
            self._calls.count("complete", usage)
            await stream.close()
        if finish is None:
            self._in_doubt = True
            raise ModelUnavailable(f"The reply of {self.name} at {self.where} broke off; try again.")
        undecided = sieve.undecided
        rest = "" if undecided and finish == "length" else sieve.finish()
        if rest:
            yield rest
        elif not said:
            reason = "spent its whole reply thinking" if undecided or learned.thinks else "said nothing"
            learned.thinks = learned.thinks or undecided
            raise ModelGarbled(f"{self.name} at {self.where} {reason}; try again, or choose another model.")

    def _notice(self, sieve: ThinkFilter) -> None:
        if sieve.leaked:
            self._learned.thinks = self._learned.opens_thinking = True
            raise ModelGarbled(f"{self.name} at {self.where} thought aloud instead of answering; try again.")
        if sieve.thought:
            self._learned.thinks = True

    async def choose(self, messages: Sequence[Message], choices: Sequence[str]) -> Choice:
        """How likely each label is as the next token, from its log-probabilities where the server gives them.

        Raises:
            ValueError: the labels are not different letters or digits.
            ModelGarbled: most of the probability fell on other tokens.
            ModelMisconfigured: a label is more than one token for this model.
            ModelUnavailable, ModelRejected: as in `complete`.
        """
        labels = check_labels(choices)

        async def ask() -> Choice:
            await self._check_tokens(labels)
            if self._learned.logprobs_known:
                return await self._choose(messages, labels)
            async with self._calls.learning:
                return await self._choose(messages, labels)

        return await self._ask_known(ask)

    async def _choose(self, messages: Sequence[Message], labels: tuple[str, ...]) -> Choice:
        learned = self._learned
        if learned.samples:
            return await self._sample(messages, labels)
        if learned.prefills:
            return self._read(await self._ask(messages, prefilled=True), labels)
        reply = await self._ask(messages)
        if reply is None:
            learned.samples = True
            return await self._sample(messages, labels)
        try:
            return self._read(reply, labels)
        except ModelGarbled:
            tokens = [item.token for item in _positions(reply)[0].tokens()[:3]]
            thinks = learned.thinks or learned.opens_thinking or begins_thinking(tokens)
            choice = await self._choose_begun(messages, labels, thinks)
            if choice is None:
                raise
            return choice

    async def _choose_begun(
        self, messages: Sequence[Message], labels: tuple[str, ...], thinks: bool
    ) -> Choice | None:
        """The choice with an answer begun for the model; None where it rambles even then.

        Only a model that thinks is asked like this from now on, or sampled where it thinks all the same: for
        any other the way of asking must not depend on what was asked before.
        """
        try:
            choice = self._read(await self._ask(messages, prefilled=True), labels)
        except (ModelGarbled, ModelRejected):
            if not thinks:
                return None
            self._learned.thinks = self._learned.samples = True
            return await self._sample(messages, labels)
        self._learned.prefills = thinks
        return choice

    async def _ask(self, messages: Sequence[Message], prefilled: bool = False) -> ChatReply | None:
        """One token with its alternatives; None where the server gives no log-probabilities."""
        learned = self._learned
        more: dict[str, Any] = {}
        if prefilled:
            messages = [*messages, Message("assistant", PREFILL)]
            more = {"continue_final_message": True, "add_generation_prompt": False}
        for top in (learned.top_logprobs,) if learned.logprobs_known else TOP_LOGPROBS:
            try:
                reply = await self._calls.reply(messages, 1, 0.0, more, top)
            except ModelRejected as error:
                if learned.logprobs_known or not _is_about_logprobs(error):
                    raise
                continue
            if _positions(reply):
                learned.logprobs_known, learned.top_logprobs = True, top
                return reply
            break
        learned.logprobs_known = True
        return None

    def _read(self, reply: ChatReply | None, labels: tuple[str, ...]) -> Choice:
        who = f"{self.name} at {self.where}"
        positions = _positions(reply)
        if not positions:
            raise ModelGarbled(f"{who} gave no log-probabilities.")
        tokens = [(item.token, math.exp(min(0.0, item.logprob))) for item in positions[0].tokens()]
        return choice_of(tokens, labels, who)

    async def _sample(self, messages: Sequence[Message], labels: tuple[str, ...]) -> Choice:
        """The share of each label among a few replies; `outside` is the share of replies without a label."""
        # The first alone: it shows whether the model thinks, and in which dialect the server is asked.
        found = [await self._sample_once(messages, labels)]
        found += await asyncio.gather(*(self._sample_once(messages, labels) for _ in range(SAMPLES - 1)))
        read = [label for label in found if label is not None]
        if 2 * len(read) <= len(found):
            raise ModelGarbled(
                f"{self.name} at {self.where} did not choose between {', '.join(labels)}; choose another model."
            )
        shares = {label: read.count(label) / len(read) for label in labels}
        return Choice(shares, 1 - len(read) / len(found), source="sampled")

    async def _sample_once(self, messages: Sequence[Message], labels: tuple[str, ...]) -> str | None:
        learned = self._learned
        for _ in range(2):
            thinks = learned.thinks
            reply = await self._calls.reply(messages, 8 + (THINKING_TOKENS if thinks else 0), 1.0, {}, None)
            choice = reply.choices[0]
            sieve = ThinkFilter(opened=learned.opens_thinking)
            text = sieve.feed(choice.message.content or "")
            cut_off = sieve.undecided and choice.finish_reason == "length"
            text += "" if cut_off else sieve.finish()
            learned.thinks = thinks or sieve.thought or cut_off or choice.message.thinks
            if learned.thinks == thinks or text.strip():
                break
        return label_in_reply(text, labels)

    async def _ask_known(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask when the server is known; once more, after a new look, where it no longer has the model."""
        await self._prepare()
        asked = self._model
        try:
            try:
                return await ask()
            except ModelNotFound:
                self._forget()
                await self._prepare()
                if self._model == asked:
                    raise
                return await ask()
        except ModelUnavailable:
            self._in_doubt = True
            raise

    def _forget(self) -> None:
        self._learned = _Learned()
        self._calls.forget()
        self._in_doubt = True

    async def _look(self) -> None:
        """See what the server offers; if that has changed, nothing that was learned holds any more."""
        try:
            offer = tuple(await self._calls.list_models(patient=self._model is None))
        except ModelError as error:
            if self._model is None:
                raise
            # A server in trouble is looked at again; one without a list has nothing to show.
            self._in_doubt = isinstance(error, ModelUnavailable)
            return
        if self._offer is not None and offer != self._offer:
            self._forget()
        self._offer, self._in_doubt = offer, False
        names = [item.id for item in offer]
        if self._wanted is None and self._model not in names:
            if not names:
                raise ModelMisconfigured(f"The server at {self.where} lists no model; give a model name.")
            self._model = names[0]

    async def _prepare(self) -> None:
        if self._in_doubt:
            await self._look()
        assert self._model is not None
        learned = self._learned
        self._calls.model = self._model
        if learned.template_seen:
            return
        shown = await self._calls.tokenize(
            messages=[{"role": "user", "content": "Hello"}],
            add_generation_prompt=True,
            return_token_strs=True,
            chat_template_kwargs=_NO_THINKING,
        )
        if shown is not None and shown.token_strs is not None:
            learned.opens_thinking = opens_thinking("".join(shown.token_strs))
        else:
            learned.opens_thinking = opens_by_name(self._model)
        learned.thinks = learned.thinks or learned.opens_thinking
        learned.template_seen = shown is not None or not self._calls.has_tokenizer

    async def _check_tokens(self, labels: tuple[str, ...]) -> None:
        for label in labels:
            if label in self._learned.checked_labels:
                continue
            found = await self._calls.tokenize(prompt=label, add_special_tokens=False)
            if found is not None and found.count != 1:
                raise ModelMisconfigured(
                    f"{self.name} at {self.where} reads the label {label} as {found.count} tokens; choose another model."
                )
            if found is not None or not self._calls.has_tokenizer:
                self._learned.checked_labels.add(label)


def _positions(reply: ChatReply | None) -> list[Position]:
    found = reply.choices[0].logprobs if reply is not None else None
    return list(found.content or ()) if found is not None else []


def _is_about_logprobs(error: ModelError) -> bool:
    cause = error.__cause__
    return isinstance(cause, openai.APIStatusError) and bool(ABOUT_LOGPROBS.search(str(cause)))
