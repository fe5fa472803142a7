"""Tells prose from word salad and from a hand on the keyboard, without a language model.

English puts its small words in an order ("of the", never "the of"). `word_order.json` holds, for pairs of word
classes, how much more often they follow each other in English than by chance (pointwise mutual information, from
bench/fit_word_order.py). The order of a text is the mean over its neighbours minus the mean over all its pairs,
which is what the same words in a random order would have: prose is well above 0, shuffled prose is around it.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from interviewer.judge.words import FUNCTION_WORDS, stem, tokens

# Only clauses of this many words have an order to speak of: items of lists do not.
MIN_CLAUSE_WORDS = 6
MIN_FUNCTION_SHARE = 0.25
MIN_PAIRS = 10
MIN_PAIRS_TO_REFUSE = 15
# A clause of which this much is figures and signs is arithmetic, whose order is not that of words.
FIGURES_SHARE = 0.25

# So many words in a row without a small word among twenty are a list of terms, which says nothing of them. Of 2,918 answers
# that people gave half of the points or more one has such a stretch at 16 words and five at 12: real lists are shorter.
MIN_LISTED_WORDS = 16
LISTED_FUNCTION_SHARE = 0.05

_CLAUSE_END = re.compile(r"[,:;()\n]|\s[-–—]\s|(?<!\w)\d+[.)]")
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*|[=<>+*/^%×÷≈≤≥±∝→]|(?<!\w)[b-hj-zB-HJ-Z](?!\w)")
_SIGN = re.compile(rf"{_FIGURE.pattern}|[(){{}}\[\];_]")
_VOWELS = frozenset("aeiouy")
_SUFFIXES = ("ing", "ed", "ly", "tion", "ment", "al", "s")


@lru_cache(maxsize=1)
def _table() -> tuple[dict[str, int], NDArray[np.float64]]:
    data = json.loads(resources.files("interviewer.judge").joinpath("word_order.json").read_text("utf-8"))
    return {name: index for index, name in enumerate(data["classes"])}, np.array(data["pmi"]) / 100.0


def word_class(word: str, known: Collection[str]) -> str:
    """The class of a word: itself if it is a small word of the table, else by its ending."""
    if word in known:
        return word
    if word[0].isdigit():
        return "#number"
    if word in FUNCTION_WORDS:
        return "#function"
    return next((f"#{suffix}" for suffix in _SUFFIXES if word.endswith(suffix)), "#word")


@dataclass(frozen=True)
class WordOrder:
    """How far the order of words lies above chance: `z` standard errors over `pairs` neighbours."""

    z: float
    pairs: int

    @property
    def is_salad(self) -> bool:
        """Whether the words stand in no order. The bound rises with the length, as the z of prose does.

        How many of the answers are refused that people gave half of the points or more is measured (bench/judge.py,
        `refused_though_half_right.gibberish`).
        """
        return self.pairs >= MIN_PAIRS_TO_REFUSE and self.z < min(2.0, 0.28 * self.pairs**0.5 - 1.0)


def word_order(sentences: Sequence[str]) -> WordOrder | None:
    """The order of words in the longer clauses of a text; None where there is too little to tell.

    Clauses end at punctuation: notes and lists, in which knowledgeable people answer too, have commas for grammar.
    """
    index, pmi = _table()
    clauses = [clause for sentence in sentences for clause in _CLAUSE_END.split(sentence)]
    lines = [words for clause in clauses if len(words := tokens(clause)) >= MIN_CLAUSE_WORDS]
    words = [word for line in lines for word in line]
    pairs = len(words) - len(lines)
    if pairs < MIN_PAIRS or sum(word in FUNCTION_WORDS for word in words) < MIN_FUNCTION_SHARE * len(words):
        return None
    ids = [np.array([index[word_class(word, index)] for word in line], dtype=np.intp) for line in lines]
    actual = np.concatenate([pmi[line[:-1], line[1:]] for line in ids])
    counts = np.bincount(np.concatenate(ids), minlength=len(index)).astype(np.float64)
    ordered = np.outer(counts, counts) - np.diag(counts)
    expected = float((ordered * pmi).sum() / ordered.sum())
    variance = float((ordered * pmi**2).sum() / ordered.sum()) - expected**2
    if variance <= 0:
        return None
    return WordOrder((float(actual.mean()) - expected) / float(np.sqrt(variance / pairs)), pairs)


def is_salad(sentences: Sequence[str]) -> bool:
    """Whether a text is words in no order, with its arithmetic and without."""
    clauses = [clause for sentence in sentences for clause in _CLAUSE_END.split(sentence)]
    worded = [clause for clause in clauses if not _is_arithmetic(clause)]
    return all((order := word_order(text)) is not None and order.is_salad for text in (clauses, worded))


def _is_arithmetic(clause: str) -> bool:
    return len(_FIGURE.findall(clause)) > FIGURES_SHARE * len(tokens(clause))


def word_lists(sentences: Sequence[str]) -> frozenset[int]:
    """Which sentences are lists of terms: a long one, or a run of them that is long together. Arithmetic and code are none."""
    found: set[int] = set()
    for is_bare, run in itertools.groupby(range(len(sentences)), lambda place: _is_bare(sentences[place])):
        places = list(run)
        text = " ".join(sentences[place] for place in places)
        words = len(tokens(text))
        if is_bare and words >= MIN_LISTED_WORDS and len(_SIGN.findall(text)) <= FIGURES_SHARE * words:
            found.update(places)
    return frozenset(found)


def _is_bare(sentence: str) -> bool:
    words = tokens(sentence)
    return sum(word in FUNCTION_WORDS for word in words) <= LISTED_FUNCTION_SHARE * len(words)


def is_keyboard_mash(text: str, vocabulary: Collection[str]) -> bool:
    """Whether most words are no words; `vocabulary` holds stems that the question and its rubric use."""
    words = tokens(text)
    if not words:
        return False
    odd = sum(not _plausible(word, vocabulary) for word in words)
    return odd * 2 > len(words)


def _plausible(word: str, vocabulary: Collection[str]) -> bool:
    if word in FUNCTION_WORDS or word[0].isdigit() or stem(word) in vocabulary:
        return True
    letters = "".join(c for c in word if c.isalpha())
    if len(letters) <= 3 or letters != word:
        return True  # acronyms, identifiers, units
    vowels = sum(c in _VOWELS for c in letters)
    if not 0.2 <= vowels / len(letters) <= 0.75:
        return False
    return _longest_run(letters) < 5 and _letter_pairs(letters) >= LETTER_PAIRS


def _longest_run(letters: str) -> int:
    longest = run = 0
    for c in letters:
        run = run + 1 if c not in _VOWELS else 0
        longest = max(longest, run)
    return longest


@lru_cache(maxsize=1)
def _letters() -> NDArray[np.float64]:
    data = json.loads(resources.files("interviewer.judge").joinpath("word_order.json").read_text("utf-8"))
    return np.array(data["letters"]) / 100.0


# Mean log-ratio of letter pairs to chance below which a word is not English; see bench/fit_word_order.py.
LETTER_PAIRS = -0.6


@lru_cache(maxsize=2**13)
def _letter_pairs(word: str) -> float:
    """Mean log-probability ratio of the word's letter pairs, word ends included."""
    codes = [0, *(ord(c) - 96 if "a" <= c <= "z" else 0 for c in word), 0]
    table = _letters()
    return float(np.mean([table[a, b] for a, b in itertools.pairwise(codes)]))
