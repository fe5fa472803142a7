"""A language model that says what it was told to: for tests, demonstrations and writing packs without a model.

    model = ScriptedModel(["What did the slow rank do meanwhile?"], choices=[{"A": 0.8, "B": 0.2}])
    text = "".join([piece async for piece in model.complete([Message("user", "Ask something.")])])
    choice = await model.choose([Message("user", "A or B?")], ["A", "B"])

Replies are a list, used one a call, or a function of the messages. In place of a reply may stand an error, which is
raised before the first token, or `BreaksOff`, which says something and then raises. Choices work the same way; a
distribution is given over labels, what is left to 1 counts as outside. Without any, every label is equally likely.
`asked` keeps the messages of every call.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from interviewer.llm.errors import ModelError, ModelGarbled, ModelUnavailable
from interviewer.llm.labels import check_labels, choice_of
from interviewer.llm.protocol import Choice, Message


@dataclass(frozen=True)
class BreaksOff:
    """A reply whose stream breaks after `text`."""

    text: str
    error: ModelError = field(
        default_factory=lambda: ModelUnavailable("The reply of the scripted model broke off; try again.")
    )


Reply = str | ModelError | BreaksOff
Distribution = Mapping[str, float] | ModelError


class ScriptedModel:
    """A `ChatModel` without a model."""

    def __init__(
        self,
        replies: Sequence[Reply] | Callable[[Sequence[Message]], Reply] = (),
        choices: Sequence[Distribution]
        | Callable[[Sequence[Message], Sequence[str]], Distribution]
        | None = None,
        name: str = "scripted",
    ) -> None:
        """Take the script; lists are copied."""
        self._reply = replies if callable(replies) else None
        self._replies = [] if callable(replies) else list(replies)
        self._choice = choices if callable(choices) else None
        self._choices = None if choices is None or callable(choices) else list(choices)
        self._name = name
        self.asked: list[tuple[Message, ...]] = []
        self.closed = False

    @property
    def name(self) -> str:
        """As given."""
        return self._name

    @property
    def where(self) -> str:
        """`scripted`."""
        return "scripted"

    async def complete(
        self, messages: Sequence[Message], *, max_tokens: int = 400, temperature: float = 0.3
    ) -> AsyncIterator[str]:
        """The next reply, word by word; `max_tokens` counts words, `temperature` changes nothing."""
        self.asked.append(tuple(messages))
        reply = self._next_reply(messages)
        if isinstance(reply, ModelError):
            raise reply
        text = reply.text if isinstance(reply, BreaksOff) else reply
        for index, word in enumerate(text.split(" ")[:max_tokens]):
            yield word if index == 0 else f" {word}"
        if isinstance(reply, BreaksOff):
            raise reply.error

    async def choose(self, messages: Sequence[Message], choices: Sequence[str]) -> Choice:
        """The next distribution, treated as a real one is: too much outside raises ModelGarbled."""
        labels = check_labels(choices)
        self.asked.append(tuple(messages))
        given = self._next_choice(messages, labels)
        if isinstance(given, ModelError):
            raise given
        return choice_of(given.items(), labels, "The scripted model")

    async def aclose(self) -> None:
        """Note that the model was closed."""
        self.closed = True

    def _next_reply(self, messages: Sequence[Message]) -> Reply:
        if self._reply is not None:
            return self._reply(messages)
        if not self._replies:
            return ModelGarbled("The scripted model has no reply left.")
        return self._replies.pop(0)

    def _next_choice(self, messages: Sequence[Message], labels: Sequence[str]) -> Distribution:
        if self._choice is not None:
            return self._choice(messages, labels)
        if self._choices is None:
            return {label: 1 / len(labels) for label in labels}
        if not self._choices:
            return ModelGarbled("The scripted model has no choice left.")
        return self._choices.pop(0)
