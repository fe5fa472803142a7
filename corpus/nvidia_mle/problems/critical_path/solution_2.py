from graphlib import CycleError, TopologicalSorter


def critical_path(durations: list[int], edges: list[tuple[int, int]]) -> tuple[int, list[int]]:
    """Earliest finish and latest finish; their difference is the slack."""
    before: dict[int, set[int]] = {op: set() for op in range(len(durations))}
    for u, v in edges:
        if u == v:
            raise ValueError("an operation waits for itself")
        before[v].add(u)
    try:
        order = list(TopologicalSorter(before).static_order())
    except CycleError as error:
        raise ValueError("cycle") from error
    earliest = [0] * len(durations)
    for op in order:
        earliest[op] = durations[op] + max((earliest[u] for u in before[op]), default=0)
    length = max(earliest, default=0)
    latest = [length] * len(durations)
    for op in reversed(order):
        for u in before[op]:
            latest[u] = min(latest[u], latest[op] - durations[op])
    return length, [late - early for late, early in zip(latest, earliest, strict=True)]
