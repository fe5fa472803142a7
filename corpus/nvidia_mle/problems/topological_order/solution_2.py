NEW, OPEN, DONE = 0, 1, 2


def topological_order(num_ops: int, edges: list[tuple[int, int]]) -> list[int]:
    """Depth-first search with a stack of its own; the order is the reverse of how operations finish."""
    successors: list[list[int]] = [[] for _ in range(num_ops)]
    for before, after in edges:
        successors[before].append(after)
    state = [NEW] * num_ops
    finished = []
    for root in range(num_ops):
        if state[root] != NEW:
            continue
        state[root] = OPEN
        path = [(root, iter(successors[root]))]
        while path:
            op, rest = path[-1]
            after = next(rest, None)
            if after is None:
                path.pop()
                state[op] = DONE
                finished.append(op)
            elif state[after] == OPEN:
                return []
            elif state[after] == NEW:
                state[after] = OPEN
                path.append((after, iter(successors[after])))
    return finished[::-1]
