"""A second opinion on follow-ups, which shares neither code nor thresholds with the guard in front of the candidate.

single     exactly one thing is asked: questions, sentences that tell the candidate to do something, and clauses within a
           sentence that ask again are counted. The sentence that sets the scene before a question asks nothing.
leaks      the words of a criterion or of one of its `shows` that nobody has said are handed out: a number of two digits
           or more; or two neighbouring pairs of its words and a quarter of all its unsaid pairs; or at least two and
           at least half of its unsaid words; or the whole lies at a cosine of .7 or more to it with such a word.
repeats    the words of an earlier sentence of the interviewer that asks something in the same order (difflib's ratio of
           .7 or more), or a cosine of .88 or more to it.
on_target  a criterion of the target is the nearest to it of the rubric (the best cosine over the criterion's text and
           `shows`), or it has a word that only the target has: in no other criterion and not in the question.

The figures were set by hand before the sample was read and left as they were; how well all this agrees with a reader is
measured. Words are folded and stop words are scikit-learn's. The embedding model is the one that the guard uses as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from retrieval import Embedder
from rubrics import Criterion, Kind, Rubric

ASPECTS = ("single", "leaks", "repeats", "on_target")

LEAKED_PAIRS = 2
LEAKED_PAIRS_SHARE = 0.25
LEAKED_WORDS = 2
LEAKED_WORDS_SHARE = 0.5
NEAR_A_SHOW = 0.70
SAME_ORDER = 0.70
SAME_MEANING = 0.88
# A sentence of the interviewer with fewer words is a phrase.
MIN_REPEATED_WORDS = 4

_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[a-z]+(?:['’-][a-z]+)*")
_NUMBER = re.compile(r"\d{2,}|\d+[.,]\d+")
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"”’)]*\s+")
_WORDS_THAT_ASK = r"how|what|when|where|which|who|whom|whose|why"
# A verb in front asks if somebody or something follows: "is it", but not "and is slow".
_VERB_THAT_ASKS = (
    r"(?:can|could|would|should|do|does|did|is|are|was|were|will|have|has)\s+"
    r"(?:you|it|they|we|i|he|she|one|there|this|that|these|those|the|an?|your|its|their|each|every|any)"
)
_PREPOSITION = r"(?:(?:in|on|at|by|from|for|to|with|of|under)\s+)?"
# After a mere comma "which", "who", "when" and "where" begin a relative clause.
_ASKS_AGAIN = re.compile(
    rf"[,;:]\s+{_PREPOSITION}(?:how|what|why|{_VERB_THAT_ASKS})\b"
    rf"|\b(?:and|or|but|then)\s+(?:(?:and|also|then|if so|if not)\s*,?\s+)*{_PREPOSITION}"
    rf"(?:{_WORDS_THAT_ASK}|{_VERB_THAT_ASKS})\b",
    re.IGNORECASE,
)
_BEGINS_ASKING = re.compile(
    rf"(?:(?:and|so|then|but|or)\s+)*{_PREPOSITION}(?:{_WORDS_THAT_ASK}|{_VERB_THAT_ASKS})\b", re.IGNORECASE
)
_ADDS = re.compile(
    r"\b(?:plus|as well as|along with|together with)\s+(?:\w+\s+){0,2}(?:why|how|what|reasons?)\b", re.I
)
_ORDER = re.compile(
    r"(?:^|[,;:]\s+|\b(?:and|then|please)\s+)(?:also\s+|then\s+|please\s+)*(?:explain|describe|tell|name|walk|give|compare|list|say|sketch|derive|"
    r"estimate|compute|calculate|prove|justify|write|draw|outline|show|choose|pick|state|argue|convince)\b",
    re.IGNORECASE,
)
# These ask only where they open a sentence and nothing else asks: "Take the slowest rank. What does it wait for?" asks once.
_PLAIN_ORDER = re.compile(
    r"(?:add|assign|close|construct|count|decode|defend|design|distribute|evaluate|follow|make|predict|put|quantify|rank|repair|"
    r"reproduce|run|solve|sort|sum|take|trace)\b(?!\s*:)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Reading:
    """What is true of one follow-up."""

    single: bool
    leaks: bool
    repeats: bool
    on_target: bool


@dataclass(frozen=True)
class Setting:
    """What a follow-up is read against. `target` are criterion ids, `asked` what the interviewer has said before."""

    question: str
    answer: str
    asked: tuple[str, ...]
    rubric: Rubric
    target: tuple[str, ...]


class Detector:
    """Reads follow-ups."""

    def __init__(self, embedder: Embedder) -> None:
        """Read with that embedder."""
        self._embedder = embedder

    def read(self, text: str, setting: Setting) -> Reading:
        """All four aspects of a follow-up."""
        return Reading(
            single=asks(text) == 1,
            leaks=self.leaks(text, setting),
            repeats=self.repeats(text, setting),
            on_target=self.is_on_target(text, setting),
        )

    def leaks(self, text: str, setting: Setting) -> bool:
        """Whether it hands out what the target waits for."""
        said = set(folded(" ".join((setting.question, setting.answer, *setting.asked))))
        phrases = [
            phrase for c in _criteria(setting) if c.id in setting.target for phrase in (c.text, *c.shows)
        ]
        if any(_hands_out(text, phrase, said) for phrase in phrases):
            return True
        with_new_words = [phrase for phrase in phrases if set(folded(phrase)) & set(folded(text)) - said]
        return bool(with_new_words) and max(self._cosines(text, with_new_words)) >= NEAR_A_SHOW

    def repeats(self, text: str, setting: Setting) -> bool:
        """Whether the interviewer has asked that before."""
        earlier = [
            sentence
            for said in (setting.question, *setting.asked)
            for sentence in sentences(said)
            if len(_tokens(sentence)) >= MIN_REPEATED_WORDS and asks(sentence)
        ]
        if not earlier:
            return False
        words = _tokens(text)
        in_order = any(
            SequenceMatcher(None, words, _tokens(sentence), autojunk=False).ratio() >= SAME_ORDER
            for sentence in earlier
        )
        return in_order or max(self._cosines(text, earlier)) >= SAME_MEANING

    def is_on_target(self, text: str, setting: Setting) -> bool:
        """Whether it is about the target rather than about another criterion."""
        criteria = _criteria(setting)
        own = {word for c in criteria if c.id in setting.target for word in _wording(c)}
        others = {word for c in criteria if c.id not in setting.target for word in _wording(c)}
        if set(folded(text)) & (own - others - set(folded(setting.question))):
            return True
        nearness = [max(self._cosines(text, (c.text, *c.shows))) for c in criteria]
        return criteria[nearness.index(max(nearness))].id in setting.target

    def _cosines(self, text: str, others: Sequence[str]) -> list[float]:
        vectors = self._embedder.embed_passages(list(others)) @ self._embedder.embed_queries([text])[0]
        return [float(value) for value in vectors]


def asks(text: str) -> int:
    """How many things a text asks for."""
    count = 0
    for sentence in sentences(text):
        parts = len(_ASKS_AGAIN.findall(sentence)) + len(_ADDS.findall(sentence))
        orders = len(_ORDER.findall(sentence))
        if sentence.rstrip('"”’)').endswith("?"):
            # "Before any code, what do you keep?" asks once: the clause in front of the comma does not ask.
            count += max(1, parts + bool(_BEGINS_ASKING.match(sentence))) + orders
        elif orders:
            count += orders + parts
    return count or sum(_PLAIN_ORDER.match(sentence) is not None for sentence in sentences(text))


def sentences(text: str) -> list[str]:
    """A text at its full stops, question marks and line breaks."""
    flat = [piece for line in text.splitlines() for piece in _SENTENCE_END.split(line.strip())]
    return [piece for piece in flat if piece]


def folded(text: str) -> list[str]:
    """Words without stop words and common endings, and numbers, in order."""
    return [_fold(word) for word in _tokens(text) if word not in ENGLISH_STOP_WORDS and len(word) > 1]


def _hands_out(text: str, phrase: str, said: set[str]) -> bool:
    words, given = folded(phrase), folded(text)
    numbers = set(_NUMBER.findall(phrase)) & set(_NUMBER.findall(text))
    if any(number not in said for number in numbers):
        return True
    pairs = {pair for pair in pairwise(words) if not set(pair) <= said}
    handed = pairs & set(pairwise(given))
    if len(handed) >= LEAKED_PAIRS and len(handed) >= LEAKED_PAIRS_SHARE * len(pairs):
        return True
    unsaid = set(words) - said
    shared = unsaid & set(given)
    return len(shared) >= LEAKED_WORDS and len(shared) >= LEAKED_WORDS_SHARE * len(unsaid)


def _criteria(setting: Setting) -> list[Criterion]:
    return [c for c in setting.rubric.criteria if c.kind is not Kind.RED_FLAG or c.id in setting.target]


def _wording(criterion: Criterion) -> Iterable[str]:
    return folded(" ".join((criterion.text, *criterion.shows)))


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(text.lower())


def _fold(word: str) -> str:
    for ending in ("ing", "ed", "es", "s", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word
