"""Inner-product search over vectors by FAISS.

Exact: every query is compared with every vector, well below a millisecond for the passages of a pack. An
approximate index for very large packs takes its place in `DenseIndex.build`; nothing else knows the kind.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from retrieval.embedder import Vectors


class DenseIndex:
    """The passages' vectors, searchable; row numbers are the order in which they were given."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine

    @classmethod
    def build(cls, vectors: Vectors) -> DenseIndex:
        """The exact index of `vectors`, `(n, d)` float32."""
        engine = faiss.IndexFlatIP(vectors.shape[1])
        engine.add(np.ascontiguousarray(vectors, dtype=np.float32))
        return cls(engine)

    @classmethod
    def load(cls, path: Path) -> DenseIndex:
        """What `save` wrote. Raises OSError, RuntimeError or ValueError when it is not that."""
        engine = faiss.deserialize_index(np.fromfile(path, dtype=np.uint8))
        if engine.metric_type != faiss.METRIC_INNER_PRODUCT:
            raise ValueError("the index does not compare by inner product")
        return cls(engine)

    def save(self, path: Path) -> None:
        """Write FAISS's own format. Raises OSError (FAISS itself would raise RuntimeError on a full disk)."""
        path.write_bytes(faiss.serialize_index(self._engine).tobytes())

    @property
    def size(self) -> int:
        """Number of vectors."""
        return int(self._engine.ntotal)

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._engine.d)

    def vectors(self) -> Vectors:
        """All vectors, `(n, d)` float32, as they were given."""
        return np.asarray(self._engine.reconstruct_n(0, self.size), dtype=np.float32)

    def vector(self, row: int) -> Vectors:
        """One vector, `(d,)` float32."""
        return np.asarray(self._engine.reconstruct(row), dtype=np.float32)

    def search(
        self, vector: Vectors, depth: int, rows: NDArray[np.int64] | None = None
    ) -> list[tuple[int, float]]:
        """Rows by inner product with `vector`, best first, `depth` of them or all, among `rows` if given.

        Rows with equal scores come in row order.
        """
        depth = min(depth, self.size if rows is None else len(rows))
        if depth == 0:
            return []
        parameters = None
        if rows is not None:
            selector: Any = faiss.IDSelectorBatch(rows)
            parameters = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]  # SWIG takes fields
        query = np.ascontiguousarray(vector, dtype=np.float32).reshape(1, -1)
        scores, found = self._engine.search(query, depth, params=parameters)
        pairs = [(int(row), float(score)) for row, score in zip(found[0], scores[0], strict=True) if row >= 0]
        return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))
