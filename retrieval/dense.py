"""Inner-product search over vectors by FAISS: exact for a pack, approximate for very many passages.

Exact, every query is compared with every vector: well below a millisecond for the passages of a pack. From
`APPROXIMATE_FROM` passages on, vectors lie in cells around centroids (an inverted file) and a query is compared with
those of the nearest cells only; how many cells is chosen when the index is built, by the recall that is measured then.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from retrieval.embedder import Vectors

APPROXIMATE_FROM = 50_000
# What the choice of cells aims at: the share of the ten nearest that is found.
TARGET_RECALL = 0.98
RECALL_DEPTH = 10

# FAISS's own advice: between 4 and 16 times the root of the number of vectors
# (github.com/facebookresearch/faiss/wiki/Guidelines-to-choose-an-index), and at least 39 vectors a cell to learn from.
_CELLS_PER_ROOT = 4
_LEARN_FROM = 64
_LEARN_ROUNDS = 10
_PROBED_QUERIES = 200
# So few rows that pass a filter are compared one by one.
_FEW_ROWS = 5_000
_SEED = 0


class DenseIndex:
    """The passages' vectors, searchable; row numbers are the order in which they were given."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine

    @classmethod
    def build(cls, vectors: Vectors, approximate_from: int = APPROXIMATE_FROM) -> DenseIndex:
        """The index of `vectors`, `(n, d)` float32 and L2-normalised; exact below `approximate_from` of them."""
        vectors = np.ascontiguousarray(vectors, dtype=np.float32)
        if len(vectors) < approximate_from:
            engine: Any = faiss.IndexFlatIP(vectors.shape[1])
            engine.add(vectors)
            return cls(engine)
        index = cls(_inverted_file(vectors))
        index._choose_probes(vectors)
        return index

    @classmethod
    def load(cls, path: Path) -> DenseIndex:
        """What `save` wrote. Raises OSError, RuntimeError or ValueError when it is not that."""
        raw = np.fromfile(path, dtype=np.uint8)
        # FAISS makes room for as many numbers as the file says that it has, before it looks whether they are there.
        allowed = faiss.get_deserialization_vector_byte_limit()
        faiss.set_deserialization_vector_byte_limit(raw.nbytes)
        try:
            engine = faiss.deserialize_index(raw)
        finally:
            faiss.set_deserialization_vector_byte_limit(allowed)
        if engine.metric_type != faiss.METRIC_INNER_PRODUCT:
            raise ValueError("the index does not compare by inner product")
        if not isinstance(engine, faiss.IndexFlatIP | faiss.IndexIVFFlat):
            raise ValueError("the index is of another kind")
        return cls(engine)

    def save(self, path: Path) -> None:
        """Write FAISS's own format. Raises OSError (FAISS itself would raise RuntimeError on a full disk)."""
        path.write_bytes(faiss.serialize_index(self._engine).tobytes())

    @property
    def is_exact(self) -> bool:
        """Whether every query is compared with every vector."""
        return not isinstance(self._engine, faiss.IndexIVF)

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
        if self.size == 0:
            return np.empty((0, self.dimension), dtype=np.float32)
        return np.asarray(self._engine.reconstruct_n(0, self.size), dtype=np.float32)

    def vector(self, row: int) -> Vectors:
        """One vector, `(d,)` float32."""
        return np.asarray(self._engine.reconstruct(row), dtype=np.float32)

    def rows(self, rows: NDArray[np.int64]) -> Vectors:
        """`(len(rows), d)` float32: the vectors of some rows."""
        stored = self._engine.reconstruct_batch(np.ascontiguousarray(rows, dtype=np.int64))
        return np.asarray(stored, dtype=np.float32)

    def scores(self, vector: Vectors, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """`(len(rows),)`: inner products of these rows with `vector`."""
        if len(rows) == 0:
            return np.zeros(0, dtype=np.float32)
        return np.asarray(self.rows(rows) @ np.asarray(vector, dtype=np.float32), dtype=np.float32)

    def all_scores(self, vector: Vectors) -> NDArray[np.float32]:
        """`(size,)`: inner products of all rows with `vector`. The index has to be exact."""
        stored = faiss.rev_swig_ptr(self._engine.get_xb(), self.size * self.dimension)
        return np.asarray(stored.reshape(self.size, self.dimension) @ vector, dtype=np.float32)

    def search(
        self, vector: Vectors, depth: int, rows: NDArray[np.int64] | None = None
    ) -> list[tuple[int, float]]:
        """Rows by inner product with `vector`, best first, `depth` of them or all, among `rows` if given.

        Rows with equal scores come in row order. An approximate index may find fewer, and not always the nearest.
        """
        depth = min(depth, self.size if rows is None else len(rows))
        if depth == 0:
            return []
        query = np.ascontiguousarray(vector, dtype=np.float32).reshape(1, -1)
        if not self.is_exact and rows is not None and len(rows) <= _FEW_ROWS:
            scores = self.scores(query[0], rows)
            order = np.argsort(-scores, kind="stable")[:depth]
            return [(int(rows[place]), float(scores[place])) for place in order]
        found_scores, found = self._engine.search(query, depth, params=self._parameters(rows))
        pairs = [
            (int(row), float(score)) for row, score in zip(found[0], found_scores[0], strict=True) if row >= 0
        ]
        return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))

    def _parameters(self, rows: NDArray[np.int64] | None) -> Any:
        """How FAISS is to search: among `rows`, and in more cells the fewer of them pass."""
        if rows is None:
            return None
        selector: Any = faiss.IDSelectorBatch(rows)
        if self.is_exact:
            return faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]  # SWIG takes fields
        probes = min(self._engine.nlist, -(-self._engine.nprobe * self.size // len(rows)))
        return faiss.SearchParametersIVF(sel=selector, nprobe=probes)  # type: ignore[call-arg]  # as above

    def _choose_probes(self, vectors: Vectors) -> None:
        """As few cells as find TARGET_RECALL of the nearest, for queries like those that will come."""
        chance = np.random.default_rng(_SEED)
        pairs = chance.integers(0, len(vectors), (2, min(_PROBED_QUERIES, len(vectors))))
        # A question lies between passages rather than on one: half-way between two, any cell may hold its nearest.
        queries = vectors[pairs[0]] + vectors[pairs[1]]
        queries /= np.maximum(np.linalg.norm(queries, axis=1, keepdims=True), 1e-9)
        _, nearest = faiss.knn(queries, vectors, RECALL_DEPTH, metric=faiss.METRIC_INNER_PRODUCT)
        self._engine.nprobe = 1
        while self._engine.nprobe < self._engine.nlist:
            _, found = self._engine.search(queries, RECALL_DEPTH)
            hits = sum(
                len(set(some.tolist()) & set(all_.tolist()))
                for some, all_ in zip(found, nearest, strict=True)
            )
            if hits >= TARGET_RECALL * nearest.size:
                return
            self._engine.nprobe = min(2 * self._engine.nprobe, self._engine.nlist)


def _inverted_file(vectors: Vectors) -> Any:
    """Cells learnt from a sample and filled; rows can be read back."""
    cells = max(1, round(_CELLS_PER_ROOT * len(vectors) ** 0.5))
    centroids = faiss.IndexFlatIP(vectors.shape[1])
    engine: Any = faiss.IndexIVFFlat(centroids, vectors.shape[1], cells, faiss.METRIC_INNER_PRODUCT)
    engine.cp.niter = _LEARN_ROUNDS
    engine.cp.seed = _SEED + 1
    chance = np.random.default_rng(_SEED)
    sample = chance.choice(len(vectors), min(len(vectors), _LEARN_FROM * cells), replace=False)
    engine.train(vectors[np.sort(sample)])
    engine.add(vectors)
    engine.make_direct_map()
    return engine
