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
        if v not in kept:
            arcs[("in", v), ("out", v)] = sizes[v]
            if v in banned or v not in computed:
                arcs["source", ("in", v)] = endless
    for u, v in edges:
        if u not in kept and v not in kept:
            arcs[("out", u), ("in", v)] = endless
    stored: set[int] = set()
    for target in needed:
        if target not in kept:
            side = _cut(arcs | {(("out", target), "sink"): endless})
            stored |= {v for v in range(len(sizes)) if ("in", v) in side and ("out", v) not in side}
    return sum(sizes[v] for v in stored), sorted(stored)


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
