"""Cases for top_gap. The oracle looks at every pair."""

import random


def visible():
    return [("example-1", [[10, 2, 5]]), ("example-2", [[4, 4]])]


def hidden(seed):
    rng = random.Random(seed)
    cases = [("edge-none", [[]]), ("edge-one", [[7]]), ("edge-negative", [[-5, 5, -1]])]
    for number in range(1, 6):
        cases.append((f"random-{number}", [[rng.randint(-50, 50) for _ in range(rng.randint(2, 12))]]))
    return [*cases, ("large-20000", grow(20_000, seed))]


def oracle(times):
    if len(times) < 2:
        raise ValueError("a gap needs two arrivals")
    nearest = [min((b - a for b in times if b > a), default=0) for a in times]
    return max(nearest)


def grow(n, seed):
    rng = random.Random(f"{n}-{seed}")
    return [[rng.randrange(100 * n) for _ in range(n)]]
