import heapq


def top_gap(times: list[int]) -> int:
    if len(times) < 2:
        raise ValueError("a gap needs two arrivals")
    heap = list(times)
    heapq.heapify(heap)
    last, best = heapq.heappop(heap), 0
    while heap:
        now = heapq.heappop(heap)
        last, best = now, max(best, now - last)
    return best
