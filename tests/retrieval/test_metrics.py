"""Ranking metrics against values worked by hand from trec_eval's definitions."""

from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.metrics import ndcg, recall, reciprocal_rank

GAINS = {"a": 2, "b": 1, "c": 2, "d": 0, "e": -1}


@pytest.mark.parametrize(
    ("ranking", "k", "value"),
    [
        # The ideal order is 2, 2, 1: 2/log2(2) + 2/log2(3) + 1/log2(4) = 2 + 1.26186 + 0.5 = 3.76186.
        pytest.param(["a", "c", "b"], 10, 1.0, id="ideal"),
        pytest.param(["c", "a", "b"], 10, 1.0, id="equal grades may change places"),
        pytest.param(["a", "b", "c"], 10, (2 + 1 / log2(3) + 2 / 2) / 3.76186, id="1 before 2: 0.9651"),
        pytest.param(["a", "x", "b"], 10, (2 + 1 / 2) / 3.76186, id="one is missing: 2.5 / 3.76186"),
        pytest.param(["x", "y", "z", "a"], 10, (2 / log2(5)) / 3.76186, id="first hit at rank 4"),
        pytest.param(["a", "b", "c"], 1, 1.0, id="cut at 1: ideal is 2"),
        pytest.param(["b", "a", "c"], 1, 0.5, id="cut at 1: 1 of 2"),
        pytest.param(["b", "a", "c"], 2, (1 + 2 / log2(3)) / (2 + 2 / log2(3)), id="cut at 2"),
        pytest.param(["d", "e", "a"], 3, 1 / 3.76186, id="grades of 0 and below gain nothing"),
        pytest.param(["x", "y"], 10, 0.0, id="nothing found"),
        pytest.param([], 10, 0.0, id="nothing ranked"),
    ],
)
def test_ndcg(ranking: list[str], k: int, value: float) -> None:
    assert ndcg(ranking, GAINS, k) == pytest.approx(value, abs=1e-5)


@pytest.mark.parametrize(
    ("ranking", "k", "value"),
    [
        (["a", "b", "c"], 5, 1.0),
        (["a", "x", "y", "z", "b", "c"], 5, 2 / 3),
        (["x", "y", "z", "v", "w", "a"], 5, 0.0),
        (["a", "b", "c"], 1, 1 / 3),
        (["d", "e", "a"], 5, 1 / 3),
        ([], 5, 0.0),
    ],
)
def test_recall(ranking: list[str], k: int, value: float) -> None:
    assert recall(ranking, GAINS, k) == pytest.approx(value)


@pytest.mark.parametrize(
    ("ranking", "value"),
    [(["a"], 1.0), (["x", "b", "a"], 0.5), (["d", "e", "x", "c"], 0.25), (["x"], 0.0), ([], 0.0)],
)
def test_reciprocal_rank(ranking: list[str], value: float) -> None:
    assert reciprocal_rank(ranking, GAINS) == value


def test_nothing_relevant_gives_nought() -> None:
    assert ndcg(["a"], {}, 10) == ndcg(["a"], {"a": 0}, 10) == recall(["a"], {}, 5) == 0.0
    assert reciprocal_rank(["a"], {}) == 0.0


@pytest.mark.parametrize("measure", [ndcg, recall])
def test_bad_input_is_refused(measure: object) -> None:
    for ranking, k, words in ((["a"], 0, "k is at least 1"), (["a", "a"], 5, "names every id once")):
        with pytest.raises(ValueError, match=words):
            measure(ranking, GAINS, k)  # type: ignore[operator]


@given(
    st.lists(st.sampled_from("abcdefgh"), unique=True),
    st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 3)),
    st.integers(1, 10),
)
def test_bounds(ranking: list[str], gains: dict[str, int], k: int) -> None:
    assert 0 <= ndcg(ranking, gains, k) <= 1 + 1e-12
    assert 0 <= recall(ranking, gains, k) <= recall(ranking, gains, k + 1) <= 1
