def topological_order(num_ops: int, edges: list[tuple[int, int]]) -> list[int]:
    successors: list[list[int]] = [[] for _ in range(num_ops)]
    for before, after in edges:
        successors[before].append(after)
    state = [0] * num_ops
    finished: list[int] = []

    def visit(op: int) -> bool:
        if state[op]:
            return state[op] == 2
        state[op] = 1
        if not all(visit(after) for after in successors[op]):
            return False
        state[op] = 2
        finished.append(op)
        return True

    return finished[::-1] if all(visit(op) for op in range(num_ops)) else []
