"""Passages for a query: nearest by meaning, nearest by words, and what is near by meaning, words and letters together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from corpus import Passage, PassageKind
from retrieval.embedder import Embedder, Vectors
from retrieval.index import Opening, PassageIndex, open_index
from retrieval.passages import question_passage_id

Mode = Literal["fused", "dense", "bm25"]
Rows = NDArray[np.int64]

# The fused score is the cosine plus these shares of BM25 over words and over four letters in a row, each divided by the
# best score that a passage has for the query. Chosen on the development half of bench/queries.yaml; on the other half
# nDCG@10 is .70, against .65 for reciprocal rank fusion of meaning and words (Cormack et al. 2009), which forgets how
# much better the first is than the second, and .68 for that with letters.
WORDS_SHARE = 0.3
LETTERS_SHARE = 0.3
FUSION_DEPTH = 200  # passages taken from each ranking; also the k up to which a longer list only adds hits


@dataclass(frozen=True)
class Hit:
    """A passage found. `rank` counts from 1; `score` is comparable within one list only.

    It is the fused score, the cosine, or BM25's score, by the mode asked for.
    """

    passage: Passage
    score: float
    rank: int

    @property
    def source(self) -> str:
        """Where the text comes from: file and line of a document, or the question's id."""
        return self.passage.source


class Retriever:
    """Read-only search over an opened index; safe to share between threads."""

    def __init__(self, index: PassageIndex, embedder: Embedder) -> None:
        self._index = index
        self._embedder = embedder
        self._row_of = {passage.passage_id: row for row, passage in enumerate(index.passages)}
        self._rows = lru_cache(maxsize=128)(self._find_rows)

    @property
    def passages(self) -> tuple[Passage, ...]:
        """Everything that can be found."""
        return self._index.passages

    @property
    def opening(self) -> Opening:
        """What it took to open the index."""
        return self._index.opening

    def retrieve(
        self,
        query: str,
        k: int = 10,
        *,
        kinds: Collection[str] | None = None,
        categories: Collection[str] | None = None,
        levels: Collection[str] | None = None,
        rounds: Collection[str] | None = None,
        mode: Mode = "fused",
    ) -> list[Hit]:
        """The `k` best passages, best first; equal scores in the order of the pack; none for a blank query.

        A filter keeps what carries one of its values and is applied before ranking, so `k` passages are found
        if there are as many; text that carries none (the guide has no category) is then left out. `bm25` finds
        only passages that share a word with the query. Raises ValueError for `k` below 1, an unknown mode or
        kind.
        """
        if k < 1:
            raise ValueError("k is at least 1")
        rows = self._rows(
            None if kinds is None else frozenset(PassageKind(kind).value for kind in _values(kinds)),
            None if categories is None else frozenset(_values(categories)),
            None if levels is None else frozenset(_values(levels)),
            None if rounds is None else frozenset(_values(rounds)),
        )
        if not query.strip():
            return []
        if mode == "dense":
            found = self._dense(query, k, rows)
        elif mode == "bm25":
            found = self._index.lexical.search(query, k, rows)
        elif mode == "fused":
            found = self._fused(query, max(k, FUSION_DEPTH), rows)[:k]
        else:
            raise ValueError(f"a mode is fused, dense or bm25, not {mode!r}")
        return [Hit(self.passages[row], score, rank) for rank, (row, score) in enumerate(found, 1)]

    def cosine(self, query: str, passage: Passage) -> float:
        """Cosine of a query and an indexed passage, -1..1. Raises KeyError for a passage that is not indexed."""
        vector = self._index.dense.vector(self._row_of[passage.passage_id])
        return float(np.dot(self._embedder.embed_queries([query])[0], vector))

    def question_cosines(self, queries: Sequence[str], question_ids: Sequence[str]) -> Vectors:
        """`(len(queries), len(question_ids))`: cosines of queries and indexed questions, -1..1.

        Raises KeyError for a question that is not indexed.
        """
        stored = [self._index.dense.vector(self._row_of[question_passage_id(name)]) for name in question_ids]
        return self._embedder.embed_queries(queries) @ np.stack(stored).T

    def _dense(self, query: str, depth: int, rows: Rows | None) -> list[tuple[int, float]]:
        if rows is not None and len(rows) == 0:
            return []
        return self._index.dense.search(self._embedder.embed_queries([query])[0], depth, rows)

    def _fused(self, query: str, depth: int, rows: Rows | None) -> list[tuple[int, float]]:
        """What is among the first `depth` by meaning, words or letters, best first by the sum; ties by row."""
        vector = self._embedder.embed_queries([query])[0]
        among = np.arange(len(self.passages)) if rows is None else rows
        if len(among) == 0:
            return []
        words, letters = (
            _share_of_best(index.scores(query)[among]) for index in (self._index.lexical, self._index.grams)
        )
        near = {row for row, _ in self._index.dense.search(vector, depth, rows)}
        for shares in (words, letters):
            first = np.argsort(-shares, kind="stable")[:depth]
            near.update(among[first[shares[first] > 0]].tolist())
        chosen = np.array(sorted(near), dtype=np.int64)
        places = np.searchsorted(among, chosen)
        scores = self._index.dense.scores(vector, chosen)
        scores = scores + WORDS_SHARE * words[places] + LETTERS_SHARE * letters[places]
        order = np.argsort(-scores, kind="stable")
        return [(int(chosen[place]), float(scores[place])) for place in order]

    def _find_rows(
        self,
        kinds: frozenset[str] | None,
        categories: frozenset[str] | None,
        levels: frozenset[str] | None,
        rounds: frozenset[str] | None,
    ) -> Rows | None:
        """Rows that pass every filter, in order; None when there is no filter."""
        if kinds is None and categories is None and levels is None and rounds is None:
            return None
        passing = [
            row
            for row, passage in enumerate(self.passages)
            if (kinds is None or passage.kind.value in kinds)
            and (categories is None or passage.category in categories)
            and (levels is None or passage.level in levels)
            and (rounds is None or not rounds.isdisjoint(passage.rounds))
        ]
        return np.array(passing, dtype=np.int64)


def _share_of_best(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    best = float(scores.max(initial=0.0))
    return scores if best <= 0 else np.asarray(scores / best, dtype=np.float32)


def search_items(
    retriever: Retriever,
    query: str,
    k: int = 10,
    *,
    kinds: Collection[str] | None = None,
    categories: Collection[str] | None = None,
    levels: Collection[str] | None = None,
    rounds: Collection[str] | None = None,
    mode: Mode = "fused",
) -> list[Hit]:
    """As `retrieve`, with each item once per kind, by its best passage; a question and its rubric are two."""
    depth = min(max(4 * k, FUSION_DEPTH), len(retriever.passages))
    while True:
        hits = retriever.retrieve(
            query, depth, kinds=kinds, categories=categories, levels=levels, rounds=rounds, mode=mode
        )
        best: dict[tuple[PassageKind, str], Hit] = {}
        for hit in hits:
            best.setdefault((hit.passage.kind, hit.passage.item_id), hit)
        if len(best) >= k or len(hits) < depth or depth >= len(retriever.passages):
            return [replace(hit, rank=rank) for rank, hit in enumerate(list(best.values())[:k], 1)]
        depth = min(2 * depth, len(retriever.passages))


def open_retriever(
    index_dir: Path,
    passages: Sequence[Passage],
    embedder: Embedder,
    progress: Callable[[int, int], None] | None = None,
    rebuild: bool = False,
) -> Retriever:
    """Build or refresh the index in `index_dir` and search it; see `open_index` for what is raised."""
    return Retriever(open_index(index_dir, passages, embedder, progress, rebuild), embedder)


def _values(values: Collection[str]) -> Collection[str]:
    if isinstance(values, str):
        raise ValueError(f"a filter is a collection of values, not the text {values!r}")
    return values
