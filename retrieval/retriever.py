"""Passages for a query: nearest by meaning, nearest by words, and what is near by meaning, words and letters together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from corpus import GlossaryEntry, Passage, PassageKind
from retrieval.embedder import Embedder, Vectors
from retrieval.families import Families, Scores
from retrieval.feedback import Feedback
from retrieval.index import Opening, PassageIndex, open_index
from retrieval.lexical import best_first, share_of_best
from retrieval.passages import indexed_text, question_passage_id
from retrieval.spelling import Spelling

Mode = Literal["fused", "dense", "bm25"]
Rows = NDArray[np.int64]

# The fused score is the cosine plus these shares of BM25 over words and over four letters in a row, each divided by the
# best score that a passage has for the query; then families share (`Families`), and what the glossary's entries are about
# that the query is about is lifted, and then what is near the first of it (`Feedback`). Chosen on the development part of
# bench/queries.yaml.
WORDS_SHARE = 0.3
LETTERS_SHARE = 0.3
GLOSSARY_SHARE = 0.8
GLOSSARY_DEPTH = 150  # passages that an entry lifts
FUSION_DEPTH = 200  # passages taken from each ranking of a large index, or as many as are asked for


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
        self._families = Families(index.passages)
        self._feedback = Feedback(index.passages)
        self._about = lru_cache(maxsize=None)(self._find_about)
        self._spelling = Spelling([*map(indexed_text, index.passages), *index.glossary.texts()])

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
            found = self._fused(query, k, rows)
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
        """`depth` passages, among `rows` if given, best first by the fused score; ties by row."""
        if rows is not None and len(rows) == 0:
            return []
        query = self._spelling.mended(query)
        vector = self._embedder.embed_queries([query])[0]
        about = self._index.glossary.about(query, vector)
        lifted = [self._about(entry) for entry, _ in about]
        wide = max(depth, FUSION_DEPTH)
        scores = self._unlifted(query, vector, wide, rows, [some for some, _ in lifted])
        for (_, part), (some, shares) in zip(about, lifted, strict=True):
            scores[some] += GLOSSARY_SHARE * part * shares
        scores += self._feedback.lifts(scores, self._index.dense.rows, partial(self._nearness, scores))
        among = np.arange(len(scores)) if rows is None else rows
        return best_first(scores, among[np.isfinite(scores[among])], depth)

    def _unlifted(
        self, query: str, vector: Vectors, depth: int, rows: Rows | None, more: Sequence[Rows]
    ) -> Scores:
        """`(n,)`: meaning, words and letters, shared within families.

        Of a large index, whose search by meaning is approximate, the passages are looked at that are among the first
        `depth` by meaning, words or letters, and `more` ones; the others have -inf.
        """
        words, letters = (
            share_of_best(index.scores(query)) for index in (self._index.lexical, self._index.grams)
        )
        shares = WORDS_SHARE * words + LETTERS_SHARE * letters
        dense = self._index.dense
        if dense.is_exact:
            return self._families.shared(dense.all_scores(vector) + shares)
        among = np.arange(len(shares)) if rows is None else rows
        near = np.array([row for row, _ in dense.search(vector, depth, rows)], dtype=np.int64)
        for some in (words, letters):
            first = [row for row, _ in best_first(some, among[some[among] > 0], depth)]
            near = np.concatenate([near, np.array(first, dtype=np.int64)])
        chosen = np.unique(np.concatenate([near, *more]))
        scores = np.full(len(shares), -np.inf, dtype=np.float32)
        scores[chosen] = dense.scores(vector, chosen) + shares[chosen]
        return self._families.shared(scores)

    def _nearness(self, scores: Scores, vector: Vectors) -> Scores:
        """`(n,)`: cosines of a vector and the passages whose scores are finite, 0 for the others."""
        dense = self._index.dense
        if dense.is_exact:
            return dense.all_scores(vector)
        chosen = np.flatnonzero(np.isfinite(scores))
        near = np.zeros(len(scores), dtype=np.float32)
        near[chosen] = dense.scores(vector, chosen)
        return near

    def _find_about(self, entry: int) -> tuple[Rows, Scores]:
        """The passages that a glossary's entry is about, and how much compared with the best of them."""
        text, vector = self._index.glossary.asked(entry)
        scores = self._unlifted(text, vector, GLOSSARY_DEPTH, None, [])
        found = np.flatnonzero(np.isfinite(scores))
        above = scores[found] - scores[found].mean()
        best = [place for place, _ in best_first(above, np.flatnonzero(above > 0), GLOSSARY_DEPTH)]
        return found[best], share_of_best(above[best])

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
    """As `retrieve`, with each item once per kind, by its best passage; a question and its rubric are two.

    The sections of one document take at most half of the places, and more only where nothing else is found: whoever
    looks for a subject that has a note of its own wants the question about it too.
    """
    depth = min(4 * k, len(retriever.passages))
    while True:
        hits = retriever.retrieve(
            query, depth, kinds=kinds, categories=categories, levels=levels, rounds=rounds, mode=mode
        )
        best: dict[tuple[PassageKind, str], Hit] = {}
        for hit in hits:
            best.setdefault((hit.passage.kind, hit.passage.item_id), hit)
        kept, over = _shared_out(best.values(), (k + 1) // 2, k)
        if len(kept) >= k or len(hits) < depth or depth >= len(retriever.passages):
            chosen = [*kept, *over][:k]
            return [Hit(hit.passage, hit.score, rank) for rank, hit in enumerate(chosen, 1)]
        depth = min(2 * depth, len(retriever.passages))


def _shared_out(hits: Iterable[Hit], most: int, k: int) -> tuple[list[Hit], list[Hit]]:
    """The first `k` hits without those beyond the first `most` of one document, and those; each in order."""
    taken: Counter[tuple[PassageKind, str]] = Counter()
    kept: list[Hit] = []
    over: list[Hit] = []
    for hit in hits:
        document = (hit.passage.kind, hit.passage.item_id.split("#")[0])
        taken[document] += 1
        (kept if taken[document] <= most else over).append(hit)
        if len(kept) == k:
            break
    return kept, over


def open_retriever(
    index_dir: Path,
    passages: Sequence[Passage],
    embedder: Embedder,
    progress: Callable[[int, int], None] | None = None,
    rebuild: bool = False,
    glossary: Sequence[GlossaryEntry] = (),
) -> Retriever:
    """Build or refresh the index in `index_dir` and search it; see `open_index` for what is raised."""
    return Retriever(open_index(index_dir, passages, embedder, progress, rebuild, glossary), embedder)


def _values(values: Collection[str]) -> Collection[str]:
    if isinstance(values, str):
        raise ValueError(f"a filter is a collection of values, not the text {values!r}")
    return values
