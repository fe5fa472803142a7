"""What a query found first lifts what is like it, in meaning and by topic."""

from math import exp, log

import numpy as np
import pytest
from index_world import passage
from numpy.typing import NDArray

from retrieval.feedback import Feedback

Array = NDArray[np.float32]
VECTORS = np.array([[1, 0], [0, 1], [0.6, 0.8]], dtype=np.float32)


def lifts(scores: list[float], *topics: tuple[str, ...]) -> Array:
    texts = [passage(f"{row}", "", topics=some) for row, some in enumerate(topics)]
    given = np.array(scores, dtype=np.float32)
    return Feedback(texts).lifts(
        given,
        lambda rows: VECTORS[rows],
        lambda vector: np.where(np.isfinite(given), VECTORS @ vector, 0).astype(np.float32),
    )


def test_one_passage_has_the_whole_say() -> None:
    """Nothing else was looked at: by meaning it is its own nearest, and the shares are those that are written down."""
    assert lifts([1.0, -np.inf, -np.inf], ("a",), ("b",), ("a",)) == pytest.approx(
        [0.4 + 0.2, 0.0, 0.2]  # the third has the same topic, and was not looked at by meaning
    )


def test_the_say_is_divided_by_the_scores() -> None:
    """A tenth below the best has 1/e of its say: without topics, only the vectors count."""
    second = exp(-1)
    centre = np.array([1, second]) / (1 + second)
    near = VECTORS @ centre
    assert lifts([0.5, 0.4, -np.inf], (), (), ()) == pytest.approx(
        [0.4 * near[0] / near[:2].max(), 0.4 * near[1] / near[:2].max(), 0.0], abs=1e-6
    )


def test_a_rare_topic_says_more_than_a_frequent_one() -> None:
    """Cosines of topics weighed by log(3 / how many passages have it): `b` is in two, `a` and `c` are in one."""
    a, b = log(3), log(3 / 2)
    found = lifts([1.0, -np.inf, -np.inf], ("a", "b"), ("b", "c"), ())
    cosine = b * b / (a * a + b * b)  # both have one topic of each weight
    assert found[1] == pytest.approx(0.2 * cosine, abs=1e-6)
    assert found[2] == 0


def test_a_topic_that_all_have_says_nothing() -> None:
    assert lifts([1.0, -np.inf, -np.inf], ("a",), ("a",), ("a",)) == pytest.approx([0.4, 0, 0])


def test_where_nothing_was_looked_at_nothing_is_lifted() -> None:
    assert lifts([-np.inf] * 3, ("a",), ("a",), ("b",)).tolist() == [0, 0, 0]


def test_topics_say_as_much_as_those_that_have_some_have_to_say() -> None:
    """The first has none, and the second, a tenth below it, has 1/e of its say."""
    part = exp(-1) / (1 + exp(-1))
    found = lifts([0.5, 0.4, -np.inf], (), ("a",), ("a",))
    assert found[2] == pytest.approx(0.2 * part, abs=1e-6)


def test_only_the_first_ten_are_asked() -> None:
    texts = [passage(f"{row}", "", topics=(f"t{min(row, 10)}",)) for row in range(12)]
    scores = np.linspace(1, 0.9, 12, dtype=np.float32)
    vectors = np.eye(12, dtype=np.float32)
    found = Feedback(texts).lifts(scores, lambda rows: vectors[rows], lambda vector: vectors @ vector)
    assert (found[:10] > 0).all()
    assert found[10:].tolist() == [0, 0]
