"""Cases for topological_order. Any valid order is right, so the checker looks at the order, not at the oracle's."""

import random
from itertools import pairwise


def visible() -> list[tuple[str, list]]:
    return [
        ("example-1", [4, [[2, 1], [1, 0], [2, 3]]]),
        ("example-2", [3, [[0, 1], [1, 2], [2, 1]]]),
        ("example-3", [5, [[4, 3], [1, 0]]]),
    ]


def hidden(seed: int) -> list[tuple[str, list]]:
    rng = random.Random(f"topological_order-{seed}")
    cases = [
        ("edge-no-ops", [0, []]),
        ("edge-one-op", [1, []]),
        ("edge-no-edges", [6, []]),
        ("edge-self-loop", [3, [[0, 1], [1, 1], [1, 2]]]),
        ("edge-self-loop-alone", [1, [[0, 0]]]),
        ("edge-diamond", [4, [[0, 3], [0, 1], [0, 2], [1, 3], [2, 3]]]),
        ("edge-against-the-numbers", [6, [[5, 4], [4, 3], [3, 2], [2, 1], [1, 0]]]),
        ("edge-cycle-behind-a-tail", [5, [[0, 1], [1, 2], [2, 3], [3, 4], [4, 2]]]),
        ("edge-cycle-in-one-component", [6, [[0, 1], [1, 2], [3, 4], [4, 5], [5, 3]]]),
        ("edge-duplicate-edges", [3, [[0, 1], [0, 1], [1, 2], [0, 1], [1, 2]]]),
        ("edge-two-way-edge", [2, [[0, 1], [1, 0]]]),
    ]
    for number in range(1, 26):
        ops = rng.randint(2, 9)
        rank = rng.sample(range(ops), ops)
        edges = []
        for _ in range(rng.randint(0, 2 * ops)):
            a, b = rng.sample(range(ops), 2)
            edges.append([a, b] if rank[a] < rank[b] else [b, a])
        if number % 4 == 0 and edges:
            edges.append(edges[0][::-1])
        cases.append((f"random-{number:02}", [ops, edges]))
    ops = 50_000
    chain = rng.sample(range(ops), ops)
    cases.append(("large-chain", [ops, [list(pair) for pair in pairwise(chain)]]))
    cases.append(("large-graph", grow(30_000, seed)))
    cases.append(
        ("large-cycle-at-the-end", [ops, [[i, i + 1] for i in range(ops - 1)] + [[ops - 1, ops - 2]]])
    )
    return cases


def oracle(num_ops: int, edges: list) -> list:
    order: list[int] = []
    while len(order) < num_ops:
        waiting = {after for before, after in edges if before not in order}
        ready = [op for op in range(num_ops) if op not in order and op not in waiting]
        if not ready:
            return []
        order.append(ready[0])
    return order


def check(args: list, expected: list, got: object) -> str | None:
    num_ops, edges = args
    if not isinstance(got, list) or any(type(op) is not int for op in got):
        return "The result has to be a list of integers."
    if num_ops and not expected:
        return None if not got else "There is a cycle, so the result has to be an empty list."
    if num_ops and not got:
        return "The graph has no cycle, so an order exists, but the result is empty."
    if sorted(got) != list(range(num_ops)):
        return f"The order has to contain each of the {num_ops} operations exactly once."
    place = {op: position for position, op in enumerate(got)}
    for before, after in edges:
        if place[before] > place[after]:
            return f"Operation {before} has to run before {after}, but comes after it."
    return None


def grow(n: int, seed: int) -> list:
    rng = random.Random(f"grow-{seed}-{n}")
    rank = rng.sample(range(n), n)
    edges = []
    for _ in range(2 * n):
        a = rng.randrange(n - 1)
        b = min(n - 1, a + rng.randint(1, 50))
        edges.append([rank[a], rank[b]])
    return [n, edges]
