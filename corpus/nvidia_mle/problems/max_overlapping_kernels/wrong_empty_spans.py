import heapq


def max_overlapping_kernels(spans: list[tuple[int, int]]) -> int:
    running: list[int] = []
    best = 0
    for start, end in sorted(spans):
        if end < start:
            raise ValueError("span ends before it starts")
        while running and running[0] <= start:
            heapq.heappop(running)
        heapq.heappush(running, end)
        best = max(best, len(running))
    return best
