import itertools


def min_saved_values(
    sizes: list[int],
    edges: list[tuple[int, int]],
    kept: list[int],
    banned: list[int],
    needed: list[int],
) -> tuple[int, list[int]]:
    """Ford and Fulkerson with capacity scaling on a residual graph of dictionaries."""
    n = len(sizes)
    everything = sum(sizes) + 1
    residual: dict[object, dict[object, int]] = {"forward": {}, "backward": {}}

    def connect(a: object, b: object, capacity: int) -> None:
        residual.setdefault(a, {})[b] = capacity
        residual.setdefault(b, {}).setdefault(a, 0)

    has_inputs = [False] * n
    for _, v in edges:
        has_inputs[v] = True
    is_kept = [v in set(kept) for v in range(n)]
    for v in range(n):
        if not is_kept[v]:
            connect(("in", v), ("out", v), sizes[v])
            if not has_inputs[v] or v in banned:
                connect("forward", ("in", v), everything)
    for u, v in edges:
        if not is_kept[u] and not is_kept[v]:
            connect(("out", u), ("in", v), everything)
    for v in needed:
        if not is_kept[v]:
            connect(("out", v), "backward", everything)

    def search(least: int) -> dict[object, object]:
        came_from: dict[object, object] = {"forward": None}
        todo: list[object] = ["forward"]
        while todo:
            node = todo.pop()
            for other, room in residual[node].items():
                if room >= least and other not in came_from:
                    came_from[other] = node
                    if other == "backward":
                        return came_from
                    todo.append(other)
        return came_from

    least = 1 << everything.bit_length()
    while least:
        came_from = search(least)
        if "backward" not in came_from:
            least //= 2
            continue
        path = ["backward"]
        while came_from[path[-1]] is not None:
            path.append(came_from[path[-1]])  # type: ignore[arg-type]
        steps = [(b, a) for a, b in itertools.pairwise(path)]
        flow = min(residual[a][b] for a, b in steps)
        for a, b in steps:
            residual[a][b] -= flow
            residual[b][a] += flow
    side = search(1)
    stored = [v for v in range(n) if ("in", v) in side and ("out", v) not in side]
    return sum(sizes[v] for v in stored), stored
