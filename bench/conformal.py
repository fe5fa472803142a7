"""How the stated uncertainty is fitted: a half-width learnt from how far held-out scores missed, made to hold 80 %.

How far a score misses is predicted from what is known with it (`WIDTH_FEATURES`), and the prediction is multiplied by the
factor with which four fifths of the misses lie inside: a normalised conformal interval (Lei et al. 2018, arXiv:1604.04173,
section 5.2). Answers to one question are not exchangeable with others, so predictions for the factor leave whole questions
out, and its level is raised by one part in as many questions (as in Dunn, Wasserman and Ramdas 2022, arXiv:1809.07441). All
data sets are pooled, each with the same weight. What a gate refused teaches nothing; its half-width is a constant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bench.common import Row
from bench.diagrams import intervals
from bench.grading import DATA_SETS
from interviewer.judge.uncertainty import WIDTH_FEATURES, Known, Width

LEVEL = 0.8
# No score is surer than this; a prediction below would be noise.
FLOOR = 0.03
# What a gate refused is worth nothing, almost for sure.
GATED_UNCERTAINTY = 0.05

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Judged:
    """One held-out score with what people gave, what is known with it, and whether a gate refused the answer."""

    data_set: str
    question_id: str
    fold: int
    human: float
    known: Known
    is_gated: bool = False

    @property
    def missed(self) -> float:
        """How far the score lies from what people gave."""
        return abs(self.human - self.known.score)


def fit_width(rows: Sequence[Judged]) -> Width:
    """Half-widths of 80 % intervals from scores that were held out."""
    rows = [row for row in rows if not row.is_gated]
    x = np.array([row.known.features for row in rows])
    missed = np.array([row.missed for row in rows])
    folds = np.array([row.fold for row in rows])
    weights = _weights(rows)
    expected = np.zeros(len(rows))
    for fold in np.unique(folds):
        here = folds == fold
        expected[here] = _fitted(x[~here], missed[~here], weights[~here]).of(x[here])
    questions = len({(row.data_set, row.question_id) for row in rows})
    factor = _quantile(missed / expected, weights, min(1.0, LEVEL * (1 + 1 / questions)))
    whole = _fitted(x, missed, weights)
    return Width(
        np.round(whole.low, 6),
        np.round(whole.high, 6),
        np.round(factor * whole.weights, 6),
        round(factor * whole.bias, 6),
        round(factor * whole.floor, 6),
    )


def constant_width(value: float) -> Width:
    """The same half-width for every score."""
    nothing = np.zeros(len(WIDTH_FEATURES))
    return Width(nothing, nothing, nothing, value, 0.0)


def held_out_widths(rows: Sequence[Judged]) -> Floats:
    """The half-width of every score, fitted to the misses of the other folds."""
    return _by_fold(rows, lambda others: fit_width(others).of)


def width_rows(rows: Sequence[Judged], widths: Floats, name: str) -> Iterator[Row]:
    """What intervals hold on each data set, and how wide they are."""
    for data_set in dict.fromkeys(row.data_set for row in rows):
        here = [place for place, row in enumerate(rows) if row.data_set == data_set]
        human = np.array([rows[place].human for place in here])
        score = np.array([rows[place].known.score for place in here])
        asked = [rows[place].question_id for place in here]
        yield from intervals(f"{data_set}.{name}", human, score, widths[here], asked)


def by_variance_rows(rows: Sequence[Judged]) -> Iterator[Row]:
    """What intervals hold that come from the credits' variance alone, fitted to the public sets' other folds.

    Squared misses are regressed on the variance. Where there is none, as for an answer that earned no credit, the half-width
    is that of a gate.
    """
    widths = _by_fold(rows, lambda others: _by_variance([r for r in others if r.data_set in DATA_SETS]))
    yield from width_rows(rows, widths, "by_variance")


def _by_fold(rows: Sequence[Judged], fit: Callable[[Sequence[Judged]], Callable[[Floats], Floats]]) -> Floats:
    widths = np.full(len(rows), GATED_UNCERTAINTY)
    for fold in {row.fold for row in rows}:
        width = fit([row for row in rows if row.fold != fold])
        here = [place for place, row in enumerate(rows) if row.fold == fold and not row.is_gated]
        if here:
            widths[here] = width(np.array([rows[place].known.features for place in here]))
    return np.round(widths, 4)


def _by_variance(rows: Sequence[Judged]) -> Callable[[Floats], Floats]:
    place = WIDTH_FEATURES.index("variance of the credits")
    rows = [row for row in rows if row.known.variance > 0]
    spread = np.array([row.known.variance for row in rows])
    squared = np.array([row.missed**2 for row in rows])
    slope = max(0.0, float(np.polyfit(spread, squared, 1)[0]))
    floor = max(1e-4, float(squared.mean() - slope * spread.mean()))
    factor = float(np.quantile(np.sqrt(squared) / np.sqrt(floor + slope * spread), LEVEL))

    def width(features: Floats) -> Floats:
        variance = features[:, place]
        found = np.minimum(1.0, factor * np.sqrt(floor + slope * variance))
        return np.where(variance > 0, found, GATED_UNCERTAINTY)

    return width


def _fitted(x: Floats, missed: Floats, weights: Floats) -> Width:
    """What a miss is expected to be, as a half-width that no factor has widened yet."""
    model = make_pipeline(StandardScaler(), RidgeCV(np.logspace(-1, 4, 11)))
    model.fit(x, missed, ridgecv__sample_weight=weights * len(weights) / weights.sum())
    scaler, ridge = model[0], model[-1]
    plain = ridge.coef_ / scaler.scale_
    bias = float(ridge.intercept_ - plain @ scaler.mean_)
    return Width(x.min(axis=0), x.max(axis=0), plain, bias, FLOOR)


def _weights(rows: Sequence[Judged]) -> Floats:
    """Every data set weighs the same."""
    names = [row.data_set for row in rows]
    return np.array([1 / names.count(name) for name in names])


def _quantile(values: Floats, weights: Floats, level: float) -> float:
    """The least value below or at which so large a share of the weight lies."""
    order = np.argsort(values)
    share = np.cumsum(weights[order]) / weights.sum()
    return float(values[order][min(len(values) - 1, int(np.searchsorted(share, level)))])
