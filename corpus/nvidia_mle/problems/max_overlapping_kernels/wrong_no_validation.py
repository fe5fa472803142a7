def max_overlapping_kernels(spans: list[tuple[int, int]]) -> int:
    events = []
    for start, end in spans:
        events += [(start, 1), (end, -1)]
    events.sort()
    running = best = 0
    for _, change in events:
        running += change
        best = max(best, running)
    return best
