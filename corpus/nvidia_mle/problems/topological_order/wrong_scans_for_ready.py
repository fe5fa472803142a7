def topological_order(num_ops: int, edges: list[tuple[int, int]]) -> list[int]:
    successors: list[list[int]] = [[] for _ in range(num_ops)]
    waits_for = [0] * num_ops
    for before, after in edges:
        successors[before].append(after)
        waits_for[after] += 1
    order: list[int] = []
    while True:
        ready = [op for op in range(num_ops) if waits_for[op] == 0]
        if not ready:
            return order if len(order) == num_ops else []
        for op in ready:
            waits_for[op] = -1
            order.append(op)
            for after in successors[op]:
                waits_for[after] -= 1
