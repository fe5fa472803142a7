from collections import Counter


def heavy_hitters(streams: list[list[int]], k: int) -> list[tuple[int, int]]:
    """Counts batches of keys exactly and folds them into one summary; a cut removes at least k + 1 units each time."""
    if k < 1:
        raise ValueError("need at least one counter")
    summaries = [_summary(stream, k) for stream in streams]
    while len(summaries) > 1:  # a tree of merges, as it would run over many gateways
        pairs = zip(summaries[::2], [*summaries[1::2], Counter()], strict=False)
        summaries = [_fold(a + b, k) for a, b in pairs]
    return list(summaries[0].items()) if summaries else []


def _summary(stream: list[int], k: int) -> Counter[int]:
    summary: Counter[int] = Counter()
    for start in range(0, len(stream), k):
        summary.update(stream[start : start + k])
        summary = _fold(summary, k)
    return summary


def _fold(counts: Counter[int], k: int) -> Counter[int]:
    if len(counts) <= k:
        return counts
    cut = sorted(counts.values())[-k - 1]
    return Counter({key: count - cut for key, count in counts.items() if count > cut})
