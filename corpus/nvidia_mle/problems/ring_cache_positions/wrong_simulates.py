import numpy as np


def held(newest: np.ndarray, sinks: int, window: int) -> tuple[np.ndarray, np.ndarray]:
    if sinks < 0 or window <= sinks or bool((newest < -1).any()):
        raise ValueError("0 <= sinks < window, and newest is -1 or more")
    positions = np.full((len(newest), window), -1, dtype=np.int64)
    ranks = positions.copy()
    for stream, last in enumerate(newest.tolist()):
        slots = [-1] * window
        for pos in range(last + 1):
            slots[pos if pos < sinks else sinks + (pos - sinks) % (window - sinks)] = pos
        age = sorted(pos for pos in slots if pos >= 0)
        positions[stream] = slots
        ranks[stream] = [age.index(pos) if pos >= 0 else -1 for pos in slots]
    return positions, ranks
