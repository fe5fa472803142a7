"""A proposal for the stated uncertainty: a half-width that is learnt from how far held-out scores missed, and made to hold 80 %.

How far a score misses is predicted from what is known with it (`FEATURES`), and the prediction is multiplied by the factor
with which four fifths of the misses lie inside: a normalised conformal interval (Lei et al. 2018, arXiv:1604.04173, section
5.2). Answers to one question are not exchangeable with others, so predictions for the factor leave whole questions out, and
its level is raised by one part in as many questions (as in Dunn, Wasserman and Ramdas 2022, arXiv:1809.07441). All data sets
are pooled, each with the same weight.
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

LEVEL = 0.8
FEATURES = ("score", "score squared", "variance of the credits", "log of the words", "criteria")
# No score is surer than this; a prediction below would be noise.
FLOOR = 0.03

Floats = NDArray[np.float64]
Width = Callable[[Floats], Floats]


@dataclass(frozen=True)
class Judged:
    """One held-out score with what people gave, and what its width may depend on."""

    data_set: str
    question_id: str
    fold: int
    human: float
    score: float
    variance: float
    words: int
    criteria: int

    @property
    def features(self) -> tuple[float, ...]:
        """In the order of FEATURES."""
        return (self.score, self.score**2, self.variance, float(np.log1p(self.words)), float(self.criteria))


def fit_width(rows: Sequence[Judged]) -> Width:
    """From features to half-widths of 80 % intervals."""
    x = np.array([row.features for row in rows])
    missed = np.array([abs(row.human - row.score) for row in rows])
    folds = np.array([row.fold for row in rows])
    weights = _weights(rows)
    expected = np.zeros(len(rows))
    for fold in np.unique(folds):
        here = folds == fold
        expected[here] = _fitted(x[~here], missed[~here], weights[~here])(x[here])
    questions = len({(row.data_set, row.question_id) for row in rows})
    factor = _quantile(missed / expected, weights, min(1.0, LEVEL * (1 + 1 / questions)))
    whole = _fitted(x, missed, weights)
    return lambda features: np.asarray(factor * whole(features))


def proposed_rows(rows: Sequence[Judged]) -> Iterator[Row]:
    """What the proposal holds on each data set, fitted without the question, and how wide it is."""
    widths = np.zeros(len(rows))
    folds = np.array([row.fold for row in rows])
    for fold in np.unique(folds):
        width = fit_width([row for row in rows if row.fold != fold])
        here = np.flatnonzero(folds == fold)
        widths[here] = width(np.array([rows[place].features for place in here]))
    for data_set in dict.fromkeys(row.data_set for row in rows):
        here = np.flatnonzero([row.data_set == data_set for row in rows])
        human, score = (
            np.array([getattr(rows[place], name) for place in here]) for name in ("human", "score")
        )
        asked = [rows[place].question_id for place in here]
        yield from intervals(f"{data_set}.proposed", human, score, widths[here], asked)


def _fitted(x: Floats, missed: Floats, weights: Floats) -> Width:
    model = make_pipeline(StandardScaler(), RidgeCV(np.logspace(-1, 4, 11)))
    model.fit(x, missed, ridgecv__sample_weight=weights * len(weights) / weights.sum())
    return lambda features: np.maximum(FLOOR, model.predict(features))


def _weights(rows: Sequence[Judged]) -> Floats:
    """Every data set weighs the same."""
    names = [row.data_set for row in rows]
    return np.array([1 / names.count(name) for name in names])


def _quantile(values: Floats, weights: Floats, level: float) -> float:
    """The least value below or at which so large a share of the weight lies."""
    order = np.argsort(values)
    share = np.cumsum(weights[order]) / weights.sum()
    return float(values[order][min(len(values) - 1, int(np.searchsorted(share, level)))])
