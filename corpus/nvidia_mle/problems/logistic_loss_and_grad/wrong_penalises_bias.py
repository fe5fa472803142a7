import numpy as np


def loss_and_grad(
    w: np.ndarray, b: float, X: np.ndarray, y: np.ndarray, lam: float
) -> tuple[float, np.ndarray, float]:
    n = X.shape[0]
    if n == 0 or y.shape != (n,) or lam < 0:
        raise ValueError("needs rows, labels of shape (n,) and a penalty of 0 or more")
    z = X @ w + b
    small = np.exp(-np.abs(z))  # the exponent is never positive
    loss = np.mean(np.maximum(z, 0) - y * z + np.log1p(small)) + 0.5 * lam * (w @ w + b * b)
    p = np.where(z >= 0, 1.0, small) / (1.0 + small)
    error = (p - y) / n
    return float(loss), X.T @ error + lam * w, float(error.sum() + lam * b)
