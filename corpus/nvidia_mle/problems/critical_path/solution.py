def critical_path(durations: list[int], edges: list[tuple[int, int]]) -> tuple[int, list[int]]:
    """Longest path once forward (earliest starts) and once backward (what must still follow)."""
    n = len(durations)
    after: list[list[int]] = [[] for _ in range(n)]
    waits_for = [0] * n
    for u, v in edges:
        after[u].append(v)
        waits_for[v] += 1
    start = [0] * n
    order = [op for op in range(n) if waits_for[op] == 0]
    for u in order:  # grows while we walk
        finish = start[u] + durations[u]
        for v in after[u]:
            start[v] = max(start[v], finish)
            waits_for[v] -= 1
            if waits_for[v] == 0:
                order.append(v)
    if len(order) < n:
        raise ValueError("the operations wait for each other in a cycle")
    length = max((begin + duration for begin, duration in zip(start, durations, strict=True)), default=0)
    tail = [0] * n  # of an operation with all that has to follow it
    for u in reversed(order):
        tail[u] = durations[u] + max((tail[v] for v in after[u]), default=0)
    return length, [length - begin - rest for begin, rest in zip(start, tail, strict=True)]
