"""Vectors of texts that were embedded lately, in one table that never grows."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict

import numpy as np

from retrieval.embedder import Vectors


class VectorCache:
    """The rows of the most recently used texts; the least recently used goes first. Safe to share between threads.

    The rows are copied into one table. An array of its own for each vector would live between the large and short-lived
    tensors of the thread that embeds, and the C library could neither join nor give back the memory of those: after
    thousands of sentences that was more than the vectors themselves.
    """

    def __init__(self, max_bytes: int) -> None:
        """At most so many bytes of vectors, all of which are taken when the first is kept: no server grows by them later."""
        self._max_bytes = max_bytes
        self._table: Vectors | None = None
        self._free: list[int] = []
        self._rows: OrderedDict[bytes, tuple[int, ...]] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """How many texts have rows here."""
        return len(self._rows)

    def get(self, purpose: str, text: str) -> Vectors | None:
        """A copy of the `(n, dimension)` rows of a text for a purpose, if kept."""
        key = _key(purpose, text)
        with self._lock:
            rows = self._rows.get(key)
            if rows is None or self._table is None:
                return None
            self._rows.move_to_end(key)
            return self._table[list(rows)]

    def put(self, purpose: str, text: str, vectors: Vectors) -> None:
        """Keep the `(n, dimension)` rows of a text, 1 or more; all vectors have one dimension. Too many are not kept."""
        key, count = _key(purpose, text), len(vectors)
        with self._lock:
            table = self._table_for(vectors.shape[1])
            self._free.extend(self._rows.pop(key, ()))
            if not 0 < count <= len(table):
                return
            while len(self._free) < count:
                self._free.extend(self._rows.popitem(last=False)[1])
            rows = tuple(self._free.pop() for _ in range(count))
            table[list(rows)] = vectors
            self._rows[key] = rows

    def _table_for(self, dimension: int) -> Vectors:
        if self._table is None:
            count = self._max_bytes // (4 * dimension)
            # Written to, unlike with np.zeros, so that its pages are there.
            self._table = np.full((count, dimension), 0, dtype=np.float32)
            self._free = list(range(count - 1, -1, -1))
        return self._table


def _key(purpose: str, text: str) -> bytes:
    """Stands for both, so that no text is kept."""
    digest = hashlib.blake2b(purpose.encode(), digest_size=16)
    digest.update(b"\0")
    digest.update(text.encode())
    return digest.digest()
