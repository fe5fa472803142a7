import numpy as np


def loss_and_grad(
    w: np.ndarray, b: float, X: np.ndarray, y: np.ndarray, lam: float
) -> tuple[float, np.ndarray, float]:
    """Blocks of rows, each of which is read once while it is in cache."""
    if lam < 0:
        raise ValueError("lam must not be negative")
    if len(X) == 0 or y.ndim != 1 or len(y) != len(X):
        raise ValueError("one label per row, and at least one row")
    loss, grad_b, grad_w = 0.0, 0.0, np.zeros(X.shape[1])
    for start in range(0, len(X), 4096):
        rows, label = X[start : start + 4096], y[start : start + 4096]
        z = rows @ w + b
        # -log p is logaddexp(0, -z), -log(1 - p) is logaddexp(0, z).
        loss += float(label @ np.logaddexp(0, -z) + (1 - label) @ np.logaddexp(0, z))
        error = 0.5 * (1 + np.tanh(z / 2)) - label
        grad_w += error @ rows
        grad_b += float(error.sum())
    n = len(X)
    return loss / n + lam * float(np.square(w).sum()) / 2, grad_w / n + lam * w, grad_b / n
