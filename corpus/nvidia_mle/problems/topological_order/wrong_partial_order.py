from collections import deque


def topological_order(num_ops: int, edges: list[tuple[int, int]]) -> list[int]:
    successors: list[list[int]] = [[] for _ in range(num_ops)]
    waits_for = [0] * num_ops
    for before, after in edges:
        successors[before].append(after)
        waits_for[after] += 1
    ready = deque(op for op in range(num_ops) if waits_for[op] == 0)
    if not ready:
        return []
    order = []
    while ready:
        op = ready.popleft()
        order.append(op)
        for after in successors[op]:
            waits_for[after] -= 1
            if waits_for[after] == 0:
                ready.append(after)
    return order
