"""The ways in which OpenAI-compatible servers want to be asked, tried in order until one is understood.

Telling a model not to think needs fields that not every server knows (vLLM and llama.cpp: `chat_template_kwargs`;
Ollama: `reasoning_effort: none`; gpt-oss knows no less than `low`); some refuse a request with unknown fields.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from interviewer.llm.protocol import Message


@dataclass(frozen=True)
class Dialect:
    """One shape of a request."""

    no_thinking: bool = False
    effort: Literal["none", "low"] | None = None
    newer_fields: bool = False
    """`max_completion_tokens` and no temperature, as models with built-in reasoning want it."""
    folds_system: bool = False
    """The system message goes in front of the user's, for templates without that role."""

    def body(
        self, messages: Sequence[Message], max_tokens: int, temperature: float
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """The request's own fields, and those that only some servers know."""
        sent = fold_system(messages) if self.folds_system else messages
        fields: dict[str, Any] = {
            "messages": [{"role": message.role, "content": message.content} for message in sent]
        }
        if self.newer_fields:
            fields["max_completion_tokens"] = max_tokens
        else:
            fields |= {"max_tokens": max_tokens, "temperature": temperature}
        extra: dict[str, Any] = {}
        if self.no_thinking:
            extra["chat_template_kwargs"] = {"enable_thinking": False, "thinking": False}
        if self.effort is not None:
            extra["reasoning_effort"] = self.effort
        return fields, extra


DIALECTS = (
    Dialect(no_thinking=True, effort="none"),
    Dialect(no_thinking=True, effort="low"),
    Dialect(no_thinking=True),
    Dialect(),
    Dialect(folds_system=True),
    Dialect(newer_fields=True, effort="low"),
    Dialect(newer_fields=True),
)


def fold_system(messages: Sequence[Message]) -> list[Message]:
    """The messages with system text in front of the next message of another role."""
    folded: list[Message] = []
    waiting: list[str] = []
    for message in messages:
        if message.role == "system":
            waiting.append(message.content)
        else:
            folded.append(Message(message.role, "\n\n".join([*waiting, message.content])))
            waiting = []
    if waiting:
        folded.append(Message("user", "\n\n".join(waiting)))
    return folded
