def topological_order(num_ops: int, edges: list[tuple[int, int]]) -> list[int]:
    successors: list[list[int]] = [[] for _ in range(num_ops)]
    has_input = [False] * num_ops
    for before, after in edges:
        successors[before].append(after)
        has_input[after] = True
    order = []
    seen = set()
    todo = [op for op in range(num_ops - 1, -1, -1) if not has_input[op]]
    while todo:
        op = todo.pop()
        if op in seen:
            continue
        seen.add(op)
        order.append(op)
        todo.extend(reversed(successors[op]))
    return order if len(order) == num_ops else []
