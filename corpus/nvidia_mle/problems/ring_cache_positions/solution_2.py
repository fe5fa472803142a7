import numpy as np


def held(newest: np.ndarray, sinks: int, window: int) -> tuple[np.ndarray, np.ndarray]:
    """Writes down the positions that are held, oldest first, and scatters them to their slots."""
    if sinks < 0 or sinks >= window or (newest.size and newest.min() < -1):
        raise ValueError("bad sinks, window or newest")
    ring = window - sinks
    total = newest + 1
    first = np.maximum(total - ring, sinks)[:, None]
    rank = np.broadcast_to(np.arange(window), (len(newest), window))
    position = np.where(rank < sinks, rank, first + rank - sinks)
    slot = np.where(rank < sinks, rank, sinks + (position - sinks) % ring)
    alive = position < total[:, None]
    stream = np.nonzero(alive)[0]
    positions = np.full((len(newest), window), -1, dtype=np.int64)
    ranks = positions.copy()
    positions[stream, slot[alive]] = position[alive]
    ranks[stream, slot[alive]] = rank[alive]
    return positions, ranks
