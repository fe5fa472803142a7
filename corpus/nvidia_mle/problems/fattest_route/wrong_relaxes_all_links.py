def fattest_route(links: list[tuple[int, int, float]], src: int, dst: int) -> tuple[float, list[int]]:
    width: dict[int, float] = {src: float("inf")}
    came_from: dict[int, int] = {}
    changed = True
    while changed:
        changed = False
        for a, b, speed in links:
            for here, there in ((a, b), (b, a)):
                reachable = min(width.get(here, 0), speed)
                if reachable > width.get(there, 0):
                    width[there] = reachable
                    came_from[there] = here
                    changed = True
    if dst not in width:
        return 0, []
    route = [dst]
    while route[-1] != src:
        route.append(came_from[route[-1]])
    return width[dst], route[::-1]
