def heavy_hitters(streams: list[list[int]], k: int) -> list[tuple[int, int]]:
    """Misra-Gries summaries, merged by subtracting the (k + 1)-th largest counter."""
    if k < 1:
        raise ValueError(f"{k} counters are too few")
    merged: dict[int, int] = {}
    for stream in streams:
        for key, count in summarise(stream, k).items():
            merged[key] = merged.get(key, 0) + count
        if len(merged) > k:
            cut = sorted(merged.values(), reverse=True)[k]
            merged = {key: count - cut for key, count in merged.items() if count > cut}
    return list(merged.items())


def summarise(stream: list[int], k: int) -> dict[int, int]:
    """A round of decrements cancels k + 1 different keys, so there are at most n / (k + 1) of them."""
    counters: dict[int, int] = {}
    for key in stream:
        if key in counters:
            counters[key] += 1
        elif len(counters) < k:
            counters[key] = 1
        else:
            counters = {other: count - 1 for other, count in counters.items() if count > 1}
    return counters
