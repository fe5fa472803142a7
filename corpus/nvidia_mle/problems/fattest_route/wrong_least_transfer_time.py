import heapq


def fattest_route(links: list[tuple[int, int, float]], src: int, dst: int) -> tuple[float, list[int]]:
    if src == dst:
        return float("inf"), [src]
    neighbours: dict[int, list[tuple[int, float]]] = {}
    for a, b, speed in links:
        neighbours.setdefault(a, []).append((b, speed))
        neighbours.setdefault(b, []).append((a, speed))
    done = set()
    heap = [(0.0, src, float("inf"), [src])]
    while heap:
        time, gpu, width, route = heapq.heappop(heap)
        if gpu == dst:
            return width, route
        if gpu in done:
            continue
        done.add(gpu)
        for other, speed in neighbours.get(gpu, ()):
            if other not in done:
                heapq.heappush(heap, (time + 1 / speed, other, min(width, speed), [*route, other]))
    return 0, []
