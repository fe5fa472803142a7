import numpy as np


def loss_and_grad(
    w: np.ndarray, b: float, X: np.ndarray, y: np.ndarray, lam: float
) -> tuple[float, np.ndarray, float]:
    n = X.shape[0]
    if n == 0 or y.shape != (n,) or lam < 0:
        raise ValueError("needs rows, labels of shape (n,) and a penalty of 0 or more")
    z = X @ w + b
    p = 1.0 / (1.0 + np.exp(-z))
    loss = np.mean(-(y * np.log(p) + (1 - y) * np.log(1 - p))) + 0.5 * lam * (w @ w)
    error = (p - y) / n
    return float(loss), X.T @ error + lam * w, float(error.sum())
