"""95 % intervals over questions that are drawn with replacement, each with all of its answers; and exact ones of shares.

Answers to one question are not independent (cluster bootstrap; Davison and Hinkley 1997, section 3.8).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from bench.common import Row
from bench.grading import SEED

Scores = NDArray[np.float64]
Places = NDArray[np.intp]
# Of columns of the same length; the first is what people said, the second what a judge said.
Statistic = Callable[..., float]
RESAMPLES = 2000


def resampled(questions: Sequence[str], data_sets: Sequence[str] | None = None) -> list[Places]:
    """Places of the answers in each resample; `questions` are theirs, drawn within each of the `data_sets`."""
    generator = np.random.default_rng(SEED)
    groups: dict[str, dict[str, list[int]]] = {}
    for place, (data_set, question) in enumerate(
        zip(data_sets or [""] * len(questions), questions, strict=True)
    ):
        groups.setdefault(data_set, {}).setdefault(question, []).append(place)
    answers = [[np.array(places) for places in of_set.values()] for of_set in groups.values()]
    return [
        np.concatenate(
            [of_set[i] for of_set in answers for i in generator.integers(0, len(of_set), len(of_set))]
        )
        for _ in range(RESAMPLES)
    ]


def interval(
    statistic: Statistic, draws: Sequence[Places], *columns: NDArray[np.generic]
) -> tuple[float, float]:
    """Where the middle 95 % of the statistic's values lie."""
    values = [statistic(*(column[places] for column in columns)) for places in draws]
    low, high = np.quantile(values, (0.025, 0.975))
    return float(low), float(high)


def exact_interval(count: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share (Clopper and Pearson 1934). Raises ValueError where it is a share of nothing."""
    found = binomtest(count, of).proportion_ci(0.95, method="exact")
    return float(found.low), float(found.high)


def difference(
    metric: str,
    statistic: Statistic,
    draws: Sequence[Places],
    human: Scores,
    ours: Scores,
    theirs: tuple[str, Scores],
    *columns: NDArray[np.generic],
) -> Row:
    """How much higher the statistic is for our scores than for theirs, which have a name; paired."""
    against, other = theirs

    def moved(human: Scores, ours: Scores, other: Scores, *columns: NDArray[np.generic]) -> float:
        return statistic(human, ours, *columns) - statistic(human, other, *columns)

    value = moved(human, ours, other, *columns)
    low, high = interval(moved, draws, human, ours, other, *columns)
    return Row(metric, value, "", against, None, low, high, len(human))
