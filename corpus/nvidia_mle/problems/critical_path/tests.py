"""Cases for critical_path. The oracle takes slack at its word: let one operation grow until the replay gets longer."""

import random


def visible() -> list[tuple[str, list]]:
    return [
        ("example-1", [[5, 3, 10, 2], [[0, 1], [1, 3], [2, 3]]]),
        ("example-2", [[4, 6, 1, 1], [[0, 2], [0, 3], [2, 3]]]),
        ("example-3", [[7, 3, 1], [[1, 2]]]),
    ]


def hidden(seed: int) -> list[tuple[str, list]]:
    rng = random.Random(f"critical_path-{seed}")
    cases = [
        ("edge-no-ops", [[], []]),
        ("edge-one-op", [[9], []]),
        ("edge-no-edges", [[9, 4, 9, 1], []]),
        ("edge-chain", [[1, 2, 3, 4], [[3, 2], [2, 1], [1, 0]]]),
        ("edge-duplicate-edges", [[2, 3, 4], [[0, 1], [0, 1], [0, 2], [0, 1]]]),
        ("edge-diamond", [[1, 5, 3, 2], [[0, 1], [0, 2], [1, 3], [2, 3]]]),
        ("edge-two-critical-paths", [[1, 5, 5, 2, 8], [[0, 1], [0, 2], [1, 3], [2, 3]]]),
        ("edge-short-branch-off-a-long-one", [[10, 10, 10, 1, 2], [[0, 1], [1, 2], [0, 3], [3, 4]]]),
        ("edge-cycle", [[1, 1, 1, 1], [[0, 1], [1, 2], [2, 1], [2, 3]]]),
        ("edge-cycle-of-positive-ops-apart", [[3, 1, 1], [[1, 2], [2, 1]]]),
        ("edge-waits-for-itself", [[3, 1], [[1, 1]]]),
        ("edge-zero-durations", [[0, 4, 0, 0], [[0, 1], [1, 2], [0, 3]]]),
        ("edge-all-zero", [[0, 0, 0], [[0, 1], [1, 2]]]),
    ]
    for number in range(1, 26):
        n = rng.randint(2, 9)
        rank = rng.sample(range(n), n)
        edges = []
        for _ in range(rng.randint(1, 2 * n)):
            a, b = sorted(rng.sample(range(n), 2))
            edges.append([rank[a], rank[b]])
        if number % 6 == 0:
            edges.append(edges[0][::-1])
        cases.append((f"random-{number:02}", [[rng.randint(0, 9) for _ in range(n)], edges]))
    n = 40_000
    durations = [rng.randint(1, 400) for _ in range(n)]
    cases.append(("large-chain-listed-backwards", [durations, [[i, i + 1] for i in range(n - 2, -1, -1)]]))
    cases.append(("large-graph", grow(26_000, seed)))
    return cases


def oracle(durations: list, edges: list) -> tuple:
    length = _length(durations, edges)
    slack = []
    for op in range(len(durations)):
        grown = list(durations)
        while _length(grown, edges) <= length:
            grown[op] += 1
        slack.append(grown[op] - 1 - durations[op])
    return length, slack


def _length(durations: list, edges: list) -> int:
    finish: dict[int, int] = {}
    while len(finish) < len(durations):
        ready = [
            op
            for op in range(len(durations))
            if op not in finish and all(u in finish for u, v in edges if v == op)
        ]
        if not ready:
            raise ValueError("there is a cycle")
        for op in ready:
            finish[op] = durations[op] + max((finish[u] for u, v in edges if v == op), default=0)
    return max(finish.values(), default=0)


def grow(n: int, seed: int) -> list:
    rng = random.Random(f"grow-{seed}-{n}")
    rank = rng.sample(range(n), n)
    edges = []
    for _ in range(2 * n):
        a = rng.randrange(n - 1)
        edges.append([rank[a], rank[min(n - 1, a + rng.randint(1, 60))]])
    return [[rng.randint(1, 400) for _ in range(n)], edges]
