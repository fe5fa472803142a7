import numpy as np


def held(newest: np.ndarray, sinks: int, window: int) -> tuple[np.ndarray, np.ndarray]:
    if sinks < 0 or window <= sinks or bool((newest < -1).any()):
        raise ValueError("0 <= sinks < window, and newest is -1 or more")
    slot = np.arange(window, dtype=np.int64)
    n = newest.astype(np.int64)[:, None]
    last = n - (n - slot) % window
    oldest = np.maximum(n - window + 1, 0)
    full = last >= 0
    return np.where(full, last, -1), np.where(full, last - oldest, -1)
