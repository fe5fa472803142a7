"""Items that belong together lend each other score: a question and its rubric, the sections of one document."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from corpus import Passage, PassageKind

# How much of an item's score is the mean of its family's best. A question and its rubric are about the same thing, the
# sections of a document about neighbouring ones. Chosen on the development part of bench/queries.yaml.
_QUESTION_SHARE = 1.0
_DOCUMENT_SHARE = 0.25
_BEST = 3

Scores = NDArray[np.float32]


class Families:
    """Which passages are of one item, and which items of one family."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        items: dict[Hashable, int] = {}
        families: dict[Hashable, int] = {}
        family_of: list[int] = []
        share_of: list[float] = []
        self._item = np.zeros(len(passages), dtype=np.int64)
        for row, passage in enumerate(passages):
            key = (passage.kind, passage.item_id)
            if key not in items:
                items[key] = len(items)
                asked = passage.kind in (PassageKind.QUESTION, PassageKind.RUBRIC)
                family = passage.item_id if asked else (passage.kind, passage.item_id.split("#")[0])
                family_of.append(families.setdefault(family, len(families)))
                share_of.append(_QUESTION_SHARE if asked else _DOCUMENT_SHARE)
            self._item[row] = items[key]
        self._rows = np.argsort(self._item, kind="stable")
        self._item_starts = np.searchsorted(self._item[self._rows], np.arange(len(items)))
        self._family = np.array(family_of, dtype=np.int64)
        self._members = _table(self._family, len(families))
        self._share = np.array(share_of, dtype=np.float32)

    def shared(self, scores: Scores) -> Scores:
        """`(n,)`: scores of all passages, -inf for those not looked at, after each item has given and taken.

        An item counts by its best passage, a family by its three best items; passages of one item keep their distances.
        """
        best = np.maximum.reduceat(scores[self._rows], self._item_starts)
        first = np.partition(np.append(best, np.float32(-np.inf))[self._members], -_BEST, axis=1)[:, -_BEST:]
        found = np.isfinite(first)
        total = np.where(found, first, 0).sum(axis=1, dtype=np.float64)
        mean = (total / np.maximum(found.sum(axis=1), 1))[self._family]
        shift = np.where(np.isfinite(best), self._share * (mean - best), 0)
        return np.asarray(scores + shift[self._item], dtype=np.float32)


def _table(family: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """`(count, widest)`: the items of every family, at least as wide as what is asked for; `len(family)` is nobody."""
    sizes = np.bincount(family, minlength=count)
    table = np.full((count, max(_BEST, int(sizes.max()))), len(family), dtype=np.int64)
    order = np.argsort(family, kind="stable")
    table[family[order], np.arange(len(family)) - (np.cumsum(sizes) - sizes)[family[order]]] = order
    return table
