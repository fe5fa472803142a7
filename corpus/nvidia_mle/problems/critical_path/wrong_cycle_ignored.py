def critical_path(durations: list[int], edges: list[tuple[int, int]]) -> tuple[int, list[int]]:
    n = len(durations)
    after: list[list[int]] = [[] for _ in range(n)]
    waits_for = [0] * n
    for u, v in edges:
        after[u].append(v)
        waits_for[v] += 1
    start = [0] * n
    order = [op for op in range(n) if waits_for[op] == 0]
    for u in order:
        for v in after[u]:
            start[v] = max(start[v], start[u] + durations[u])
            waits_for[v] -= 1
            if waits_for[v] == 0:
                order.append(v)
    length = max((start[op] + durations[op] for op in range(n)), default=0)
    tail = list(durations)
    for u in reversed(order):
        tail[u] = durations[u] + max((tail[v] for v in after[u]), default=0)
    return length, [length - start[op] - tail[op] for op in range(n)]
