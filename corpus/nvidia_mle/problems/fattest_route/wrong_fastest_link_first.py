def fattest_route(links: list[tuple[int, int, float]], src: int, dst: int) -> tuple[float, list[int]]:
    if src == dst:
        return float("inf"), [src]
    neighbours: dict[int, list[tuple[float, int]]] = {}
    for a, b, speed in links:
        neighbours.setdefault(a, []).append((speed, b))
        neighbours.setdefault(b, []).append((speed, a))
    route = [src]
    speeds: list[float] = []
    seen = {src}
    while route and route[-1] != dst:
        options = [(speed, other) for speed, other in neighbours.get(route[-1], []) if other not in seen]
        if not options:
            route.pop()
            speeds = speeds[:-1]
            continue
        speed, other = max(options)
        seen.add(other)
        route.append(other)
        speeds.append(speed)
    return (min(speeds), route) if route else (0, [])
