"""Cases for slowest_stage. The oracle tries every cut."""

import random
from itertools import combinations, pairwise


def visible() -> list[tuple[str, list]]:
    return [
        ("example-1", [[4, 11, 11, 11, 11, 37], 3]),
        ("example-2", [[5, 5, 5, 5], 3]),
    ]


def hidden(seed: int) -> list[tuple[str, list]]:
    rng = random.Random(f"slowest_stage-{seed}")
    cases = [
        ("edge-no-layers", [[], 1]),
        ("edge-no-stages", [[1, 2], 0]),
        ("edge-negative-stages", [[1, 2], -1]),
        ("edge-more-stages-than-layers", [[1, 2], 3]),
        ("edge-one-stage", [[3, 1, 2], 1]),
        ("edge-stage-per-layer", [[3, 1, 2], 3]),
        ("edge-one-layer", [[9], 1]),
        ("edge-one-huge-layer", [[1, 1, 1, 90, 1, 1, 1, 1], 5]),
        ("edge-huge-first", [[90, 1, 1, 1, 1, 1], 4]),
        ("edge-all-equal", [[7] * 12, 5]),
        ("edge-many-stages-one-heavy", [[1, 1, 1, 1, 1, 1, 50], 6]),
        ("edge-beyond-float", [[2**54 + 1, 2**54 + 3, 2**54 + 5, 2**54 + 1], 2]),
    ]
    for number in range(1, 31):
        cost = [rng.randint(1, rng.choice([3, 12, 40])) for _ in range(rng.randint(1, 11))]
        cases.append((f"random-{number:02}", [cost, rng.randint(1, len(cost))]))
    cases.append(("large-eight-stages", [[rng.randint(1, 10**9) for _ in range(60_000)], 8]))
    cases.append(("large-thousands-of-stages", grow(60_000, seed)))
    return cases


def oracle(cost: list, stages: int) -> tuple:
    if not 1 <= stages <= len(cost):
        raise ValueError("every stage needs a layer")
    options = []
    for cuts in combinations(range(1, len(cost)), stages - 1):
        bounds = list(pairwise([0, *cuts, len(cost)]))
        options.append((max(sum(cost[a:b]) for a, b in bounds), [b - a for a, b in bounds]))
    return min(options)


def check(args: list, expected: list, got: object) -> str | None:
    cost, stages = args
    if not isinstance(got, list) or len(got) != 2 or type(got[0]) is not int or not isinstance(got[1], list):
        return "The result has to be a pair (slowest, layers)."
    slowest, layers = got
    if any(type(count) is not int for count in layers):
        return "The numbers of layers have to be integers."
    if len(layers) != stages:
        return f"There have to be {stages} stages, not {len(layers)}."
    if any(count < 1 for count in layers):
        return "Every stage needs at least one layer."
    if sum(layers) != len(cost):
        return f"The stages hold {str(sum(layers))[:20]} layers, but the model has {len(cost)}."
    start = real = 0
    for count in layers:
        real = max(real, sum(cost[start : start + count]))
        start += count
    if slowest != expected[0]:
        return f"The slowest stage can take {expected[0]}, not {str(slowest)[:40]}."
    if real != slowest:
        return f"In this cut the slowest stage takes {real}, not {slowest}."
    return None


def grow(n: int, seed: int) -> list:
    rng = random.Random(f"grow-{seed}-{n}")
    return [[rng.randint(1, 10**6) for _ in range(n)], n // 20]
