"""Cases of loss_and_grad. The oracle adds rows with math.fsum; its derivatives are the textbook ones."""

import math
from typing import Any

import numpy as np

Case = tuple[str, list[Any]]


def _grid(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return np.round(rng.normal(size=shape) * 16) / 16


def visible() -> list[Case]:
    a = np.array
    return [
        ("example-1", [a([0.0]), 0.0, a([[1.0], [3.0]]), a([1.0, 0.0]), 0.5]),
        ("example-2", [a([2.0]), 1.0, a([[1.0]]), a([1.0]), 0.1]),
    ]


def _edges() -> list[Case]:
    rng = np.random.default_rng(4)
    a = np.array
    w, X, y = _grid(rng, 3), _grid(rng, 5, 3), a([0.0, 1.0, 1.0, 0.0, 1.0])
    outliers = a([[4000.0], [-4000.0], [1.0]])
    return [
        ("edge-score-of-four-thousand", [a([1.0]), 0.0, outliers, a([0.0, 1.0, 1.0]), 0.0]),
        ("edge-outliers-with-the-right-label", [a([1.0]), 0.0, outliers, a([1.0, 0.0, 1.0]), 0.0]),
        ("edge-scores-of-a-million", [a([1e3]), 5.0, outliers / 4, a([0.0, 1.0, 0.25]), 1e-6]),
        ("edge-soft-labels", [w, -0.5, X, a([0.0, 0.25, 0.5, 0.75, 1.0]), 0.01]),
        ("edge-soft-label-of-an-outlier", [a([2.0]), 0.0, a([[1500.0], [-1500.0]]), a([0.3, 0.3]), 0.0]),
        ("edge-base-rate-bias", [np.zeros(2), -5.293304824724492, np.ones((200, 2)), np.eye(200)[0], 0.0]),
        ("edge-one-row", [w, 0.25, X[:1], y[:1], 0.0]),
        ("edge-bias-only", [np.zeros(0), 0.5, np.zeros((4, 0)), a([1.0, 0.0, 0.0, 1.0]), 3.0]),
        ("edge-strong-penalty", [w, 1.0, X, y, 1000.0]),
        ("edge-zero-scores", [np.zeros(3), 0.0, X, y, 0.0]),
        ("edge-no-rows", [w, 0.0, np.zeros((0, 3)), np.zeros(0), 0.1]),
        ("edge-column-of-labels", [w, 0.0, X, y[:, None], 0.1]),
        ("edge-too-few-labels", [w, 0.0, X, y[:4], 0.1]),
        ("edge-one-label-for-all", [w, 0.0, X, y[:1], 0.1]),
        ("edge-negative-penalty", [w, 0.0, X, y, -0.1]),
    ]


def _random(seed: int, index: int) -> list[Any]:
    rng = np.random.default_rng(seed * 1000 + index)
    n, d = (int(size) for size in rng.integers(1, (20, 8)))
    y = rng.integers(0, 2, n).astype(float) if index % 3 else np.round(rng.random(n) * 8) / 8
    scale = (1.0, 10.0, 300.0)[index % 3]
    return [_grid(rng, d), float(_grid(rng, 1)[0]), _grid(rng, n, d) * scale, y, (0.0, 0.1, 2.0)[index % 3]]


def hidden(seed: int) -> list[Case]:
    cases = _edges()
    cases += [(f"random-{index:02d}", _random(seed, index)) for index in range(1, 25)]
    cases.append(("large-table", _table(96_000, 32, seed)))
    return cases


def grow(n: int, seed: int) -> list[Any]:
    """A table of about n numbers in two columns."""
    return _table(n, 2, seed)


def _table(n: int, columns: int, seed: int) -> list[Any]:
    rng = np.random.default_rng(seed)
    X = _grid(rng, max(n // columns, 1), columns)
    y = (rng.random(len(X)) < 0.05).astype(float)
    return [_grid(rng, columns), -2.0, X, y, 0.01]


def _softplus(z: float) -> float:
    return max(z, 0.0) + math.log1p(math.exp(-abs(z)))


def _sigmoid(z: float) -> float:
    return 1 / (1 + math.exp(-z)) if z >= 0 else math.exp(z) / (1 + math.exp(z))


def oracle(
    w: np.ndarray, b: float, X: np.ndarray, y: np.ndarray, lam: float
) -> tuple[float, np.ndarray, float]:
    if lam < 0 or len(X) == 0 or list(y.shape) != [len(X)]:
        raise ValueError("bad input")
    rows, weights, labels = X.tolist(), w.tolist(), y.tolist()
    scores = [math.fsum(x * c for x, c in zip(row, weights, strict=True)) + b for row in rows]
    losses = [
        label * _softplus(-z) + (1 - label) * _softplus(z) for z, label in zip(scores, labels, strict=True)
    ]
    errors = [_sigmoid(z) - label for z, label in zip(scores, labels, strict=True)]
    n = len(rows)
    grad = [
        math.fsum(error * row[j] for error, row in zip(errors, rows, strict=True)) / n + lam * weights[j]
        for j in range(len(weights))
    ]
    loss = math.fsum(losses) / n + 0.5 * lam * math.fsum(c * c for c in weights)
    return loss, np.array(grad, dtype=np.float64), math.fsum(errors) / n
