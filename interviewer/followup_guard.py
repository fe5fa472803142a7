"""Which proposed follow-ups may be asked. Pure: words and given cosines in, a reason for refusal or None out.

The cosines' thresholds were set by hand on the built-in pack with all-MiniLM-L6-v2, where a step of a ladder lies
at .33 (median) from its own criterion and .09 from another question's, two steps of one ladder at .17 from each
other (99 % below .51), and a step shares one word (median) with its criterion that was not in the question, a step
that hands out the criterion's wording seven.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from interviewer.judge.injection import injected_spans
from interviewer.judge.language import is_foreign
from interviewer.judge.words import stems, tokens
from interviewer.prompts import neutralise

MIN_WORDS = 4
MAX_WORDS = 36
MAX_CHARS = 260
# At least this near to the target, and to the target or the question.
NEAR_TARGET = 0.22
NEAR_TOPIC = 0.30
# Another open criterion may be nearer than the target by this much, no more.
BESIDE_TARGET = 0.20
# A question at least this near to another one is the same question.
SAME_QUESTION = 0.80
SAME_WORDS = 0.75
# New words that the target's wording and the proposal share; and how near the two may be.
LEAKED_WORDS = 3
LEAKED_WORDS_ELSEWHERE = 4
RESTATED = 0.80

_LEAD = re.compile(
    r"^(?:[-*•–]\s+|\(?\d{1,2}[.):](?!\d)\s*|(?:follow[- ]?up|question|q)\s*(?:question\s*)?\d{0,2}\s*[:.)]\s*|[\"“'‘*_`]+)+",
    re.IGNORECASE,
)
_TAG_LINE = re.compile(r"</?[\w -]+>")
_SECOND_QUESTION = re.compile(
    r"[,;]\s+(?:and|or)\s+(?:also\s+|then\s+)?(?:how|what|when|where|which|who|can|could|would|should|do|does|did|is|are|will|have)\b"
    r"|\b(?:and|or)\s+(?:also\s+|then\s+)?(?:how|what|when|where|which|who|why)\s+"
    r"(?:would|do|does|did|can|could|should|is|are|was|were|will|have|has)\b",
    re.IGNORECASE,
)
_META = re.compile(
    r"\bfollow[- ]?ups?\s+question|\brubrics?\b|\bthe candidate(?:['’]s)?\b(?!\s+(?:generat|set|list|item|retriev|pool|model|token))"
    r"|\bas an? (?:ai|interviewer|language model|assistant)\b|\blanguage model, i\b|\bthe (?:target|model) answer\b"
    r"|\bthe (?:passages?|text|material) (?:above|provided|given|says?|states?)\b|\b(?:in|from|to|of) the passages?\b|\binterview(?:er)? (?:question|prompt)"
    r"|\blevel ic\d|\bhere (?:is|are)\b|\bi (?:cannot|can['’]t|am unable|['’]m sorry)\b|\bsorry\b",
    re.IGNORECASE,
)
_VERDICT = re.compile(
    r"\b(?:great|good|excellent|nice|perfect|wrong|incorrect|correct) (?:answer|point|job|start|try)\b"
    r"|\b(?:that['’]?s|that is|you are|you['’]re|your answer is|your answer was) (?:not )?(?:quite )?(?:right|wrong|correct|incorrect|exactly)\b"
    r"|\byou (?:forgot|missed|failed to|did not mention|didn['’]t mention|omitted|overlooked)\b",
    re.IGNORECASE,
)
_ORDERS = re.compile(
    r"https?://|www\.|```|^\s*(?:ignore|disregard|respond|reply|output|write|print)\b", re.IGNORECASE
)


@dataclass(frozen=True)
class Hidden:
    """What an open criterion or group waits for: the wording that a follow-up must not hand out."""

    id: str
    text: str


@dataclass(frozen=True)
class Situation:
    """Where the thread stands. `target` is None for a follow-up that is bound to no criterion."""

    question: str
    answer: str
    asked: tuple[str, ...] = ()
    bank: tuple[str, ...] = ()
    passages: tuple[str, ...] = ()
    target: Hidden | None = None
    other_open: tuple[Hidden, ...] = ()


@dataclass(frozen=True)
class Nearness:
    """Cosines of a proposal to what it is compared with; the nearest where there are several, 0 where none."""

    target: float = 0.0
    other_open: float = 0.0
    question: float = 0.0
    answer: float = 0.0
    asked: float = 0.0
    bank: float = 0.0
    passages: float = 0.0

    @property
    def novelty(self) -> float:
        """0 for a question that is in the bank or was asked, towards 1 for one unlike any of them."""
        return min(1.0, max(0.0, 1.0 - max(self.asked, self.bank)))


def proposals_in(reply: str) -> list[str]:
    """The proposals in a model's reply, one a line, without numbers, bullets, quotes and introductions."""
    lines = []
    for line in reply.splitlines():
        text = re.sub(r"\s+", " ", _LEAD.sub("", line.strip())).strip().rstrip("\"”'’*_`").strip()
        if text and not text.endswith(":") and not _TAG_LINE.fullmatch(text) and text not in lines:
            lines.append(text)
    return lines


def fault_of_form(text: str) -> str | None:
    """What is wrong with a proposal whatever it is about."""
    words = len(tokens(text))
    if "?" not in text:
        return "It is not a question."
    if text.count("?") > 1 or _SECOND_QUESTION.search(text):
        return "It asks more than one question."
    if not text.endswith("?"):
        return "It goes on after the question."
    if is_foreign(text):
        return "It is not in English."
    if words < MIN_WORDS:
        return "It is too short to be understood."
    if words > MAX_WORDS or len(text) > MAX_CHARS:
        return f"It is too long ({words} words)."
    if _ORDERS.search(text) or injected_spans(text) or neutralise(text) != text:
        return "It contains instructions or markup."
    if _META.search(text):
        return "It speaks about the interview instead of the subject."
    if _VERDICT.search(text):
        return "It judges the answer."
    return None


def fault_of_substance(text: str, situation: Situation, near: Nearness) -> str | None:
    """What is wrong with a proposal of good form at this point of the interview."""
    if near.asked >= SAME_QUESTION or _same_words(text, situation.asked):
        return "It was asked before."
    if near.question >= SAME_QUESTION or _same_words(text, (situation.question,)):
        return "It repeats the question."
    if near.bank >= SAME_QUESTION or _same_words(text, situation.bank):
        return "It is a near copy of a follow-up in the bank."
    if _is_off_target(situation, near):
        return "It is not about the target."
    if _gives_away(text, situation, near):
        return "It gives the answer away."
    if _stands_on_nothing(text, situation, near):
        return "It takes up neither the answer nor a passage."
    return None


def _is_off_target(situation: Situation, near: Nearness) -> bool:
    if situation.target is None:
        return max(near.question, near.answer) < NEAR_TOPIC
    return (
        near.target < NEAR_TARGET
        or max(near.target, near.question) < NEAR_TOPIC
        or near.other_open > near.target + BESIDE_TARGET
    )


def _gives_away(text: str, situation: Situation, near: Nearness) -> bool:
    if situation.target is not None and near.target >= RESTATED:
        return True
    known = {s for shown in (situation.question, situation.answer, *situation.asked) for s in stems(shown)}
    new = set(stems(text)) - known
    if situation.target is not None and len(new & set(stems(situation.target.text))) >= LEAKED_WORDS:
        return True
    return any(
        len(new & set(stems(hidden.text))) >= LEAKED_WORDS_ELSEWHERE for hidden in situation.other_open
    )


def _stands_on_nothing(text: str, situation: Situation, near: Nearness) -> bool:
    words = set(stems(text))
    return near.passages < NEAR_TOPIC and not words & {*stems(situation.answer), *stems(situation.question)}


def _same_words(text: str, others: Sequence[str]) -> bool:
    words = set(stems(text))
    if not words:
        return False
    return any(
        len(words & other) >= SAME_WORDS * len(words | other)
        for other in (set(stems(other)) for other in others)
        if other
    )
