def max_overlapping_kernels(spans: list[tuple[int, int]]) -> int:
    events = []
    for start, end in spans:
        if end < start:
            raise ValueError(f"span ends before it starts: {(start, end)}")
        if end > start:
            events.append((start, 1))
            events.append((end, -1))
    events.sort()  # at equal times -1 sorts before +1, as half-open spans want it
    running = best = 0
    for _, change in events:
        running += change
        best = max(best, running)
    return best
