import heapq


def fattest_route(links: list[tuple[int, int, float]], src: int, dst: int) -> tuple[float, list[int]]:
    neighbours: dict[int, list[tuple[int, float]]] = {}
    for a, b, speed in links:
        neighbours.setdefault(a, []).append((b, speed))
    done: dict[int, int] = {}
    heap = [(-float("inf"), src, src)]
    while heap:
        negative, gpu, before = heapq.heappop(heap)
        if gpu in done:
            continue
        done[gpu] = before
        if gpu == dst:
            route = [dst]
            while route[-1] != src:
                route.append(done[route[-1]])
            return -negative, route[::-1]
        for other, speed in neighbours.get(gpu, ()):
            if other not in done:
                heapq.heappush(heap, (max(negative, -speed), other, gpu))
    return 0, []
