"""Which texts of a pack are too near to each other, by words and, where an embedding model is at hand, by meaning.

Words are compared without a model: embedding the questions and notes of the built-in pack took three quarters of a minute
for each on two busy cores, this takes half a second, and its result is the same on every machine, whether there is an
index or not. The measure is the cosine of word counts, 1 + log(count), weighted by inverse document frequency (Salton
and Buckley 1988, doi:10.1016/0306-4573(88)90021-0) among the texts that are compared.

The thresholds were set on the built-in pack of November 2026 (352 questions, 92 notes) and 24 questions made from eight
of its own (tests/interviewer/authoring/reworded.yaml):

| made from a question                                | cosine of words | cosine of embeddings |
|-----------------------------------------------------|-----------------|----------------------|
| a copy with other numbers and a few other words     | .53 - .94       | .89 - .99            |
| the same scenario in other words                    | .16 - .53       | .60 - .78            |
| the same subject asked in one general question      | .00 - .37       | .23 - .51            |
| the nearest two of the pack's 61,776 pairs          | .47             | .74                  |

So words find copies and let rewordings pass. Embeddings (all-MiniLM-L6-v2) find four of eight rewordings from .72 on,
together with 13 pairs of the pack that share a subject and no more; they are compared where the model is loaded
anyway. Neither finds a general question about the same subject.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interviewer.judge.words import stems, tokens

# Titles with all their words, since two titles look alike by their small words too. Of the pack's pairs three lie
# between .59 and .65 ("What does a million tokens cost?", "What does it cost to read forty million documents") and
# the next at .46.
TITLES_FROM = 0.55
PROMPTS_FROM = 0.50
# Sections of notes: six of the pack's 166,753 pairs lie between .51 and .61, the next at .49. Four of the six tell the
# same facts in two notes (what NVFP4 and MXFP4 are, what a straggler costs), two are neighbours in one note. Embeddings
# do not help here: sections of one note are near to each other (up to .91) because they share its subject.
NOTES_FROM = 0.50
# Two prompts or sections have at least so many words in common; below that a cosine is made of one rare word.
COMMON_WORDS = 5
MEANING_FROM = 0.72

# Among few texts a word that two of them share counts for little only because there are few; a pack that begins is
# weighted as if it stood among so many texts that share nothing with it.
AS_IF_AMONG = 100

# A phrase repeats its criterion if three quarters of all words of both are common, or eight stand there in a row: of
# the pack's 6,764 phrases, half share .07 of the words, 99 in 100 less than .38, and none has more than seven in a row.
REPEATED_WORDS = 0.75
REPEATED_RUN = 8


@dataclass(frozen=True)
class Pair:
    """Two texts by their places in the list that was compared, `first < second`, and their cosine."""

    first: int
    second: int
    cosine: float


def alike_titles(titles: Sequence[str]) -> list[Pair]:
    """Pairs of titles that can be taken for each other, nearest first."""
    return _near_pairs(_word_vectors([tokens(title) for title in titles]), TITLES_FROM)


def alike_texts(texts: Sequence[str], from_cosine: float) -> list[Pair]:
    """Pairs of texts that say the same with the same words, nearest first."""
    words = [stems(text) for text in texts]
    kinds = [set(found) for found in words]
    return [
        pair
        for pair in _near_pairs(_word_vectors(words), from_cosine)
        if len(kinds[pair.first] & kinds[pair.second]) >= COMMON_WORDS
    ]


def close_vectors(vectors: NDArray[np.float32], from_cosine: float = MEANING_FROM) -> list[Pair]:
    """Pairs of texts by their embeddings, `(n, d)` and L2-normalised, nearest first."""
    return _near_pairs(vectors, from_cosine)


def repeats(phrase: str, text: str) -> bool:
    """Whether a phrase that should show a criterion only says the criterion's text again."""
    one, other = set(stems(phrase)), set(stems(text))
    if one and len(one & other) >= REPEATED_WORDS * len(one | other):
        return True
    return bool(_runs(phrase) & _runs(text))


def _runs(text: str) -> set[tuple[str, ...]]:
    words = tokens(text)
    return {tuple(words[at : at + REPEATED_RUN]) for at in range(len(words) - REPEATED_RUN + 1)}


def _word_vectors(texts: Sequence[Sequence[str]]) -> NDArray[np.float32]:
    """`(n, words)` float32, L2-normalised; a text without words is a row of zeros.

    A word's weight is log((N + 1) / (found + 1/2)) over that of a word of one text, where N is the number of texts, but
    AS_IF_AMONG at least.
    """
    counts = [Counter(text) for text in texts]
    found = Counter(word for count in counts for word in count)
    place = {word: at for at, word in enumerate(found)}
    among = max(AS_IF_AMONG, len(texts)) + 1
    weight = {word: math.log(among / (seen + 0.5)) / math.log(among / 1.5) for word, seen in found.items()}
    vectors = np.zeros((len(texts), len(place)), dtype=np.float32)
    for row, count in zip(vectors, counts, strict=True):
        for word, times in count.items():
            row[place[word]] = (1 + math.log(times)) * weight[word]
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-9), dtype=np.float32)


def _near_pairs(vectors: NDArray[np.float32], from_cosine: float) -> list[Pair]:
    cosines = np.triu(vectors @ vectors.T, k=1)
    rows, columns = np.nonzero(cosines >= from_cosine)
    pairs = [Pair(int(i), int(j), float(cosines[i, j])) for i, j in zip(rows, columns, strict=True)]
    return sorted(pairs, key=lambda pair: (-round(pair.cosine, 4), pair.first, pair.second))
