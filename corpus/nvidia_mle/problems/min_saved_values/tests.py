"""Cases for min_saved_values. The oracle tries every set of values; the checker recomputes what is available."""

import random
from itertools import combinations


def visible() -> list[tuple[str, list]]:
    chain = [[0, 1], [1, 2], [2, 3], [3, 4], [4, 5], [6, 5]]
    return [
        ("example-1", [[2, 32, 32, 32, 32, 32, 8], chain, [0, 5], [1, 6], [2, 3, 6]]),
        ("example-2", [[10, 4, 4, 4], [[0, 1], [0, 2], [0, 3]], [], [], [1, 2, 3]]),
    ]


def hidden(seed: int) -> list[tuple[str, list]]:
    rng = random.Random(f"min_saved_values-{seed}")
    fan = [[0, 1], [1, 2], [1, 3], [1, 4]]
    cases = [
        ("edge-nothing-needed", [[5, 5], [[0, 1]], [], [], []]),
        ("edge-no-values", [[], [], [], [], []]),
        ("edge-only-kept-needed", [[5, 5], [[0, 1]], [1], [1], [1]]),
        ("edge-one-value", [[7], [], [], [], [0]]),
        ("edge-from-kept-inputs", [[3, 9, 9], [[0, 1], [1, 2]], [0], [], [2]]),
        ("edge-banned-in-the-middle", [[3, 9, 5], [[0, 1], [1, 2]], [0], [1], [2]]),
        ("edge-banned-and-needed", [[3, 9, 5], [[0, 1], [1, 2]], [0], [1], [1, 2]]),
        ("edge-sum-of-two-terms", [[6, 1, 9], [[0, 2], [1, 2]], [], [], [2]]),
        ("edge-sum-with-a-kept-term", [[6, 1, 9], [[0, 2], [1, 2]], [1], [], [2]]),
        ("edge-small-result-of-large-terms", [[60, 50, 9], [[0, 2], [1, 2]], [], [], [2]]),
        ("edge-shared-ancestor", [[1, 10, 4, 4, 4], fan, [0], [1], [2, 3, 4]]),
        (
            "edge-used-by-many",
            [[5, 2, 2, 2, 3], [[0, 1], [0, 2], [0, 3], [1, 4], [2, 4]], [], [], [1, 2, 3, 4]],
        ),
        ("edge-kept-cuts-the-path", [[8, 1, 5, 5], [[0, 1], [1, 2], [2, 3]], [1], [0], [3]]),
        ("edge-duplicate-edges", [[6, 4, 4], [[0, 1], [0, 1], [0, 2], [0, 2]], [], [], [1, 2]]),
        ("edge-bottleneck", [[9, 9, 3, 9, 9], [[0, 2], [1, 2], [2, 3], [2, 4]], [], [3], [4, 2]]),
    ]
    for number in range(1, 31):
        cases.append((f"random-{number:02}", _graph(rng.randint(2, 10), 2.0, 12, rng)))
    cases.append(("large-layers", grow(600, seed)))
    cases.append(("large-random", _graph(600, 2.4, 1000, rng)))
    return cases


def _graph(n: int, density: float, top: int, rng: random.Random) -> list:
    edges = set()
    for _ in range(int(density * n)):
        a, b = (
            sorted(rng.sample(range(n), 2))
            if n < 40
            else sorted((x := rng.randrange(n - 30), x + rng.randint(1, 30)))
        )
        edges.add((a, b))
    names = rng.sample(range(n), n)
    pick = lambda share: sorted(v for v in range(n) if rng.random() < share)  # noqa: E731
    sizes = [rng.randint(1, top) for _ in range(n)]
    return [sizes, [[names[a], names[b]] for a, b in sorted(edges)], pick(0.15), pick(0.15), pick(0.4)]


def _available(stored: set, sizes: list, edges: list, kept: list, banned: list) -> set:
    inputs: dict[int, set] = {}
    for u, v in edges:
        inputs.setdefault(v, set()).add(u)
    there = set(kept) | stored
    fixed = set(banned)
    while True:
        more = {v for v, needs in inputs.items() if v not in there and v not in fixed and needs <= there}
        if not more:
            return there
        there |= more


def oracle(sizes: list, edges: list, kept: list, banned: list, needed: list) -> tuple:
    best = None
    candidates = [v for v in range(len(sizes)) if v not in kept]
    for count in range(len(candidates) + 1):
        for stored in combinations(candidates, count):
            total = sum(sizes[v] for v in stored)
            if best is not None and total >= best[0]:
                continue
            if set(needed) <= _available(set(stored), sizes, edges, kept, banned):
                best = (total, list(stored))
    return best


def check(args: list, expected: list, got: object) -> str | None:
    sizes, edges, kept, banned, needed = args
    if not isinstance(got, list) or len(got) != 2 or type(got[0]) is not int or not isinstance(got[1], list):
        return "The result has to be a pair (bytes, stored)."
    total, stored = got
    if any(type(v) is not int or not 0 <= v < len(sizes) for v in stored) or len(set(stored)) != len(stored):
        return "The stored values have to be different valid numbers."
    if set(stored) & set(kept):
        return f"Value {min(set(stored) & set(kept))} is kept anyway and must not be stored."
    real = sum(sizes[v] for v in stored)
    if real != total:
        return f"The stored values have {real} bytes, not {str(total)[:40]}."
    missing = set(needed) - _available(set(stored), sizes, edges, kept, banned)
    if missing:
        return f"Backward needs value {min(missing)}, which is neither there nor can be recomputed."
    if total > expected[0]:
        return f"This stores {total} bytes, but {expected[0]} are enough."
    return None


def grow(n: int, seed: int) -> list:
    """Blocks of a matrix product and a few element-wise values, as in a network."""
    rng = random.Random(f"grow-{seed}-{n}")
    sizes, edges, banned = [64], [], []
    for v in range(1, n):
        edges.append([v - 1, v])
        if v % 6 == 0:
            banned.append(v)
        if v > 7 and rng.random() < 0.6:
            edges.append([v - rng.randint(2, 7), v])
        sizes.append(rng.choice([1, 8, 16, 32, 32, 64]) * 2 + rng.randint(0, 1))
    return [sizes, edges, [0], banned, [v for v in range(n) if rng.random() < 0.4]]
