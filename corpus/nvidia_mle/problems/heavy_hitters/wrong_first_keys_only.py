def heavy_hitters(streams: list[list[int]], k: int) -> list[tuple[int, int]]:
    if k < 1:
        raise ValueError("need at least one counter")
    counters: dict[int, int] = {}
    for stream in streams:
        for key in stream:
            if key in counters or len(counters) < k:
                counters[key] = counters.get(key, 0) + 1
    return list(counters.items())
