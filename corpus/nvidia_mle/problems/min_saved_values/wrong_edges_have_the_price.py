def min_saved_values(
    sizes: list[int],
    edges: list[tuple[int, int]],
    kept: list[int],
    banned: list[int],
    needed: list[int],
) -> tuple[int, list[int]]:
    computed = {v for _, v in edges}
    endless = sum(sizes) + 1
    arcs: dict[tuple[object, object], int] = {}
    for v in range(len(sizes)):
        if v not in kept and (v in banned or v not in computed):
            arcs["source", v] = endless
    for u, v in edges:
        if u not in kept and v not in kept:
            arcs[u, v] = sizes[u]
    for v in needed:
        if v not in kept:
            arcs[v, "sink"] = sizes[v]
    side = _cut(arcs)
    stored = sorted({a for (a, b) in arcs if a in side and b not in side and isinstance(a, int)})
    return sum(sizes[v] for v in stored), stored


def _cut(arcs: dict[tuple[object, object], int]) -> set[object]:
    """The source's side of a minimum cut, by augmenting paths."""
    residual: dict[object, dict[object, int]] = {"source": {}, "sink": {}}
    for (a, b), capacity in arcs.items():
        residual.setdefault(a, {})[b] = capacity
        residual.setdefault(b, {}).setdefault(a, 0)
    while True:
        came_from: dict[object, object] = {"source": None}
        queue: list[object] = ["source"]
        for node in queue:
            for other, room in residual[node].items():
                if room and other not in came_from:
                    came_from[other] = node
                    queue.append(other)
        if "sink" not in came_from:
            return set(came_from)
        steps = []
        node = "sink"
        while node != "source":
            steps.append((came_from[node], node))
            node = came_from[node]  # type: ignore[assignment]
        flow = min(residual[a][b] for a, b in steps)
        for a, b in steps:
            residual[a][b] -= flow
            residual[b][a] += flow
