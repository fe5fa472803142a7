"""What is kept of vectors: as many as there are rows, the texts used last, and no text itself."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import numpy as np
import pytest

from retrieval import Vectors
from retrieval.vector_cache import VectorCache

DIMENSION = 4
ROWS = 6


def _rows(*values: int) -> Vectors:
    return np.repeat(np.array(values, dtype=np.float32)[:, None], DIMENSION, axis=1)


def _cache() -> VectorCache:
    return VectorCache(ROWS * DIMENSION * 4)


def _kept(cache: VectorCache, text: str, purpose: str = "") -> list[int]:
    """What `_rows` was given; nothing where nothing is kept."""
    found = cache.get(purpose, text)
    if found is None:
        return []
    values = found[:, 0].astype(int).tolist()
    assert np.array_equal(found, _rows(*values))
    return list(values)


def test_what_was_put_is_found_for_its_purpose_alone() -> None:
    cache = _cache()
    assert cache.get("", "a") is None
    cache.put("", "a", _rows(1))
    cache.put("spans", "a", _rows(2, 3, 4))
    assert _kept(cache, "a") == [1]
    assert _kept(cache, "a", "spans") == [2, 3, 4]
    assert cache.get("query: ", "a") is None


def test_a_purpose_and_a_text_are_not_run_together() -> None:
    cache = _cache()
    cache.put("ab", "c", _rows(1))
    assert cache.get("a", "bc") is None


def test_the_texts_used_last_are_kept() -> None:
    cache = _cache()
    for number in range(ROWS):
        cache.put("", str(number), _rows(number))
    assert _kept(cache, "0") == [0]
    cache.put("", "long", _rows(10, 11))
    assert [number for number in range(ROWS) if cache.get("", str(number)) is None] == [1, 2]
    assert _kept(cache, "long") == [10, 11]
    assert len(cache) == ROWS - 1


def test_rows_that_are_put_again_take_the_place_of_the_old_ones() -> None:
    cache = _cache()
    for number in range(3 * ROWS):
        cache.put("", "same", _rows(*range(1 + number % 3)))
    assert _kept(cache, "same") == [0, 1, 2]
    for name in "abc":
        cache.put("", name, _rows(7))
    assert _kept(cache, "same") == [0, 1, 2], "no row was lost"


def test_what_does_not_fit_or_has_no_rows_is_not_kept() -> None:
    cache = _cache()
    cache.put("", "small", _rows(1))
    cache.put("", "large", _rows(*range(ROWS + 1)))
    cache.put("", "none", _rows())
    assert cache.get("", "large") is None
    assert cache.get("", "none") is None
    assert _kept(cache, "small") == [1]


def test_what_is_found_is_a_copy() -> None:
    cache = _cache()
    given = _rows(1)
    cache.put("", "a", given)
    given[:] = 9
    assert _kept(cache, "a") == [1]
    found = cache.get("", "a")
    assert found is not None
    found[:] = 9
    assert _kept(cache, "a") == [1]


def test_no_text_and_no_array_lives_on() -> None:
    cache = _cache()
    text = "what a candidate said"
    for number in range(2 * ROWS):
        cache.put("", f"{text} {number}", _rows(number))
    held = gc.get_referents(*cache.__dict__.values(), cache.__dict__)
    assert not any(isinstance(item, str) and text in item for item in held)
    assert sum(isinstance(item, np.ndarray) for item in held) == 1


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="Linux says how much is resident")
def test_all_its_memory_is_taken_with_the_first_vector() -> None:
    count, dimension = 2**13, 2**10
    cache = VectorCache(4 * count * dimension)
    before = _resident_bytes()
    cache.put("", "first", np.ones((1, dimension), dtype=np.float32))
    first = _resident_bytes()
    assert first - before > 3 * count * dimension
    for number in range(count):
        cache.put("", str(number), np.ones((1, dimension), dtype=np.float32))
    assert _resident_bytes() - first < count * dimension


def _resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
