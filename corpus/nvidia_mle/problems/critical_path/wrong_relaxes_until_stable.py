def critical_path(durations: list[int], edges: list[tuple[int, int]]) -> tuple[int, list[int]]:
    n = len(durations)
    start = [0] * n
    tail = list(durations)
    for _ in range(n + 1):
        changed = False
        for u, v in edges:
            if start[u] + durations[u] > start[v] or u == v:
                start[v] = start[u] + durations[u]
                changed = True
            if tail[v] + durations[u] > tail[u]:
                tail[u] = tail[v] + durations[u]
                changed = True
        if not changed:
            break
    else:
        raise ValueError("cycle")
    length = max((start[op] + durations[op] for op in range(n)), default=0)
    if any(u == v for u, v in edges):
        raise ValueError("cycle")
    return length, [length - start[op] - tail[op] for op in range(n)]
