"""What is measured between an answer and one wording of a criterion.

A criterion has several wordings: its text without the grader's verb, and each of its `shows`. Every wording is
compared with every statement of the answer and every two neighbouring ones ("units"). Nothing here depends on the
length of the answer: a statement that does not help a criterion leaves its features as they are.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interviewer.judge.gibberish import word_order
from interviewer.judge.sentences import split_sentences
from interviewer.judge.words import content_words, has_opposites, negations, numbers, stem, tokens
from retrieval import Embedder, Vectors
from rubrics import Criterion

Floats = NDArray[np.float64]

FEATURES = (
    "similarity",  # best cosine of a unit with the wording
    "beyond_question",  # the same with the question's direction taken out of both
    "coverage",  # weighted share of the wording's content words in the best unit
    "coverage_all",  # the same in the whole answer
    "given",  # cosine of the wording with the question: how much was given away
    "echo",  # cosine of the best unit with the question
    "numbers_missing",  # share of the wording's numbers that the answer lacks
    "polarity",  # the best unit negates where the wording does not, or the other way round
    "opposite",  # a word of the best unit stands opposite to one of the wording
    "wording_length",  # log of the wording's number of content words
    "disorder",  # how far the order of words falls short of prose
)
# In z of word_order: prose lies above, shuffled words below.
ORDERLY_Z = 2.5
FUZZY_STEM = 5
FUZZY_DICE = 0.6
QUESTION_WORD_WEIGHT = 0.4

_VOICE = re.compile(
    r"^(?:clearly\s+|correctly\s+|explicitly\s+)?"
    r"(?:says|states|explains|names|notes|mentions|describes|argues|recognises|recognizes|points out|knows|identifies|"
    r"gives|shows|proposes|uses|takes|checks|compares|defines|asks|offers|lists|derives|computes|estimates|chooses|"
    r"connects|relates|distinguishes|separates|tells|admits|reports|discusses|observes|understands|quantifies|claims)\s+"
    r"(?:that\s+|how\s+|why\s+|when\s+|what\s+|where\s+|whether\s+)?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Wordings:
    """All wordings of a rubric's criteria. `owner[i]` is the criterion's place of wording `i`."""

    texts: tuple[str, ...]
    owner: NDArray[np.intp]
    vectors: Vectors
    stems: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Units:
    """Statements of an answer and pairs of neighbours; `members[i]` are the statements of unit `i`."""

    members: tuple[tuple[int, ...], ...]
    vectors: Vectors
    words: tuple[tuple[str, ...], ...]
    stems: tuple[frozenset[str], ...]
    disorder: float


@dataclass(frozen=True)
class Asked:
    """The question (and whatever else the candidate was shown) as vectors and stems."""

    vectors: Vectors
    stems: frozenset[str]


@dataclass(frozen=True)
class Compared:
    """`values[i]` are the features of wording `i` in the order of FEATURES; `unit[i]` is its best unit."""

    values: Floats
    unit: NDArray[np.intp]


def plain_wording(text: str) -> str:
    """A criterion's text without the grader's verb: "Says that x holds" becomes "x holds"."""
    return _VOICE.sub("", text, count=1) or text


def read_wordings(criteria: Sequence[Criterion], embedder: Embedder) -> Wordings:
    """The wordings of criteria, embedded."""
    texts: list[str] = []
    owner: list[int] = []
    for place, criterion in enumerate(criteria):
        for text in (plain_wording(criterion.text), *criterion.shows):
            texts.append(text)
            owner.append(place)
    return Wordings(
        tuple(texts),
        np.array(owner, dtype=np.intp),
        embedder.embed_passages(texts),
        tuple(tuple(dict.fromkeys(stem(word) for word in content_words(text))) for text in texts),
    )


def read_question(shown: Sequence[str], embedder: Embedder) -> Asked:
    """What the candidate was shown, statement by statement."""
    texts = [s.text for text in shown for s in split_sentences(text) if any(c.isalnum() for c in s.text)]
    texts = texts or ["?"]
    words = frozenset(stem(word) for text in texts for word in content_words(text))
    return Asked(embedder.embed_passages(texts), words)


def read_answer(sentences: Sequence[str], embedder: Embedder) -> Units:
    """An answer's statements with their neighbours. A pair's vector is the mean of both, weighted by words."""
    single = embedder.embed_passages(list(sentences))
    weights = np.array([max(1, len(tokens(text))) for text in sentences], dtype=np.float32)
    members: list[tuple[int, ...]] = [(i,) for i in range(len(sentences))]
    vectors = [single]
    if len(sentences) > 1:
        members += [(i, i + 1) for i in range(len(sentences) - 1)]
        both = single[:-1] * weights[:-1, None] + single[1:] * weights[1:, None]
        vectors.append(both / np.maximum(np.linalg.norm(both, axis=1, keepdims=True), 1e-9))
    words = [tuple(tokens(text)) for text in sentences]
    stemmed = [frozenset(stem(word) for word in content_words(text)) for text in sentences]
    order = word_order(list(sentences))
    return Units(
        tuple(members),
        np.concatenate(vectors).astype(np.float32),
        tuple(sum((words[i] for i in group), ()) for group in members),
        tuple(frozenset().union(*(stemmed[i] for i in group)) for group in members),
        0.0 if order is None else max(0.0, 1.0 - order.z / ORDERLY_Z),
    )


def compare(wordings: Wordings, units: Units, asked: Asked) -> Compared:
    """The features of every wording against the answer."""
    cosine = _cosines(wordings.vectors, units.vectors)
    beyond = _cosines(_beyond(wordings.vectors, asked.vectors), _beyond(units.vectors, asked.vectors))
    given = _cosines(wordings.vectors, asked.vectors).max(axis=1)
    echo = _cosines(units.vectors, asked.vectors).max(axis=1)
    weight = _stem_weights(wordings, asked)
    everything = frozenset().union(*units.stems)
    values = np.zeros((len(wordings.texts), len(FEATURES)))
    best = np.zeros(len(wordings.texts), dtype=np.intp)
    for i, text in enumerate(wordings.texts):
        found = {s: _found(s, everything) for s in wordings.stems[i]}
        total = sum(weight[s] for s in wordings.stems[i]) or 1.0
        covered = np.array(
            [sum(weight[s] for s, forms in found.items() if forms & here) / total for here in units.stems]
        )
        # Of two units that say the same the shorter one wins, because it is the evidence.
        size = np.array([0.01 * len(group) for group in units.members])
        unit = int(np.argmax(cosine[i] + 0.3 * covered - size))
        best[i] = unit
        wanted = numbers(text)
        said = tokens(text)
        values[i] = (
            cosine[i].max(),
            beyond[i].max(),
            covered.max(),
            sum(weight[s] for s, forms in found.items() if forms) / total,
            given[i],
            echo[unit],
            len(wanted - _numbers(everything)) / len(wanted) if wanted else 0.0,
            float(negations(units.words[unit]) % 2 != negations(said) % 2),
            float(has_opposites(said, units.words[unit])),
            math.log1p(len(wordings.stems[i])),
            units.disorder,
        )
    return Compared(values, best)


def _cosines(one: Vectors, other: Vectors) -> Floats:
    """Cosines, rounded: what lies behind the fourth decimal is the arithmetic's, not the text's."""
    return np.round(one.astype(np.float64) @ other.astype(np.float64).T, 4)


def _beyond(vectors: Vectors, asked: Vectors) -> Vectors:
    """Vectors with the question's mean direction taken out, of length 1."""
    direction = asked.mean(axis=0)
    direction = direction / max(float(np.linalg.norm(direction)), 1e-9)
    rest = vectors - np.outer(vectors @ direction, direction)
    return np.asarray(rest / np.maximum(np.linalg.norm(rest, axis=1, keepdims=True), 1e-6), dtype=np.float32)


def _stem_weights(wordings: Wordings, asked: Asked) -> dict[str, float]:
    """A word counts for less if the question has it, or if many criteria of the rubric do."""
    owners: dict[str, set[int]] = {}
    for place, words in zip(wordings.owner, wordings.stems, strict=True):
        for word in words:
            owners.setdefault(word, set()).add(int(place))
    criteria = int(wordings.owner.max()) + 1
    return {
        word: (math.log(1 + criteria / len(places)) / math.log(1 + criteria))
        * (QUESTION_WORD_WEIGHT if word in asked.stems else 1.0)
        for word, places in owners.items()
    }


def _numbers(words: frozenset[str]) -> frozenset[str]:
    return frozenset(word.replace(",", "") for word in words if word[0].isdigit())


def _found(word: str, said: frozenset[str]) -> frozenset[str]:
    """The stems of the answer that are this one, allowing for a slip of the pen in longer words."""
    if word in said:
        return frozenset((word,))
    if len(word) < FUZZY_STEM:
        return frozenset()
    return frozenset(
        other
        for other in said
        if other[0] == word[0]
        and abs(len(other) - len(word)) <= 3
        and len(other) >= FUZZY_STEM - 1
        and _dice(word, other) >= FUZZY_DICE
    )


def _dice(one: str, other: str) -> float:
    first = {one[i : i + 2] for i in range(len(one) - 1)}
    second = {other[i : i + 2] for i in range(len(other) - 1)}
    return 2 * len(first & second) / (len(first) + len(second))
