def max_overlapping_kernels(spans: list[tuple[int, int]]) -> int:
    if any(end < start for start, end in spans):
        raise ValueError("span ends before it starts")
    best = 0
    for start, end in spans:
        if start < end:
            best = max(best, sum(other <= start < until for other, until in spans))
    return best
