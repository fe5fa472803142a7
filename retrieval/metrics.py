"""How good a ranking is, as trec_eval defines it (github.com/usnistgov/trec_eval).

A ranking is a sequence of ids without repeats; `gains` gives the judged grades, where an id that is missing or
graded 0 is not relevant. With no relevant id every figure is 0.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence


def ndcg(ranking: Sequence[str], gains: Mapping[str, int], k: int) -> float:
    """nDCG@k, 0..1: gain is the grade itself, discount is log2(rank + 1) (trec_eval's `ndcg_cut`).

    The ideal ranking holds every judged id, retrieved or not.
    """
    _check(ranking, k)
    ideal = _dcg(sorted((grade for grade in gains.values() if grade > 0), reverse=True)[:k])
    return _dcg([max(0, gains.get(item, 0)) for item in ranking[:k]]) / ideal if ideal else 0.0


def recall(ranking: Sequence[str], gains: Mapping[str, int], k: int) -> float:
    """Share of the relevant ids among the first `k`, 0..1 (trec_eval's `recall`)."""
    _check(ranking, k)
    relevant = {item for item, grade in gains.items() if grade > 0}
    return len(relevant.intersection(ranking[:k])) / len(relevant) if relevant else 0.0


def reciprocal_rank(ranking: Sequence[str], gains: Mapping[str, int]) -> float:
    """1 / rank of the first relevant id, 0 if there is none (trec_eval's `recip_rank`); its mean is MRR."""
    _check(ranking, 1)
    for rank, item in enumerate(ranking, 1):
        if gains.get(item, 0) > 0:
            return 1 / rank
    return 0.0


def _dcg(grades: Sequence[int]) -> float:
    return sum(grade / math.log2(rank + 1) for rank, grade in enumerate(grades, 1))


def _check(ranking: Sequence[str], k: int) -> None:
    if k < 1:
        raise ValueError("k is at least 1")
    if len(set(ranking)) != len(ranking):
        raise ValueError("a ranking names every id once")
