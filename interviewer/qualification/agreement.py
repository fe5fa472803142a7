"""Agreement of credits with labels, with bootstrap intervals over questions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

T = TypeVar("T")

RESAMPLES = 2000
SEED = 0


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % interval; None where there is nothing to compute it from."""

    value: float | None
    low: float | None = None
    high: float | None = None


def auc(above: Sequence[float], below: Sequence[float]) -> float | None:
    """The chance that one of `above` is larger than one of `below`, ties half (Mann and Whitney, 1947)."""
    if not above or not below:
        return None
    upper, lower = np.asarray(above)[:, None], np.asarray(below)[None, :]
    return float(np.mean((upper > lower) + 0.5 * (upper == lower)))


def pearson(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Pearson's r; None if one side does not vary."""
    if len(first) < 2 or np.ptp(first) == 0 or np.ptp(second) == 0:
        return None
    return float(np.corrcoef(first, second)[0, 1])


def mean(values: Sequence[float]) -> float | None:
    """The mean; None of nothing."""
    return float(np.mean(values)) if values else None


def estimate(groups: Sequence[T], statistic: Callable[[Sequence[T]], float | None]) -> Estimate:
    """A statistic of groups, and the middle 95 % of it over groups drawn with replacement (Efron's percentiles)."""
    value = statistic(groups)
    if value is None or len(groups) < 2:
        return Estimate(value)
    random = np.random.default_rng(SEED)
    drawn = [
        found
        for row in random.integers(len(groups), size=(RESAMPLES, len(groups)))
        if (found := statistic([groups[place] for place in row])) is not None
    ]
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Estimate(value, float(low), float(high))
