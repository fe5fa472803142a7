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


# Whole messages only: a sentence inside an answer never triggers an action. Every repetition below begins with a
# word of its own, and longer messages are not tried, so that matching stays linear.
_MAX_COMMAND_CHARS = 80
_POLITE = r"(?:(?:please|sorry|ok|okay|well),? |(?:can|could|would|may) (?:you|i|we) |i(?:'d| would) like (?:to )?|let'?s |let me |i(?:'ll| will) )*"
_PHRASES = {
    intent: re.compile(rf"{_POLITE}(?:{words})(?:,? (?:please|now|thanks|thank you))*", re.I)
    for intent, words in {
        Intent.HINT: r"(?:(?:give|get|have|i need|i want|need|want) )?(?:me )?(?:a |another |one more |the next )?hint",
        Intent.REPEAT: r"repeat(?: (?:that|it|(?:the |this )?question))?|say (?:that|it) again|come again",
        Intent.SKIP: r"skip(?: (?:this|it|that|(?:the |this )?(?:question|one)))?|pass|(?:the )?next question|move on",
        Intent.END: r"(?:end|stop|finish|quit)(?: (?:(?:the |this )?(?:interview|round|session)|here))?",
    }.items()
}
_DECLINES = re.compile(
    r"(?:no|nope|nothing|not really|none)(?: (?:thanks|thank you|nothing|questions?|more|else|further|from me|for now"
    r"|that's all|that is all|i'm good|i am good|i'm fine))*"
    r"|(?:that's all|that is all|that's it|i'm good|i am good|i'm fine|all good)(?: (?:thanks|thank you))?"
    r"|(?:i have )?no (?:more |further )?questions(?: (?:thanks|thank you))?",
    re.I,
)

_ASKS = re.compile(
    r"^(what|which|who|where|when|how (many|much|big|large|long|often|fast)|is|are|do|does|did|can|could|may|should|am|any|has|have|was|were)\b",
    re.I,
)
_CLAIMS = re.compile(r"\b(because|therefore|so that|i would|i'd|i will|my answer|i think|i believe)\b", re.I)
_MAX_CLARIFYING_WORDS = 40


def classify(text: str) -> Intent:
    """How to take a message. In doubt it is an answer: an answer taken for a question would lose credit."""
    plain = _plain(text)
    if len(plain) <= _MAX_COMMAND_CHARS:
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


def declines(text: str) -> bool:
    """Whether the candidate has nothing to ask at the end."""
    plain = re.sub(r"[,.;!]+ ?", " ", _plain(text)).strip()
    return len(plain) <= _MAX_COMMAND_CHARS and _DECLINES.fullmatch(plain) is not None


def _plain(text: str) -> str:
    """One line without typographic apostrophes and what ends a sentence."""
    return re.sub(r"\s+", " ", text).replace("’", "'").strip().strip(".!?…").strip()
