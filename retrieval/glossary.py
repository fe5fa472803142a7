"""A pack's glossary in search: which of its entries a query is about.

A small embedding model knows neither the trade's acronyms nor that a slice of the optimizer's state on every card is
sharding. A glossary says both. A query is compared with everything that an entry is called or said to be, and what is
near the entries that it is about is lifted (`Retriever`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from corpus import GlossaryEntry
from retrieval.embedder import Vectors
from retrieval.lexical import LexicalIndex, grams_of, share_of_best

# How near an entry is to a query: the best cosine of its texts plus these shares of BM25. Entries divide the lift among
# themselves by a softmax of that. All chosen on the development part of bench/queries.yaml.
_WORDS_SHARE = 0.2
_LETTERS_SHARE = 0.2
_SOFTNESS = 0.1
_FEW = 4
# Below the first nothing is near, above the second something certainly is.
_NEAR = (0.5, 1.0)


def entry_texts(entry: GlossaryEntry) -> tuple[str, ...]:
    """What is embedded of an entry: all its names as one text, which stands for it, then each name, then plain words."""
    names = (entry.term, *entry.also)
    return (", ".join(names), *names, *entry.plain)


class Glossary:
    """Entries with the vectors of their texts, in order."""

    def __init__(self, entries: Sequence[GlossaryEntry], vectors: Vectors) -> None:
        self._entries = tuple(entries)
        texts = [entry_texts(entry) for entry in entries]
        counts = np.array([len(some) for some in texts], dtype=np.int64)
        starts = np.cumsum(counts) - counts
        self._named = vectors[starts] if len(entries) else vectors
        self._said = np.delete(vectors, starts, axis=0)
        self._starts = starts - np.arange(len(entries))
        # The term counts twice, as a title does.
        words = [" ".join((entry.term, entry.term, *entry.also, *entry.plain)) for entry in entries]
        self._indexes = (
            (
                (_WORDS_SHARE, LexicalIndex.build(words)),
                (_LETTERS_SHARE, LexicalIndex.build(words, grams_of)),
            )
            if entries
            else ()
        )

    def texts(self) -> Iterator[str]:
        """Everything that the entries are called or said to be."""
        return (text for entry in self._entries for text in entry_texts(entry))

    def asked(self, entry: int) -> tuple[str, Vectors]:
        """An entry as a query would ask for it, with the vector of that."""
        return entry_texts(self._entries[entry])[0], self._named[entry]

    def about(self, query: str, vector: Vectors) -> list[tuple[int, float]]:
        """The entries that the query is about, by number, with their parts of a whole; less than 1 where none is near."""
        if not self._entries:
            return []
        near = np.maximum.reduceat(self._said @ vector, self._starts)
        for share, index in self._indexes:
            near = near + share * share_of_best(index.scores(query))
        few = np.argsort(-near, kind="stable")[:_FEW]
        best = float(near[few[0]])
        certainty = float(np.clip((best - _NEAR[0]) / (_NEAR[1] - _NEAR[0]), 0, 1))
        if certainty == 0:
            return []
        parts = np.exp((near[few] - best) / _SOFTNESS)
        parts *= certainty / parts.sum()
        return [(int(entry), float(part)) for entry, part in zip(few, parts, strict=True)]
