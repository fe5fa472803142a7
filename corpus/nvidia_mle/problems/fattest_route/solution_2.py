from collections import deque


def fattest_route(links: list[tuple[int, int, float]], src: int, dst: int) -> tuple[float, list[int]]:
    """Adds links from fast to slow until both ends are joined (Kruskal); the last link is the bottleneck."""
    if src == dst:
        return float("inf"), [src]
    parent: dict[int, int] = {src: src, dst: dst}

    def root(gpu: int) -> int:
        parent.setdefault(gpu, gpu)
        while parent[gpu] != gpu:
            parent[gpu] = parent[parent[gpu]]
            gpu = parent[gpu]
        return gpu

    forest: dict[int, list[int]] = {}
    for a, b, speed in sorted(links, key=lambda link: link[2], reverse=True):
        root_a, root_b = root(a), root(b)
        if root_a == root_b:
            continue
        parent[root_a] = root_b
        forest.setdefault(a, []).append(b)
        forest.setdefault(b, []).append(a)
        if root(src) == root(dst):
            return speed, _walk(forest, src, dst)
    return 0, []


def _walk(forest: dict[int, list[int]], src: int, dst: int) -> list[int]:
    came_from = {dst: dst}
    queue = deque([dst])
    while src not in came_from:
        gpu = queue.popleft()
        for other in forest[gpu]:
            if other not in came_from:
                came_from[other] = gpu
                queue.append(other)
    route = [src]
    while route[-1] != dst:
        route.append(came_from[route[-1]])
    return route
