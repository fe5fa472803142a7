"""Cases for top_k. The oracle sorts everything."""

import random

BANNED = float("-inf")
NAN = float("nan")


def visible() -> list[tuple[str, list]]:
    return [
        ("example-1", [[[4, [0.5, 3.0]], [0, [2.0, 3.0, -1.0]]], 3]),
        ("example-2", [[[0, [1.5]], [10, []], [7, [4.0, BANNED]]], 5]),
    ]


def hidden(seed: int) -> list[tuple[str, list]]:
    rng = random.Random(f"streaming_top_k-{seed}")
    cases = [
        ("edge-no-chunks", [[], 4]),
        ("edge-empty-chunks", [[[0, []], [5, []]], 2]),
        ("edge-k-zero", [[[0, [1.0, 2.0]]], 0]),
        ("edge-k-negative", [[[0, [1.0, 2.0]]], -3]),
        ("edge-k-is-n", [[[2, [1.0, 2.0]], [0, [3.0, 0.5]]], 4]),
        ("edge-k-one", [[[2, [1.0, 2.0]], [0, [2.0, 0.5]]], 1]),
        ("edge-all-negative", [[[0, [-3.5, -0.25, -9.0]]], 2]),
        ("edge-tie-at-the-border", [[[6, [1.0, 1.0, 1.0]], [3, [1.0, 1.0]], [0, [1.0, 5.0, 1.0]]], 3]),
        ("edge-all-equal", [[[50, [0.0] * 20], [0, [0.0] * 20]], 5]),
        ("edge-all-banned", [[[3, [BANNED] * 3], [0, [BANNED] * 3]], 4]),
        ("edge-banned-behind-real", [[[0, [BANNED, 1.0, BANNED]], [3, [0.0, BANNED]]], 3]),
        ("edge-nan-first", [[[0, [NAN, 1.0, 2.0]]], 2]),
        ("edge-nan-small-rest", [[[0, [5.0, 4.0, 3.0]], [3, [1.0, NAN]]], 2]),
        ("edge-plus-infinity", [[[0, [1.0, float("inf")]], [2, [float("inf")]]], 2]),
    ]
    for number in range(1, 26):
        values = [rng.choice([-1.0, 0.0, 0.5, 1.0, 2.0, 2.5, BANNED]) for _ in range(rng.randint(1, 30))]
        if number % 6 == 0:
            values[rng.randrange(len(values))] = NAN
        cases.append((f"random-{number:02}", [_chunks(values, rng.randint(1, 6), rng), rng.randint(1, 12)]))
    cases.append(("large-k-30000", grow(100_000, seed)))
    values = [float(i // 7) for i in range(100_000)]
    cases.append(
        ("large-ascending", [[[i, values[i : i + 12_500]] for i in range(0, 100_000, 12_500)], 30_000])
    )
    return cases


def _chunks(values: list, count: int, rng: random.Random) -> list:
    bounds = sorted(rng.randint(0, len(values)) for _ in range(count - 1))
    chunks = [[a, values[a:b]] for a, b in zip([0, *bounds], [*bounds, len(values)], strict=True)]
    rng.shuffle(chunks)
    return chunks


def oracle(chunks: list, k: int) -> list:
    pairs = [(first + i, value) for first, values in chunks for i, value in enumerate(values)]
    if k > 0 and any(value != value for _, value in pairs):
        raise ValueError("a logit is NaN")
    return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))[: max(k, 0)]


def grow(n: int, seed: int) -> list:
    rng = random.Random(f"grow-{seed}-{n}")
    return [_chunks([rng.randint(-9999, 9999) / 8 for _ in range(n)], 8, rng), (3 * n) // 10]
