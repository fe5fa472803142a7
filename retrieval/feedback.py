"""What a query found first says what it is about: passages near it, in meaning and by topic, are lifted.

A query of a few words shares little with most of what answers it, while those passages share much with each other (pseudo
relevance feedback: Rocchio 1971; Abdul-Jaleel et al. 2004, "UMass at TREC 2004", for weighting by the scores). Nothing is
embedded for it: the vectors and the topics that the pack gives its questions and notes are there already.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from corpus import Passage
from retrieval.embedder import Vectors
from retrieval.lexical import best_first, share_of_best

# How many of the first passages are asked, how softly they divide the say by their scores, and how much the nearest to them
# by meaning and by topic gain. Chosen on the development part of bench/queries.yaml.
ASKED = 10
_SOFTNESS = 0.1
_MEANING_SHARE = 0.4
_TOPICS_SHARE = 0.2

Rows = NDArray[np.int64]
Scores = NDArray[np.float32]


class Feedback:
    """The topics of all passages, each weighed by how rare it is."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        numbers: dict[str, int] = {}
        topics = [
            [numbers.setdefault(topic, len(numbers)) for topic in passage.topics] for passage in passages
        ]
        widest = max(map(len, topics))
        nothing = len(numbers)
        # A row for the first topic of all passages, one for the second: long sums of short columns are the fast way round.
        self._topics = np.full((widest, len(passages)), nothing, dtype=np.int32)
        for row, some in enumerate(topics):
            self._topics[: len(some), row] = some
        counts = np.bincount(self._topics.ravel(), minlength=nothing + 1)
        rarity = np.log(len(passages) / np.maximum(counts, 1))
        rarity[nothing] = 0
        self._squares = (rarity**2).astype(np.float32)
        self._lengths = np.sqrt(self._squares[self._topics].sum(axis=0))
        self._has_topics = self._lengths > 0
        self._lengths[~self._has_topics] = 1

    def lifts(
        self, scores: Scores, vectors: Callable[[Rows], Vectors], nearness: Callable[[Vectors], Scores]
    ) -> Scores:
        """`(n,)`: what each passage gains, given the scores of all, -inf for those not looked at.

        `vectors` gives the vectors of some rows, and `nearness` the cosines of all passages with a vector, 0 for those not
        looked at.
        """
        found = best_first(scores, np.flatnonzero(np.isfinite(scores)), ASKED)
        if not found:
            return np.zeros(len(scores), dtype=np.float32)
        rows = np.array([row for row, _ in found], dtype=np.int64)
        parts = np.exp((scores[rows] - scores[rows[0]]) / _SOFTNESS)
        parts /= parts.sum()
        near = share_of_best(nearness(parts @ vectors(rows)))
        alike = share_of_best(self._alike(rows, parts))
        # Topics say as much as those have to say that have some: the guide's sections have none.
        topics_share = _TOPICS_SHARE * parts[self._has_topics[rows]].sum()
        return np.asarray(_MEANING_SHARE * near + topics_share * alike, dtype=np.float32)

    def _alike(self, rows: Rows, parts: Scores) -> Scores:
        """`(n,)`: the mean cosine of every passage's topics with those of the given ones, weighted by their parts."""
        topics = self._topics[:, rows]
        weights = np.broadcast_to(parts / self._lengths[rows], topics.shape)
        said = np.bincount(topics.ravel(), weights.ravel(), minlength=len(self._squares))
        return np.asarray((said * self._squares)[self._topics].sum(axis=0) / self._lengths, dtype=np.float32)
