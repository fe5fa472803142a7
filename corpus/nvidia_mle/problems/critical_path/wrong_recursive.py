from functools import cache


def critical_path(durations: list[int], edges: list[tuple[int, int]]) -> tuple[int, list[int]]:
    n = len(durations)
    after: list[list[int]] = [[] for _ in range(n)]
    before: list[list[int]] = [[] for _ in range(n)]
    for u, v in edges:
        after[u].append(v)
        before[v].append(u)
    open_ops: set[int] = set()

    @cache
    def head(op: int) -> int:
        if op in open_ops:
            raise ValueError("cycle")
        open_ops.add(op)
        begin = max((head(u) + durations[u] for u in before[op]), default=0)
        open_ops.discard(op)
        return begin

    @cache
    def tail(op: int) -> int:
        return durations[op] + max((tail(v) for v in after[op]), default=0)

    length = max((head(op) + durations[op] for op in range(n)), default=0)
    return length, [length - head(op) - tail(op) for op in range(n)]
