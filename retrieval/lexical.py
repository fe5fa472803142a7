"""BM25 over words (Robertson and Zaragoza 2009, doi:10.1561/1500000019; Lucene's variant), by bm25s."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from tokenize import TokenError
from typing import Any

import bm25s
import numpy as np
from numpy.typing import NDArray

logging.getLogger("bm25s").setLevel(logging.WARNING)  # on import it sets itself to DEBUG

# Words that ask rather than name: a query is often a whole sentence. Negations and numbers are not among them.
_STOPPED = """
a about am an and any are as at be been being but by can could did do does doing for from get gets had has
have having he her his how i if in into is it its me might my of on one or our out shall she should so some
such than that the their them then there these they this those to up us was we were what when where which
while who whom why will with would you your
"""
STOP_WORDS = frozenset(_STOPPED.split())

_WORD = re.compile(r"[^\W_]+(?:[+#]+|(?:[-.][^\W_]+)*)")
_PART = re.compile(r"[^\W_]+[+#]*")
_VOWEL = re.compile(r"[aeiouy]")
_NO_PAST = ("eed", "embed")
_LETTERS = re.compile(r"[a-z0-9]+")
_GRAM = 4
_ENGINE: dict[str, Any] = {"method": "lucene", "k1": 1.5, "b": 0.75}

Cut = Callable[[str], list[str]]


def words_of(text: str) -> list[str]:
    """Lower-case stems in order, without stop words; a compound gives its parts and itself.

    `all-reduce` gives `all`, `reduc` and `allreduc`, and so meets `allreduce`; `C++` and `H100` stay whole.
    """
    found: list[str] = []
    for match in _WORD.finditer(text.lower()):
        parts = _PART.findall(match.group())
        found.extend(stem(part) for part in parts if part not in STOP_WORDS)
        if len(parts) > 1:
            found.append(stem("".join(parts)))
    return found


@lru_cache(maxsize=2**12)
def stem(word: str) -> str:
    """Plural, -ing, -ed and a final e or doubled consonant fall off, if a vowel is left before them.

    Steps 1a and 1b of Porter (1980, doi:10.1108/eb046814), and a final e always, so that `caching`, `cached`,
    `caches` and `cache` agree.
    """
    if len(word) <= 3 or not word.isascii() or not word.isalpha():
        return word
    if word.endswith("ies"):
        word = word[:-3] + "y"
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed"):
        base = word[: -len(ending)]
        if word.endswith(ending) and len(base) >= 3 and _VOWEL.search(base) and not word.endswith(_NO_PAST):
            word = base
            if word[-1] == word[-2] and word[-1] not in "lsz":
                word = word[:-1]
            break
    return word[:-1] if len(word) > 3 and word.endswith("e") else word


def grams_of(text: str) -> list[str]:
    """Four letters in a row, over and over, of every word with a blank before and behind it.

    A word with a slip of the pen, and a part of a compound or of a variable's name, shares most of them.
    """
    found: list[str] = []
    for word in _LETTERS.findall(text.lower()):
        padded = f" {word} "
        found += [padded[at : at + _GRAM] for at in range(max(1, len(padded) - _GRAM + 1))]
    return found


class LexicalIndex:
    """BM25 scores of every passage for a query's words, or for whatever else a text is cut into."""

    def __init__(self, engine: bm25s.BM25, cut: Cut = words_of) -> None:
        self._engine = engine
        self._cut = cut

    @classmethod
    def build(cls, texts: Sequence[str], cut: Cut = words_of) -> LexicalIndex:
        """The index of `texts`, of which there must be one; the same bytes for the same texts."""
        documents = [cut(text) for text in texts]
        # bm25s numbers words in the order of a Python set, which differs from run to run. Word 0 is nobody's.
        vocabulary = {"": 0}
        for word in sorted({word for document in documents for word in document}):
            vocabulary[word] = len(vocabulary)
        ids = [[vocabulary[word] for word in document] for document in documents]
        engine = bm25s.BM25(**_ENGINE)
        engine.index((ids, vocabulary), create_empty_token=False, show_progress=False)
        return cls(engine, cut)

    @classmethod
    def load(cls, folder: Path, cut: Cut = words_of) -> LexicalIndex:
        """What `save` wrote. Raises OSError, ValueError, KeyError, TypeError or MemoryError when it is not that."""
        # What the file says of how bm25s is to work, down to the packages that it imports, is not asked.
        try:
            engine = bm25s.BM25.load(
                folder, load_corpus=False, show_progress=False, **_ENGINE, backend="numpy"
            )
        except (AttributeError, EOFError, SyntaxError, TokenError) as error:
            # A header of NumPy's is an expression of Python's, and a vocabulary may be another value than a mapping.
            raise ValueError("the index's postings cannot be read") from error
        _check(engine)
        return cls(engine, cut)

    def save(self, folder: Path) -> None:
        """Write arrays and vocabulary, without pickle."""
        self._engine.save(folder, show_progress=False)

    @property
    def size(self) -> int:
        """Number of passages."""
        return int(self._engine.scores["num_docs"])

    def search(
        self, query: str, depth: int, rows: NDArray[np.int64] | None = None
    ) -> list[tuple[int, float]]:
        """Rows with a word of the query, best first, at most `depth`, among `rows` if given; ties by row."""
        scores = self.scores(query)
        among = np.arange(len(scores)) if rows is None else rows
        return best_first(scores, among[scores[among] > 0], depth)

    def scores(self, query: str) -> NDArray[np.float32]:
        """`(n,)`: every passage's score, 0 where it shares nothing with the query."""
        scores = np.zeros(self.size, dtype=np.float32)
        numbers = self._engine.vocab_dict
        known = np.array(
            [numbers[word] for word in _cut_once(self._cut, query) if word and word in numbers],
            dtype=np.intp,
        )
        if len(known):
            data, places, starts = (self._engine.scores[name] for name in ("data", "indices", "indptr"))
            postings = list(map(slice, starts[known].tolist(), starts[known + 1].tolist()))
            # As bm25s adds them up, in its order and to the same bits, but in one call for all words and not one for each.
            np.add.at(
                scores,
                np.concatenate([places[some] for some in postings]),
                np.concatenate([data[some] for some in postings]),
            )
        return scores


@lru_cache(maxsize=16)
def _cut_once(cut: Cut, query: str) -> tuple[str, ...]:
    """A query's pieces, kept while passages and glossary are asked for it."""
    return tuple(cut(query))


def best_first(scores: NDArray[np.float32], rows: NDArray[np.int64], depth: int) -> list[tuple[int, float]]:
    """The `depth` of these rows with the highest scores, with them; ties by row."""
    if depth < len(rows):
        among = scores[rows]
        rows = rows[among >= np.partition(among, len(rows) - depth)[len(rows) - depth]]
    order = rows[np.argsort(-scores[rows], kind="stable")][:depth]
    return list(zip(order.tolist(), scores[order].tolist(), strict=True))


def share_of_best(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scores divided by the best of them; as they are where nothing is above 0."""
    best = float(scores.max(initial=0.0))
    return scores if best <= 0 else np.asarray(scores / best, dtype=np.float32)


def _check(engine: bm25s.BM25) -> None:
    """Raises ValueError for arrays that do not hold together: bm25s follows what they say without a look."""
    data, places, starts, size = (engine.scores[name] for name in ("data", "indices", "indptr", "num_docs"))
    words = engine.vocab_dict
    whole = (
        isinstance(size, int)
        and isinstance(words, dict)
        and all(array.ndim == 1 for array in (data, places, starts))
        and data.dtype == np.float32
        and all(np.issubdtype(array.dtype, np.integer) for array in (places, starts))
        and len(data) == len(places) == starts[-1]
        and starts[0] == 0
        and (np.diff(starts) >= 0).all()
        and ((places >= 0) & (places < size)).all()
        and all(isinstance(word, int) and 0 <= word < len(starts) - 1 for word in words.values())
    )
    if not whole:
        raise ValueError("the index's postings do not hold together")
