"""Vectors are found: all of them exactly, or nearly all of the nearest in a fraction of the comparisons."""

from __future__ import annotations

from pathlib import Path

import faiss
import numpy as np
import pytest

from retrieval.dense import TARGET_RECALL, DenseIndex
from retrieval.embedder import Vectors

N, D = 6_000, 32


def normalised(vectors: Vectors) -> Vectors:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


@pytest.fixture(scope="module")
def vectors() -> Vectors:
    """Around 100 places, as texts are around subjects."""
    chance = np.random.default_rng(1)
    places = chance.standard_normal((100, D))
    return normalised(places[chance.integers(0, 100, N)] + 0.7 * chance.standard_normal((N, D)))


@pytest.fixture(scope="module")
def queries(vectors: Vectors) -> Vectors:
    chance = np.random.default_rng(2)
    return normalised(vectors[::60] + 0.1 * chance.standard_normal((100, D)))


@pytest.fixture(scope="module")
def exact(vectors: Vectors) -> DenseIndex:
    return DenseIndex.build(vectors)


@pytest.fixture(scope="module")
def approximate(vectors: Vectors) -> DenseIndex:
    return DenseIndex.build(vectors, approximate_from=1_000)


def recall(of: DenseIndex, against: DenseIndex, queries: Vectors, rows: np.ndarray | None = None) -> float:
    shares = []
    for query in queries:
        wanted = {row for row, _ in against.search(query, 10, rows)}
        shares.append(len(wanted & {row for row, _ in of.search(query, 10, rows)}) / len(wanted))
    return float(np.mean(shares))


def test_few_vectors_are_compared_exactly(exact: DenseIndex, vectors: Vectors, queries: Vectors) -> None:
    assert exact.is_exact
    for query in queries[:5]:
        assert [row for row, _ in exact.search(query, 10)] == np.argsort(-(vectors @ query))[:10].tolist()


def test_many_are_found_nearly_all_in_some_of_the_cells(
    exact: DenseIndex, approximate: DenseIndex, queries: Vectors
) -> None:
    assert not approximate.is_exact
    assert 1 < approximate._engine.nprobe < approximate._engine.nlist
    assert recall(approximate, exact, queries) >= TARGET_RECALL


def test_an_approximate_index_gives_its_vectors_back(approximate: DenseIndex, vectors: Vectors) -> None:
    assert (approximate.vectors() == vectors).all()
    assert (approximate.vector(17) == vectors[17]).all()
    assert (approximate.size, approximate.dimension) == (N, D)


@pytest.mark.parametrize("share", [0.002, 0.02, 0.9, 1.0])
def test_a_filter_is_kept_and_loses_little(
    exact: DenseIndex,
    approximate: DenseIndex,
    queries: Vectors,
    share: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("retrieval.dense._FEW_ROWS", 50)
    rows = np.sort(np.random.default_rng(3).choice(N, int(share * N), replace=False))
    for query in queries[:5]:
        found = approximate.search(query, 10, rows)
        assert {row for row, _ in found} <= set(rows.tolist())
        assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)
    assert recall(approximate, exact, queries, rows) >= 0.95


def test_an_approximate_index_is_the_same_after_a_restart(
    approximate: DenseIndex, queries: Vectors, tmp_path: Path
) -> None:
    approximate.save(tmp_path / "dense.faiss")
    again = DenseIndex.load(tmp_path / "dense.faiss")
    assert not again.is_exact
    assert (again.vectors() == approximate.vectors()).all()
    for query in queries[:10]:
        assert again.search(query, 10) == approximate.search(query, 10)


def test_an_index_of_another_metric_is_refused(tmp_path: Path) -> None:
    (tmp_path / "dense.faiss").write_bytes(faiss.serialize_index(faiss.IndexFlatL2(4)).tobytes())
    with pytest.raises(ValueError, match="inner product"):
        DenseIndex.load(tmp_path / "dense.faiss")
