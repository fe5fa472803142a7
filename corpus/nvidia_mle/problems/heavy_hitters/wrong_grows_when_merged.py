def heavy_hitters(streams: list[list[int]], k: int) -> list[tuple[int, int]]:
    if k < 1:
        raise ValueError("need at least one counter")
    merged: dict[int, int] = {}
    for stream in streams:
        for key, count in summarise(stream, k).items():
            merged[key] = merged.get(key, 0) + count
    return list(merged.items())


def summarise(stream: list[int], k: int) -> dict[int, int]:
    counters: dict[int, int] = {}
    for key in stream:
        if key in counters:
            counters[key] += 1
        elif len(counters) < k:
            counters[key] = 1
        else:
            counters = {other: count - 1 for other, count in counters.items() if count > 1}
    return counters
