"""Cases for longest_k_distinct_window. The oracle tries every stretch."""

import random


def visible() -> list[tuple[str, list]]:
    return [
        ("example-1", [[7, 7, 3, 7, 9, 9, 9, 3], 2]),
        ("example-2", [[5, 1, 5, 2, 5, 1, 1, 2, 3, 3], 2]),
    ]


def hidden(seed: int) -> list[tuple[str, list]]:
    rng = random.Random(f"longest_k_distinct_window-{seed}")
    cases = [
        ("edge-empty", [[], 3]),
        ("edge-one", [[128255], 1]),
        ("edge-k-zero", [[4, 4, 4], 0]),
        ("edge-k-negative", [[4, 5, 4], -2]),
        ("edge-k-above-distinct", [[1, 2, 1, 3, 1, 2], 500]),
        ("edge-k-equals-distinct", [[1, 2, 3, 1, 2, 3], 3]),
        ("edge-all-equal", [[9] * 40, 1]),
        ("edge-all-different", [list(range(30)), 4]),
        ("edge-best-at-the-end", [[1, 2, 3, 4, 5, 5, 5, 5, 6], 2]),
        ("edge-best-at-the-start", [[8, 8, 8, 1, 8, 2, 3, 4], 2]),
        ("edge-shrinks-by-many", [[1, 1, 1, 1, 2, 3, 2, 3, 4, 3, 4, 3], 2]),
        ("edge-same-id-spread-out", [[1, 2, 1, 3, 1, 4, 1, 5, 1, 6, 1], 1]),
        ("edge-id-zero", [[0, 0, 1, 0, 2, 0, 0, 2, 2], 2]),
    ]
    for number in range(1, 26):
        ids = [rng.randrange(rng.choice([2, 4, 7])) for _ in range(rng.randint(1, 24))]
        cases.append((f"random-{number:02}", [ids, rng.randint(0, 6)]))
    cases.append(("large-wide-window", grow(130_000, seed)))
    cases.append(("large-collapsed", [[rng.randrange(3) for _ in range(130_000)], 2]))
    cases.append(("large-one-below-all", [[i % 30_000 for i in range(130_000)], 29_999]))
    return cases


def oracle(token_ids: list, k: int) -> int:
    best = 0
    for start in range(len(token_ids)):
        for stop in range(start + 1, len(token_ids) + 1):
            if len(set(token_ids[start:stop])) <= k:
                best = max(best, stop - start)
    return best


def grow(n: int, seed: int) -> list:
    rng = random.Random(f"grow-{seed}-{n}")
    return [[rng.randrange(n // 2) for _ in range(n)], n // 4]
