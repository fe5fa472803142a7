"""Passages for a query: nearest by meaning, nearest by words, and both rankings fused."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from corpus import Passage, PassageKind
from retrieval.embedder import Embedder
from retrieval.index import Opening, PassageIndex, open_index

Mode = Literal["fused", "dense", "bm25"]
Rows = NDArray[np.int64]

# Reciprocal rank fusion: Cormack, Clarke and Büttcher 2009, doi:10.1145/1571941.1572114; their constant.
RRF_K = 60
FUSION_DEPTH = 200  # passages taken from each ranking; also the k up to which a longer list only adds hits


@dataclass(frozen=True)
class Hit:
    """A passage found. `rank` counts from 1; `score` is comparable within one list only.

    It is the sum of 1 / (60 + rank) over both rankings, the cosine, or BM25's score, by the mode asked for.
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
            depth = max(k, FUSION_DEPTH)
            rankings = (self._dense(query, depth, rows), self._index.lexical.search(query, depth, rows))
            found = fuse([[row for row, _ in ranking] for ranking in rankings])[:k]
        else:
            raise ValueError(f"a mode is fused, dense or bm25, not {mode!r}")
        return [Hit(self.passages[row], score, rank) for rank, (row, score) in enumerate(found, 1)]

    def cosine(self, query: str, passage: Passage) -> float:
        """Cosine of a query and an indexed passage, -1..1. Raises KeyError for a passage that is not indexed."""
        vector = self._index.dense.vector(self._row_of[passage.passage_id])
        return float(np.dot(self._embedder.embed_queries([query])[0], vector))

    def _dense(self, query: str, depth: int, rows: Rows | None) -> list[tuple[int, float]]:
        if rows is not None and len(rows) == 0:
            return []
        return self._index.dense.search(self._embedder.embed_queries([query])[0], depth, rows)

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


def fuse(rankings: Sequence[Sequence[int]]) -> list[tuple[int, float]]:
    """Rows by the sum of 1 / (60 + rank) over the rankings that hold them, best first; ties by row."""
    scores: dict[int, float] = defaultdict(float)
    for ranking in rankings:
        for rank, row in enumerate(ranking, 1):
            scores[row] += 1 / (RRF_K + rank)
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))


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
