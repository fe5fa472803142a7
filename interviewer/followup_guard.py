"""Which proposed follow-ups may be asked. Pure: words and given cosines in, a reason for refusal or None out.

What a proposal asks is counted by `followup_demands`, whether an answer can hold it is judged by `followup_substance`,
and what it hands out is weighed by `followup_leaks`. Whether it is about the target is fitted on the ladders of both packs
with all-MiniLM-L6-v2 (bench/fit_follow_up_aim.py). Held against its own criterion with nothing said but the question, a
step of the questions left out of the fit is refused as off target in 20 % of cases; against another criterion of its
question 18 % pass, and of the steps of other questions 10 %. A stricter bound was tried: where 40 % are refused 7 % and
2 % pass, but of 35 good follow-ups written for other questions (interviewer/qualification/probes) it refuses 8 and this one
none. The other cosines' thresholds
were set by hand on the built-in pack, where two steps of one ladder lie at .17 (median) from each other (99 % below .51).
9 % of the steps are refused as giving something away, of which 1 % by RESTATED. Of all 2,905 steps 2 % name nothing in
particular, 2 % can be answered by yes, 2 % ask for nothing that an answer could show, and four are taken for two questions.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from interviewer.followup_demands import demands
from interviewer.followup_leaks import hands_out
from interviewer.followup_substance import asks_for_nothing, yes_would_do
from interviewer.followup_words import particular_weight, shared_weight
from interviewer.judge.injection import injected_spans
from interviewer.judge.language import foreign_words, is_foreign
from interviewer.judge.words import stems, tokens
from interviewer.prompts import neutralise

MIN_WORDS = 4
MAX_WORDS = 36
MAX_CHARS = 260
# So many small words of another language are no accident.
FOREIGN_WORDS = 2
# What a question weighs in words beyond the talk of any interview.
LEAST_PARTICULAR = 0.45
# A proposal is about the target if what speaks for that weighs at least LEAST_AIM: its cosine to the target counts 1; how
# much more that is than its cosine to any other criterion, its cosine to the question, and how much more of the target's
# wording it has than of any other's count as follows. Fitted by bench/fit_follow_up_aim.py.
AIM_MARGIN = 0.62
AIM_QUESTION = 0.27
AIM_WORDS = 0.32
LEAST_AIM = 0.32
# What is about the question, the answer or a passage.
NEAR_TOPIC = 0.30
# A question at least this near to another one is the same question.
SAME_QUESTION = 0.80
SAME_WORDS = 0.75
# This near to an unsaid phrase of the target it says the same.
RESTATED = 0.78

_LEAD = re.compile(
    r"^(?:[-*•–]\s+|\(?\d{1,2}[.):](?!\d)\s*|(?:follow[- ]?up|question|q)\s*(?:question\s*)?\d{0,2}\s*[:.)]\s*|[\"“'‘*_`]+)+",
    re.IGNORECASE,
)
_TAG_LINE = re.compile(r"</?[\w -]+>")
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
    """What a criterion or group waits for, its statements and what would show them, one by one.

    While it is open a follow-up must not hand any of them out.
    """

    id: str
    phrases: tuple[str, ...]
    is_open: bool = True


@dataclass(frozen=True)
class Situation:
    """Where the thread stands. `target` is None for a follow-up that is bound to no criterion.

    `others` are the question's other criteria without its red flags.
    """

    question: str
    answer: str
    asked: tuple[str, ...] = ()
    bank: tuple[str, ...] = ()
    passages: tuple[str, ...] = ()
    target: Hidden | None = None
    others: tuple[Hidden, ...] = ()

    @property
    def said(self) -> tuple[str, ...]:
        """What both sides have said: no secret any more."""
        return (self.question, self.answer, *self.asked)


@dataclass(frozen=True)
class Nearness:
    """Cosines of a proposal to what it is compared with; the nearest where there are several, 0 where none.

    `target` and `others` are over the phrases of the target and of all other criteria. `unsaid` is over those phrases of
    the target to which the proposal is nearer than anything that has been said.
    """

    target: float = 0.0
    others: float = 0.0
    unsaid: float = 0.0
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
    if text.count("?") > 1 or demands(text) > 1:
        return "It asks more than one question."
    if not text.endswith("?"):
        return "It goes on after the question."
    if is_foreign(text) or len(foreign_words(text)) >= FOREIGN_WORDS or "¿" in text:
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
    if particular_weight(text) < LEAST_PARTICULAR:
        return "It names nothing in particular."
    return None


def fault_of_substance(text: str, situation: Situation, near: Nearness) -> str | None:
    """What is wrong with a proposal of good form at this point of the interview."""
    if near.asked >= SAME_QUESTION or _same_words(text, situation.asked):
        return "It was asked before."
    if near.question >= SAME_QUESTION or _same_words(text, (situation.question,)):
        return "It repeats the question."
    if near.bank >= SAME_QUESTION or _same_words(text, situation.bank):
        return "It is a near copy of a follow-up in the bank."
    if _gives_away(text, situation, near):
        return "It gives the answer away."
    if yes_would_do(text):
        return "It can be answered by yes."
    if asks_for_nothing(text, situation.said):
        return "It asks for nothing that an answer could show."
    if _is_off_target(text, situation, near):
        return "It is not about the target."
    if _stands_on_nothing(text, situation, near):
        return "It takes up neither the answer nor a passage."
    return None


def aim(text: str, situation: Situation, near: Nearness) -> float:
    """What speaks for a proposal being about the target rather than about another criterion or none."""
    target, margin, question, words = aim_measures(text, situation, near)
    return target + AIM_MARGIN * margin + AIM_QUESTION * question + AIM_WORDS * words


def aim_measures(text: str, situation: Situation, near: Nearness) -> tuple[float, float, float, float]:
    """What `aim` weighs: nearness to the target, beyond that to others, to the question, and words of the target alone."""
    return near.target, near.target - near.others, near.question, _words_lean(text, situation)


def _is_off_target(text: str, situation: Situation, near: Nearness) -> bool:
    if situation.target is None:
        return max(near.question, near.answer) < NEAR_TOPIC
    return aim(text, situation, near) < LEAST_AIM


def _words_lean(text: str, situation: Situation) -> float:
    """How much more of the target's wording a proposal has than of any other criterion's, beyond what was said."""
    if situation.target is None:
        return 0.0
    words = set(stems(text)) - {stem for said in situation.said for stem in stems(said)}
    beside = max((shared_weight(words, hidden.phrases) for hidden in situation.others), default=0.0)
    return shared_weight(words, situation.target.phrases) - beside


def _gives_away(text: str, situation: Situation, near: Nearness) -> bool:
    target = situation.target
    if target is not None and (near.unsaid >= RESTATED or hands_out(text, target.phrases, situation.said)):
        return True
    return any(
        hands_out(text, hidden.phrases, situation.said, is_target=False)
        for hidden in situation.others
        if hidden.is_open
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
