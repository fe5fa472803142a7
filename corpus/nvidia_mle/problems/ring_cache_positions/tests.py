"""Cases of held. The oracle writes the last tokens one by one into a dictionary of slots; older ones are overwritten
anyway, which makes streams of any age cheap.
"""

from typing import Any

import numpy as np

Case = tuple[str, list[Any]]


def _args(newest: list[int], sinks: int, window: int) -> list[Any]:
    return [np.array(newest, dtype=np.int64), sinks, window]


def visible() -> list[Case]:
    return [
        ("example-1", _args([4], 1, 4)),
        ("example-2", _args([2, -1], 2, 4)),
    ]


def _edges() -> list[Case]:
    return [
        ("edge-around-the-wrap", _args(list(range(-1, 14)), 2, 6)),
        ("edge-no-sinks", _args(list(range(-1, 9)), 0, 4)),
        ("edge-ring-of-one-slot", _args([0, 1, 2, 3, 4, 90], 3, 4)),
        ("edge-one-slot", _args([-1, 0, 1, 7], 0, 1)),
        ("edge-more-sinks-than-tokens", _args([0, 3], 6, 8)),
        ("edge-exactly-full", _args([7, 8], 3, 8)),
        ("edge-all-streams-empty", _args([-1, -1], 1, 3)),
        ("edge-no-streams", _args([], 2, 5)),
        ("edge-four-sinks-of-thirty-two", _args([10_000, 31, 32, 3], 4, 32)),
        ("edge-ten-billion-tokens", _args([10_000_000_000, 2_147_483_647, 2_147_483_650], 4, 16)),
        ("edge-negative-sinks", _args([3], -1, 4)),
        ("edge-window-of-sinks-alone", _args([3], 4, 4)),
        ("edge-window-below-sinks", _args([3], 4, 2)),
        ("edge-newest-below-minus-one", _args([3, -2], 1, 4)),
    ]


def _random(seed: int, index: int) -> list[Any]:
    rng = np.random.default_rng(seed * 1000 + index)
    sinks, ring = int(rng.integers(0, 6)), int(rng.integers(1, 12))
    newest = rng.integers(-1, 4 * (sinks + ring), int(rng.integers(1, 9)))
    return [newest.astype(np.int64), sinks, sinks + ring]


def hidden(seed: int) -> list[Case]:
    cases = _edges()
    cases += [(f"random-{index:02d}", _random(seed, index)) for index in range(1, 25)]
    rng = np.random.default_rng(seed)
    cases.append(("large-streams", [rng.integers(900_000_000, 10**12, 8), 4, 1024]))
    return cases


def grow(n: int, seed: int) -> list[Any]:
    """16 streams with n / 16 slots each."""
    rng = np.random.default_rng(seed)
    return [rng.integers(0, 10**9, 16), 4, max(n // 16, 5)]


def oracle(newest: np.ndarray, sinks: int, window: int) -> tuple[np.ndarray, np.ndarray]:
    if sinks < 0 or window <= sinks or any(last < -1 for last in newest.tolist()):
        raise ValueError("bad input")
    positions = np.full((len(newest), window), -1, dtype=np.int64)
    ranks = positions.copy()
    for stream, last in enumerate(newest.tolist()):
        slots: dict[int, int] = {}
        recent = range(max(sinks, last - 3 * window), last + 1)
        for pos in [*range(min(sinks, last + 1)), *recent]:
            slots[pos if pos < sinks else sinks + (pos - sinks) % (window - sinks)] = pos
        for rank, (pos, slot) in enumerate(sorted((pos, slot) for slot, pos in slots.items())):
            positions[stream, slot], ranks[stream, slot] = pos, rank
    return positions, ranks
