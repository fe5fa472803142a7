from bisect import bisect_right


def max_overlapping_kernels(spans: list[tuple[int, int]]) -> int:
    """The count can only rise at a start, so look at the starts: begun so far minus ended so far."""
    if any(end < start for start, end in spans):
        raise ValueError("a span ends before it starts")
    real = [(start, end) for start, end in spans if start < end]
    starts = sorted(start for start, _ in real)
    ends = sorted(end for _, end in real)
    return max((bisect_right(starts, t) - bisect_right(ends, t) for t in starts), default=0)
