"""Cases for bucket_boundaries. The oracle tries every set of bounds among the lengths."""

import random
from bisect import bisect_left
from itertools import combinations, pairwise


def visible() -> list[tuple[str, list]]:
    return [
        ("example-1", [[3, 3, 3, 10, 11, 12, 50], 3]),
        ("example-2", [[1, 1, 1, 1, 1, 1, 5, 6, 8], 2]),
        ("example-3", [[4, 9, 9], 5]),
    ]


def hidden(seed: int) -> list[tuple[str, list]]:
    rng = random.Random(f"bucket_boundaries-{seed}")
    cases = [
        ("edge-empty", [[], 3]),
        ("edge-one-sequence", [[8192], 1]),
        ("edge-all-equal", [[77] * 30, 4]),
        ("edge-one-bucket", [[5, 1, 9, 2, 2], 1]),
        ("edge-bucket-per-length", [[8, 1, 4, 4, 2], 4]),
        ("edge-more-buckets-than-lengths", [[8, 1, 4, 4, 2], 12]),
        ("edge-unsorted", [[900, 3, 870, 4, 2, 880, 5], 2]),
        ("edge-long-tail", [[1] * 40 + [2] * 20 + [3] * 10 + [4096, 8192], 3]),
        ("edge-one-frequent-length", [[1] * 50 + [2, 10, 12], 3]),
        ("edge-greedy-trap", [[1] * 9 + [4] * 4 + [5] + [18] * 2, 3]),
        ("edge-no-buckets", [[1, 2, 3], 0]),
        ("edge-negative-buckets-and-empty", [[], -1]),
    ]
    for number in range(1, 31):
        top = rng.choice([8, 20, 60])
        lengths = [rng.randint(1, top) for _ in range(rng.randint(1, 14))]
        lengths += [rng.choice(lengths)] * rng.randint(0, 8)
        cases.append((f"random-{number:02}", [lengths, rng.randint(1, 5)]))
    cases.append(("large-many-sequences", _skewed(60_000, 400, 8, rng)))
    cases.append(("large-many-lengths", _skewed(20_000, 500, 12, rng)))
    return cases


def _skewed(n: int, different: int, buckets: int, rng: random.Random) -> list:
    sizes = rng.sample(range(1, 8193), different)
    sizes.sort()
    return [[sizes[min(different - 1, int(rng.expovariate(6 / different)))] for _ in range(n)], buckets]


def oracle(lengths: list, num_buckets: int) -> tuple:
    if num_buckets < 1:
        raise ValueError("need at least one bucket")
    if not lengths:
        return [], 0
    sizes = sorted(set(lengths))
    chosen = []
    for count in range(min(num_buckets, len(sizes))):
        for inner in combinations(sizes[:-1], count):
            bounds = [*inner, sizes[-1]]
            chosen.append((_padding(lengths, bounds), bounds))
    pad, bounds = min(chosen)
    return bounds, pad


def _padding(lengths: list, bounds: list) -> int:
    return sum(bounds[bisect_left(bounds, length)] - length for length in lengths)


def check(args: list, expected: list, got: object) -> str | None:
    lengths, num_buckets = args
    if not isinstance(got, list) or len(got) != 2:
        return "The result has to be a pair (bounds, pad)."
    bounds, pad = got
    if (
        not isinstance(bounds, list)
        or any(type(bound) is not int for bound in bounds)
        or type(pad) is not int
    ):
        return "The bounds have to be a list of integers and the padding an integer."
    if any(a >= b for a, b in pairwise(bounds)):
        return "The bounds have to be strictly ascending."
    if len(bounds) > num_buckets:
        return f"At most {num_buckets} bounds are allowed, got {len(bounds)}."
    if lengths and (not bounds or bounds[-1] < max(lengths)):
        return f"No bound is as long as the longest sequence, {max(lengths)} tokens."
    real = _padding(lengths, bounds) if lengths else 0
    if pad != real:
        return f"With these bounds there are {real} pad tokens, not {pad}."
    if pad > expected[1]:
        return f"These bounds give {pad} pad tokens, but {expected[1]} are possible."
    return None


def grow(n: int, seed: int) -> list:
    """n is the number of different lengths."""
    return _skewed(8 * n, n, 8, random.Random(f"grow-{seed}-{n}"))
