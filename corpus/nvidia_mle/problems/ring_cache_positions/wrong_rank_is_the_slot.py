import numpy as np


def held(newest: np.ndarray, sinks: int, window: int) -> tuple[np.ndarray, np.ndarray]:
    if sinks < 0 or window <= sinks or bool((newest < -1).any()):
        raise ValueError("0 <= sinks < window, and newest is -1 or more")
    ring = window - sinks
    slot = np.arange(window, dtype=np.int64)
    n = newest.astype(np.int64)[:, None]

    last = n - (n - slot) % ring  # the newest position that falls into this slot of the ring
    positions = np.where(slot < sinks, slot, last)
    full = np.where(slot < sinks, slot <= n, last >= sinks)

    return np.where(full, positions, -1), np.where(full, slot, -1)
