import heapq


def fattest_route(links: list[tuple[int, int, float]], src: int, dst: int) -> tuple[float, list[int]]:
    """Dijkstra with min in place of plus and the widest GPU first."""
    neighbours: dict[int, list[tuple[int, float]]] = {}
    for a, b, speed in links:
        neighbours.setdefault(a, []).append((b, speed))
        neighbours.setdefault(b, []).append((a, speed))
    width = {src: float("inf")}
    came_from: dict[int, int] = {}
    done = set()
    heap = [(-float("inf"), src)]
    while heap:
        negative, gpu = heapq.heappop(heap)
        if gpu in done:
            continue
        done.add(gpu)
        if gpu == dst:
            break
        for other, speed in neighbours.get(gpu, ()):
            reachable = min(-negative, speed)
            if other not in done and reachable > width.get(other, 0):
                width[other] = reachable
                came_from[other] = gpu
                heapq.heappush(heap, (-reachable, other))
    if dst not in done:
        return 0, []
    route = [dst]
    while route[-1] != src:
        route.append(came_from[route[-1]])
    return width[dst], route[::-1]
