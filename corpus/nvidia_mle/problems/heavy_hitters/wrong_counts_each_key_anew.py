def heavy_hitters(streams: list[list[int]], k: int) -> list[tuple[int, int]]:
    if k < 1:
        raise ValueError("need at least one counter")
    everything = [key for stream in streams for key in stream]
    counts = [(everything.count(key), key) for key in set(everything)]
    return [(key, count) for count, key in sorted(counts, reverse=True)[:k]]
