"""Cases for heavy_hitters. The oracle counts exactly; the checker tests the guarantee against true counts."""

import random
from collections import Counter


def visible() -> list[tuple[str, list]]:
    return [
        ("example-1", [[[7, 7, 7, 1, 2], [7, 3, 7, 4]], 2]),
        ("example-2", [[[1, 1, 1], [2, 2], [2, 2]], 1]),
    ]


def hidden(seed: int) -> list[tuple[str, list]]:
    rng = random.Random(f"heavy_hitters-{seed}")
    cases = [
        ("edge-no-streams", [[], 3]),
        ("edge-empty-streams", [[[], []], 3]),
        ("edge-k-zero", [[[1, 2]], 0]),
        ("edge-k-negative-and-empty", [[], -2]),
        ("edge-one-key", [[[5] * 20], 1]),
        ("edge-everything-fits", [[[1, 2, 3], [3, 4]], 4]),
        ("edge-all-different", [[list(range(i * 10, i * 10 + 10)) for i in range(4)], 3]),
        ("edge-heavy-key-comes-late", [[[1, 2, 3, 4, 5, 6, 9, 9, 9, 9, 9, 9, 9, 9]], 3]),
        ("edge-majority-alternates", [[[8, 1, 8, 2, 8, 3, 8, 4, 8, 5, 8]], 1]),
        ("edge-heavy-only-in-the-sum", [[[i, i, 50, i] for i in range(9)], 2]),
        ("edge-ends-in-noise", [[[4] * 10 + list(range(100, 120))], 2]),
        ("edge-large-keys", [[[2**63 + 7] * 3 + [2**63 + 6], [2**63 + 7]], 1]),
        ("edge-key-zero", [[[0, 0, 1], [0, 2]], 1]),
    ]
    for number in range(1, 31):
        top = rng.choice([3, 6, 20])
        streams = [
            [min(rng.randrange(top), rng.randrange(top)) for _ in range(rng.randint(0, 25))]
            for _ in range(rng.randint(1, 6))
        ]
        cases.append((f"random-{number:02}", [streams, rng.randint(1, 5)]))
    cases.append(("large-zipf", grow(110_000, seed)))
    cases.append(
        ("large-mostly-rare", [[[rng.randrange(10**6) for _ in range(1700)] for _ in range(64)], 500])
    )
    return cases


def oracle(streams: list, k: int) -> list:
    if k < 1:
        raise ValueError("need at least one counter")
    return Counter(key for stream in streams for key in stream).most_common(k)


def check(args: list, expected: list, got: object) -> str | None:
    streams, k = args
    if not isinstance(got, list) or any(
        not isinstance(pair, list) or len(pair) != 2 or any(type(x) is not int for x in pair) for pair in got
    ):
        return "The result has to be a list of pairs (key, estimate) of integers."
    if len(got) > k:
        return f"At most {k} pairs are allowed, got {len(got)}."
    estimates = {pair[0]: pair[1] for pair in got}
    if len(estimates) < len(got):
        return "A key occurs twice in the result."
    counts = Counter(key for stream in streams for key in stream)
    total = sum(counts.values())
    for key, estimate in estimates.items():
        if estimate < 1:
            return f"The estimate of key {str(key)[:30]} is below 1."
        if estimate > counts.get(key, 0):
            return f"Key {str(key)[:30]} occurs {counts.get(key, 0)} times, but the estimate is {str(estimate)[:30]}."
    for key, count in counts.items():
        if (count - estimates.get(key, 0)) * (k + 1) > total:
            return (
                f"Key {key} occurs {count} times and the estimate is {estimates.get(key, 0)}: "
                f"more than {total} / {k + 1} too low."
            )
    return None


def grow(n: int, seed: int) -> list:
    rng = random.Random(f"grow-{seed}-{n}")
    streams: list[list] = [[] for _ in range(48)]
    for _ in range(n):
        key = int(rng.paretovariate(0.7)) % 999_983
        streams[int(48 * rng.random() ** 2)].append(key)
    return [streams, 200]
