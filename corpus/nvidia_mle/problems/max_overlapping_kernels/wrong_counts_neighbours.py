def max_overlapping_kernels(spans: list[tuple[int, int]]) -> int:
    if any(end < start for start, end in spans):
        raise ValueError("span ends before it starts")
    real = [(start, end) for start, end in spans if start < end]
    best = 0
    for start, end in real:
        best = max(best, sum(other < end and start < until for other, until in real))
    return best
