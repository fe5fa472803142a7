import heapq


def fattest_route(links: list[tuple[int, int, float]], src: int, dst: int) -> tuple[float, list[int]]:
    neighbours: dict[int, dict[int, float]] = {}
    for a, b, speed in links:
        for here, there in ((a, b), (b, a)):
            of_here = neighbours.setdefault(here, {})
            of_here[there] = of_here.get(there, 0) + speed
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
        for other, speed in neighbours.get(gpu, {}).items():
            if other not in done:
                heapq.heappush(heap, (max(negative, -speed), other, gpu))
    return 0, []
