"""Cases for nonzero_slices. The oracle looks at every row for every nonzero that it asks about."""

import random
from itertools import accumulate


def visible() -> list[tuple[str, list]]:
    return [
        ("example-1", [[0, 2, 2, 9, 10], 3]),
        ("example-2", [[0, 0, 0, 2, 2], 3]),
    ]


def hidden(seed: int) -> list[tuple[str, list]]:
    rng = random.Random(f"nonzero_slices-{seed}")
    cases = [
        ("edge-no-rows", [[0], 2]),
        ("edge-only-empty-rows", [[0, 0, 0, 0], 2]),
        ("edge-no-workers", [[0, 3], 0]),
        ("edge-negative-workers", [[0], -1]),
        ("edge-one-worker", [[0, 0, 3, 3, 5, 5], 1]),
        ("edge-one-row", [[0, 10], 4]),
        ("edge-worker-per-nonzero", [[0, 1, 3, 3, 4], 4]),
        ("edge-many-workers", [[0, 1, 3], 7]),
        ("edge-slices-end-with-rows", [[0, 4, 8, 12, 16], 4]),
        ("edge-empty-rows-at-a-seam", [[0, 4, 4, 4, 8], 2]),
        ("edge-uneven-share", [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], 4]),
        ("edge-a-trillion-nonzeros", [[0, 5, 5, 10**12 - 7, 10**12], 3]),
    ]
    for number in range(1, 31):
        lengths = [rng.choice([0, 0, 1, 1, 2, 3, 25]) for _ in range(rng.randint(1, 15))]
        cases.append((f"random-{number:02}", [[0, *accumulate(lengths)], rng.randint(1, 12)]))
    cases.append(("large-one-celebrity", grow(80_000, seed)))
    cases.append(
        (
            "large-mostly-empty",
            [[0, *accumulate(rng.choice([0] * 9 + [4000]) for _ in range(80_000))], 25_000],
        )
    )
    return cases


def oracle(indptr: list, workers: int) -> list:
    if workers < 1:
        raise ValueError("there has to be a worker")
    nonzeros = indptr[-1]
    rows = len(indptr) - 1

    def row_of(nonzero: int) -> int:
        return next(row for row in range(rows) if indptr[row] <= nonzero < indptr[row + 1])

    slices = []
    for worker in range(workers):
        low, high = worker * nonzeros // workers, (worker + 1) * nonzeros // workers
        slices.append([low, high, row_of(low), row_of(high - 1)] if low < high else [low, high, -1, -1])
    return slices


def grow(n: int, seed: int) -> list:
    rng = random.Random(f"grow-{seed}-{n}")
    lengths = [rng.choice([0, 1, 2, 5, 9]) for _ in range(n)]
    lengths[n // 3] = 4 * n
    return [[0, *accumulate(lengths)], n * 5 // 16]
