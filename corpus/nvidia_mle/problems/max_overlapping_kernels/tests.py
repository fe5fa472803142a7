"""Cases for max_overlapping_kernels. The oracle marks every microsecond of short spans."""

import random


def visible():
    return [
        ("example-1", [[[10, 50], [20, 60], [55, 90]]]),
        ("example-2", [[[10, 50], [50, 90]]]),
        ("example-3", [[[0, 100], [10, 20], [30, 40], [50, 60]]]),
    ]


def hidden(seed):
    rng = random.Random(f"max_overlapping_kernels-{seed}")
    cases = [
        ("edge-empty", [[]]),
        ("edge-one", [[[3, 4]]]),
        ("edge-identical", [[[5, 9]] * 7]),
        ("edge-zero-length-alone", [[[7, 7]]]),
        ("edge-zero-length-inside", [[[0, 10], [5, 5], [5, 5], [5, 5]]]),
        ("edge-zero-length-at-a-seam", [[[0, 5], [5, 5], [5, 9]]]),
        ("edge-negative-times", [[[-20, -5], [-10, 3], [-6, -5]]]),
        ("edge-nested", [[[i, 40 - i] for i in range(20)]]),
        ("edge-chain", [[[i, i + 1] for i in range(50)]]),
        ("edge-peak-in-the-last-microsecond", [[[0, 30], [28, 30], [29, 30], [30, 31]]]),
        ("edge-inverted-last", [[[0, 10], [2, 3], [9, 3]]]),
        ("edge-inverted-first", [[[9, 3], [0, 10]]]),
        ("edge-inverted-alone", [[[1, 0]]]),
        ("edge-huge-times", [[[10**15, 10**15 + 4], [0, 10**15 + 1], [10**15 + 2, 10**15 + 3]]]),
    ]
    for number in range(1, 26):
        spans = []
        for _ in range(rng.randint(1, 14)):
            start = rng.randint(-8, 20)
            spans.append([start, start + rng.choice([0, 1, 1, 2, 3, 5, 9])])
        if number % 8 == 0:
            spans.insert(rng.randrange(len(spans) + 1), [4, 4 - rng.randint(1, 3)])
        cases.append((f"random-{number:02}", [spans]))
    cases.append(("large-short-kernels", grow(40_000, seed)))
    cases.append(("large-all-at-once", [[[i, 90_000 - i] for i in range(40_000)]]))
    return cases


def oracle(spans):
    if any(end < start for start, end in spans):
        raise ValueError("a span ends before it starts")
    busy = {}
    for start, end in spans:
        if end - start > 1000:  # far too long to walk: look at the starts alone
            return max(sum(a <= t < b for a, b in spans) for t, _ in spans)
        for microsecond in range(start, end):
            busy[microsecond] = busy.get(microsecond, 0) + 1
    return max(busy.values(), default=0)


def grow(n, seed):
    rng = random.Random(f"grow-{seed}-{n}")
    spans = []
    for _ in range(n):
        start = rng.randrange(20 * n)
        spans.append([start, start + rng.randint(1, 400)])
    return [spans]
