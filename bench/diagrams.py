"""Reliability diagrams and intervals: what was found where the judge gave so much, and how much its 80 % interval holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from bench.common import Row
from bench.resampling import Places, Scores, interval, resampled

BINS = 10
# A mean of fewer says nothing.
LEAST_IN_BIN = 5


def diagram(prefix: str, judged: Scores, found: Scores, questions: Sequence[str]) -> Iterator[Row]:
    """For each tenth of the scale, the mean of what was judged and of what people found, and the mean distance of both.

    The last is the expected calibration error (Naeini et al. 2015): bins count by their number of answers.
    """
    draws = resampled(questions)
    bins = np.clip((judged * BINS).astype(int), 0, BINS - 1)
    for place in range(BINS):
        here = bins == place
        count = int(here.sum())
        if count < LEAST_IN_BIN:
            continue
        low, high = _interval_within(found, here, draws)
        mean = float(found[here].mean())
        yield Row(f"{prefix}.bin_{place}.judged", float(judged[here].mean()), "score", n=count)
        yield Row(f"{prefix}.bin_{place}.found", mean, "score", low=low, high=high, n=count)
    low, high = interval(_calibration_error, draws, bins, judged, found)
    error = _calibration_error(bins, judged, found)
    yield Row(f"{prefix}.calibration_error", error, "score", low=low, high=high, n=len(judged))


def _calibration_error(bins: NDArray[np.intp], judged: Scores, found: Scores) -> float:
    gaps = np.bincount(bins, judged - found, minlength=BINS)
    return float(np.abs(gaps).sum() / len(judged))


def _interval_within(values: Scores, here: NDArray[np.bool_], draws: Sequence[Places]) -> tuple[float, float]:
    """Where the middle 95 % of the mean of some values lies; draws without any of them are left out."""
    means = [values[chosen].mean() for places in draws if (chosen := places[here[places]]).size]
    low, high = np.quantile(means, (0.025, 0.975))
    return float(low), float(high)


def intervals(
    prefix: str, human: Scores, ours: Scores, width: Scores, questions: Sequence[str]
) -> Iterator[Row]:
    """How many grades an interval of 80 % holds, its mean half-width, and that over a constant one which holds as many."""
    draws = resampled(questions)
    missed = np.abs(human - ours)
    inside = (missed <= width).astype(float)
    low, high = interval(np.mean, draws, inside)
    count = len(human)
    yield Row(f"{prefix}.coverage_of_80", float(inside.mean()), "share", low=low, high=high, n=count)
    yield Row(f"{prefix}.mean_uncertainty", float(width.mean()), "score", n=count)
    low, high = interval(_over_constant, draws, missed, width)
    ratio = _over_constant(missed, width)
    yield Row(f"{prefix}.width_over_constant", ratio, "ratio", low=low, high=high, n=count)


def _over_constant(missed: Scores, width: Scores) -> float:
    """The mean half-width over the least constant one that holds as many grades."""
    held = int((missed <= width).sum())
    constant = float(np.sort(missed)[max(0, held - 1)])
    return float(width.mean()) / max(1e-9, constant)
