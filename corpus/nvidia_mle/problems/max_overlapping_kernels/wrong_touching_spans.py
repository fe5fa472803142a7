def max_overlapping_kernels(spans: list[tuple[int, int]]) -> int:
    events = []
    for start, end in spans:
        if end < start:
            raise ValueError("span ends before it starts")
        if end > start:
            events += [(start, 0), (end, 1)]  # starts sort first
    events.sort()
    running = best = 0
    for _, is_end in events:
        running += -1 if is_end else 1
        best = max(best, running)
    return best
