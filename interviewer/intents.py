"""What the candidate means by a message while a question is open: an answer, or something about the question."""

from __future__ import annotations

import re
from enum import StrEnum


class Intent(StrEnum):
    """How a message is taken."""

    ANSWER = "answer"
    CLARIFY = "clarify"
    HINT = "hint"
    REPEAT = "repeat"
    SKIP = "skip"
    END = "end"


# Whole messages only: a sentence inside an answer never triggers an action.
_PHRASES = {
    Intent.HINT: re.compile(
        r"(please |can|could|may)?\s*(you |i )?(please )?(give|get|have|need|want|would like)?\s*(me )?(a |another |one more )?hint( please)?",
        re.I,
    ),
    Intent.REPEAT: re.compile(
        r"(please |sorry,? |(can|could|would) you (please )?)*"
        r"(repeat( (that|the question|it))?|say (that|it) again|come again)( please)?",
        re.I,
    ),
    Intent.SKIP: re.compile(
        r"(please |let'?s |i'?d like to |i will |i'?ll |(can|could) we )?(skip( (this|it|that|the question|this one|this question))?|pass|next question|move on)( please)?",
        re.I,
    ),
    Intent.END: re.compile(
        r"(please )?(end|stop|finish|quit)( (the )?(interview|round|session|here|now))?( please)?", re.I
    ),
}

_ASKS = re.compile(
    r"^(what|which|who|where|when|how (many|much|big|large|long|often|fast)|is|are|do|does|did|can|could|may|should|am|any|has|have|was|were)\b",
    re.I,
)
_CLAIMS = re.compile(r"\b(because|therefore|so that|i would|i'd|i will|my answer|i think|i believe)\b", re.I)
_MAX_CLARIFYING_WORDS = 40


def classify(text: str) -> Intent:
    """How to take a message. In doubt it is an answer: an answer taken for a question would lose credit."""
    plain = re.sub(r"\s+", " ", text).strip().strip(".!?…").strip()
    for intent, pattern in _PHRASES.items():
        if pattern.fullmatch(plain):
            return intent
    stripped = text.strip()
    one_question = stripped.endswith("?") and len(re.findall(r"[.!?](?:\s|$)", stripped)) == 1
    if (
        one_question
        and len(stripped.split()) <= _MAX_CLARIFYING_WORDS
        and _ASKS.match(stripped)
        and not _CLAIMS.search(stripped)
    ):
        return Intent.CLARIFY
    return Intent.ANSWER
