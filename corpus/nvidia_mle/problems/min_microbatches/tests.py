"""Cases for min_microbatches. The oracle tries every set of cut positions."""

import random
from itertools import combinations, pairwise


def visible() -> list[tuple[str, list]]:
    return [
        ("example-1", [[512, 256, 256, 1024, 100], 4096, 4]),
        ("example-2", [[10, 2000, 10], 4096, 4]),
        ("example-3", [[6, 7, 4, 3], 10, 1]),
    ]


def hidden(seed: int) -> list[tuple[str, list]]:
    rng = random.Random(f"min_microbatches-{seed}")
    cases = [
        ("edge-empty", [[], 100, 1]),
        ("edge-empty-no-budget", [[], 0, 1]),
        ("edge-one-exact", [[25], 100, 4]),
        ("edge-one-token-too-many", [[26], 100, 4]),
        ("edge-budget-not-a-multiple", [[3, 3], 23, 4]),
        ("edge-no-budget", [[1], 0, 1]),
        ("edge-zero-length", [[0], 0, 1]),
        ("edge-zero-lengths-between", [[4, 0, 0, 4, 0, 3, 0], 8, 1]),
        ("edge-all-fill-alone", [[8] * 9, 8, 1]),
        ("edge-impossible-first", [[9, 1, 1], 8, 1]),
        ("edge-impossible-last", [[1, 1, 9], 8, 1]),
        ("edge-all-in-one", [[1] * 64, 128, 2]),
        ("edge-bytes-zero", [[1, 2], 8, 0]),
        ("edge-bytes-negative-and-empty", [[], 8, -1]),
        ("edge-beyond-float", [[2**53 + 1, 2**53, 1], 2**53 + 1, 1]),
    ]
    for number in range(1, 26):
        lengths = [rng.randint(0, 9) for _ in range(rng.randint(1, 9))]
        bytes_per_token = rng.randint(1, 4)
        budget = bytes_per_token * rng.randint(8, 16) + rng.randint(-2, 2)
        cases.append((f"random-{number:02}", [lengths, budget, bytes_per_token]))
    cases.append(("large-thousands-in-one", [[rng.randint(1, 9) for _ in range(120_000)], 4_000_000, 8]))
    cases.append(("large-few-in-one", grow(120_000, seed)))
    return cases


def oracle(lengths: list, memory_budget: int, bytes_per_token: int) -> int:
    if bytes_per_token <= 0:
        raise ValueError("bytes_per_token must be positive")
    if not lengths:
        return 0
    if any(length * bytes_per_token > memory_budget for length in lengths):
        return -1
    inner = range(1, len(lengths))
    if len(lengths) > 12:  # the long case: all alike, so whole microbatches are full
        per_batch = memory_budget // bytes_per_token // lengths[0]
        assert len(set(lengths)) == 1
        return -(-len(lengths) // per_batch)
    for cuts in range(len(lengths)):
        for chosen in combinations(inner, cuts):
            bounds = pairwise([0, *chosen, len(lengths)])
            if all(sum(lengths[a:b]) * bytes_per_token <= memory_budget for a, b in bounds):
                return cuts + 1
    raise AssertionError("one sequence per microbatch always fits")


def grow(n: int, seed: int) -> list:
    rng = random.Random(f"grow-{seed}-{n}")
    return [[rng.randint(1, 4096) for _ in range(n)], 65_536, 2]
