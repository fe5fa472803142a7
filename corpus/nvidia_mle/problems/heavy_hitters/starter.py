def heavy_hitters(streams: list[list[int]], k: int) -> list[tuple[int, int]]:
    """Return at most k pairs (key, estimate) that undercount by at most N / (k + 1) and never overcount."""
    raise NotImplementedError
