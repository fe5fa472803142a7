"""An answer as a whole against a model answer, word by word in context.

Where criteria are the statements of a model answer, how good the answer is shows better in the whole than in the sum
of the statements. Every word of the model answer is matched with the word of the answer whose contextual vector is
nearest, and the other way round (greedy matching with inverse document frequencies, Zhang et al. 2020, "BERTScore",
arXiv:1904.09675). What the question gave away counts for less: a word's weight falls with how near the question comes
to it. Whether the answer turns what it says round is told apart by `TURNED`, whether it is about the question at all by
`ABOUT`, and whether the model answer's words stand in an order by `in_order`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from interviewer.judge.background import Background
from interviewer.judge.features import FEATURES, TOPIC, Compared, Floats
from interviewer.judge.words import FUNCTION_WORDS, negations, stem, token_spans, tokens
from retrieval import Embedder, Vectors

CLOSENESS = (
    "recall",  # mean over the model answer's words of their best cosine with a word of the answer
    "precision",  # the same the other way round
    "f1",  # harmonic mean of both
    "new_recall",  # recall over what the question did not give away
    "new_precision",  # precision likewise
    "gain",  # recall minus the question's own recall of the model answer
    "worst_recall",  # mean of the lowest quarter of best cosines
    "same",  # weighted share of the model answer's stems that the answer has
    "new_same",  # the same over stems that the question lacks
    "close",  # share of the model answer's words with a best cosine above .6
    "very_close",  # weighted share of those above .7
    "echo",  # mean over the answer's words of their best cosine with a word of the question
    "words",  # log of the answer's number of words
    "reference_words",  # log of the model answer's
    "length_ratio",  # the first minus the second
    "beyond_question",  # cosine with the model answer minus the question's cosine with it
    "direction",  # cosine of the steps from the question to the answer and to the model answer
)
TURNED = (
    "polarity",  # mean over the statements of whether the nearest unit negates and they do not, or the other way round
    "opposite",  # mean over the statements of whether the nearest unit has a word opposite to one of theirs
    "polarity_close",  # the first times `new_recall`: close words with a "not" are a denial
    "negations",  # how many more negations in a word the answer has than the model answer
    "negations_close",  # the same times `new_recall`
)
# Whether the answer is about the question: how near it is to what the question is about, and to the model answer.
ABOUT = (*TOPIC, *CLOSENESS)
FUNCTION_WEIGHT = 0.1
CLOSE, VERY_CLOSE = 0.6, 0.7
# Nothing is lost up to the first, everything from the second on. Of 3,235 graded answers none lies above the first; half of
# the shuffled references do that no gate refuses, and half of the lists of a reference's key words.
SCRAMBLED = (0.3, 0.7)
# A model answer of so few words may be said in another order; one of so many may not.
FREE_WORDS, ORDERED_WORDS = 6, 12


@dataclass(frozen=True)
class Whole:
    """Features of an answer as a whole: `closeness`, `turned` and `about` in the order of CLOSENESS, TURNED and ABOUT.

    `in_order` is 1, and less where the model answer's words are there without their order.
    """

    closeness: Floats
    turned: Floats
    about: Floats
    in_order: float


@dataclass(frozen=True)
class TextWords:
    """The words of a text: `vectors[i]` is the `i`-th word in its context, `weights[i]` what it counts for."""

    text: str
    whole: NDArray[np.float64]
    vectors: Vectors
    weights: Floats
    stems: tuple[str, ...]

    @cached_property
    def share_negated(self) -> float:
        """Negations in a word."""
        said = tokens(self.text)
        return negations(said) / max(1, len(said))


def read_words(text: str, embedder: Embedder, background: Background) -> TextWords:
    """The words of a text with their vectors and weights. Raises EmbedderError."""
    spans = token_spans(text)
    if not spans:
        text = "?"
        spans = [(0, 1)]
    said = tokens(text) or [text]
    found = [stem(word) for word in said]
    weights = [
        FUNCTION_WEIGHT if word in FUNCTION_WORDS else max(FUNCTION_WEIGHT, background.weight(one))
        for word, one in zip(said, found, strict=True)
    ]
    whole = embedder.embed_passages([text])[0].astype(np.float64)
    return TextWords(text, whole, embedder.embed_spans(text, spans), np.array(weights), tuple(found))


def compare_whole(
    answer: TextWords, reference: TextWords, question: TextWords, compared: Compared, weights: Floats
) -> Whole:
    """Features of the answer as a whole; `weights[i]` is that of the statement to which wording `i` belongs."""
    near = _cosines(reference, answer)
    given, asked = _cosines(reference, question), _cosines(answer, question)
    found, backed = near.max(axis=1), near.max(axis=0)
    recall, precision = _mean(found, reference.weights), _mean(backed, answer.weights)
    new = reference.weights * np.clip(1 - given.max(axis=1), 0, 1)
    new_recall = _mean(found, new)
    there, shown = frozenset(answer.stems), frozenset(question.stems)
    same = np.array([word in there for word in reference.stems])
    unseen = reference.weights * np.array([word not in shown for word in reference.stems])
    said, wanted = math.log(len(answer.stems)), math.log(len(reference.stems))
    closeness = (
        recall,
        precision,
        2 * recall * precision / (recall + precision) if min(recall, precision) > 0 else 0.0,
        new_recall,
        _mean(backed, answer.weights * np.clip(1 - asked.max(axis=1), 0, 1)),
        _mean(found - given.max(axis=1), reference.weights),
        float(np.sort(found)[: max(1, len(found) // 4)].mean()),
        _mean(same, reference.weights),
        _mean(same, unseen),
        float((found > CLOSE).mean()),
        _mean(found > VERY_CLOSE, reference.weights),
        _mean(asked.max(axis=1), answer.weights),
        said,
        wanted,
        said - wanted,
        float((answer.whole - question.whole) @ reference.whole),
        _cosine(answer.whole - question.whole, reference.whole - question.whole),
    )
    denied = max(0.0, answer.share_negated - reference.share_negated)
    polarity, opposite = (
        _mean(compared.values[:, FEATURES.index(name)], weights) for name in ("polarity", "opposite")
    )
    turned = (polarity, opposite, polarity * new_recall, denied, denied * new_recall)
    near_words = np.round(closeness, 4)
    topic = compared.values[0, [FEATURES.index(name) for name in TOPIC]]
    return Whole(
        near_words,
        np.round(turned, 4),
        np.concatenate((topic, near_words)),
        in_order(tokens(answer.text), tokens(reference.text)),
    )


def in_order(answer: Sequence[str], reference: Sequence[str]) -> float:
    """1, less where an answer is made of a model answer's words but has few of their pairs, 0 where it has hardly any.

    Who says the same in other words has fewer of the words; who takes them over has their pairs too. A shuffled model
    answer and a list of its key words have the words alone.
    """
    said, wanted = [stem(word) for word in answer], [stem(word) for word in reference]
    there = frozenset(said)
    content = [stem(word) for word in reference if word not in FUNCTION_WORDS]
    if not said or not content:
        return 1.0
    taken = _common(said, wanted) / len(said)
    same = sum(word in there for word in content) / len(content)
    pairs = _common(list(pairwise(said)), list(pairwise(wanted)))
    kept = pairs / max(1, min(len(said), len(wanted)) - 1)
    length = min(1.0, max(0.0, (len(wanted) - FREE_WORDS) / (ORDERED_WORDS - FREE_WORDS)))
    low, high = SCRAMBLED
    scrambled = length * (taken * same) ** 2 * (1 - kept)
    return round(1 - min(1.0, max(0.0, (scrambled - low) / (high - low))), 4)


def _common(one: Sequence[object], other: Sequence[object]) -> int:
    """How many things both have, each as often as it is in both."""
    return sum((Counter(one) & Counter(other)).values())


def _cosines(one: TextWords, other: TextWords) -> Floats:
    return np.asarray(one.vectors.astype(np.float64) @ other.vectors.astype(np.float64).T)


def _cosine(one: Floats, other: Floats) -> float:
    return float(one @ other) / max(1e-9, float(np.linalg.norm(one) * np.linalg.norm(other)))


def _mean(values: NDArray[np.generic], weights: Floats) -> float:
    """The weighted mean; 0 where nothing has weight."""
    total = float(weights.sum())
    return float(values.astype(np.float64) @ weights) / total if total > 1e-9 else 0.0
