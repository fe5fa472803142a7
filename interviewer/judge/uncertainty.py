"""How far a score may miss: the half-width of its 80 % interval, from what is known with the score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from interviewer.judge.features import Floats

WIDTH_FEATURES = ("score", "score squared", "variance of the credits", "log of the words", "criteria")


@dataclass(frozen=True)
class Known:
    """What the half-width of a score may depend on; `words` are those of the answer, `criteria` the rubric's number."""

    score: float
    variance: float
    words: int
    criteria: int

    @property
    def features(self) -> tuple[float, ...]:
        """In the order of WIDTH_FEATURES."""
        return (self.score, self.score**2, self.variance, float(np.log1p(self.words)), float(self.criteria))


def known_of(score: float, weights: Sequence[float], credits: Sequence[float], answer: str) -> Known:
    """What is known of a score; `weights` and `credits` are those of every criterion."""
    return Known(score, credit_variance(weights, credits), len(answer.split()), len(weights))


def credit_variance(weights: Sequence[float], credits: Sequence[float]) -> float:
    """The variance of the weighted mean of the credits, read as chances of a point."""
    total = sum(weights)
    return sum((w / total) ** 2 * c * (1 - c) for w, c in zip(weights, credits, strict=True))


@dataclass(frozen=True)
class Width:
    """A fitted half-width: `features · weights + bias`, no less than `floor` and no more than 1.

    Features beyond those that it was fitted to, `low` to `high`, say nothing more.
    """

    low: Floats
    high: Floats
    weights: Floats
    bias: float
    floor: float

    def of(self, features: Floats) -> Floats:
        """Half-widths of 80 % intervals; `(..., len(WIDTH_FEATURES))` features."""
        found = np.clip(features, self.low, self.high) @ self.weights + self.bias
        return np.asarray(np.clip(found, self.floor, 1.0))
