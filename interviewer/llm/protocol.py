"""The only two things that the program asks of a language model."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True)
class Message:
    """One chat message."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True)
class Choice:
    """The distribution over offered labels, read from the log-probabilities of one token.

    `probabilities` sums to 1 over the labels; `outside` is the probability mass (0..1) that the model put on
    anything else before normalisation. `source` is `sampled` where a server gave no log-probabilities.
    """

    probabilities: dict[str, float]
    outside: float
    source: Literal["logprobs", "sampled"] = "logprobs"


class ChatModel(Protocol):
    """A language model. Both verbs raise `interviewer.llm.errors.ModelError` and nothing else of their own."""

    @property
    def name(self) -> str:
        """The model's name, as kept with everything it says."""

    @property
    def where(self) -> str:
        """Where it runs, in words a user understands: a URL without secrets, `this process`, `scripted`."""

    def complete(
        self, messages: Sequence[Message], *, max_tokens: int = 400, temperature: float = 0.3
    ) -> AsyncIterator[str]:
        """Stream the reply's text. Thinking is never part of it."""

    async def choose(self, messages: Sequence[Message], choices: Sequence[str]) -> Choice:
        """How likely each label is as the very next token. Labels are single characters (letters or digits)."""

    async def aclose(self) -> None:
        """Release connections; calling it twice is fine."""
