"""Cases for plan_arena. Plans differ, so the checker judges them: validity, and the arena against the peak."""

import random
from itertools import permutations


def visible() -> list[tuple[str, list]]:
    return [
        ("example-1", [[[0, 1, 60], [1, 2, 30], [2, 3, 60]]]),
        ("example-2", [[[0, 4, 8], [5, 6, 8], [5, 9, 8], [7, 9, 8]]]),
        ("example-3", [[[0, 5, 10], [5, 8, 10]]]),
    ]


def hidden(seed: int) -> list[tuple[str, list]]:
    rng = random.Random(f"plan_arena-{seed}")
    cases = [
        ("edge-no-tensors", [[]]),
        ("edge-one-tensor", [[[3, 3, 7]]]),
        ("edge-all-at-once", [[[0, 9, size] for size in (5, 1, 9, 3)]]),
        ("edge-never-together", [[[i, i, 10 + i] for i in range(12)]]),
        ("edge-chain-sharing-an-operation", [[[i, i + 1, 4] for i in range(12)]]),
        ("edge-gap-below", [[[0, 1, 50], [0, 5, 40], [2, 5, 20], [2, 5, 20]]]),
        ("edge-small-ones-first", [[[0, 1, 40], [0, 5, 10], [1, 2, 10], [2, 5, 50]]]),
        ("edge-huge-sizes", [[[0, 3, 2**40], [1, 5, 2**39], [4, 9, 2**40 - 1], [6, 9, 2**39]]]),
        ("edge-equal-sizes-nested", [[[i, 19 - i, 16] for i in range(10)]]),
        ("edge-equal-sizes", [_intervals(30, 40, [64], rng)]),
    ]
    for number in range(1, 26):
        sizes = [16] if number % 5 == 0 else [1, 2, 3, 4, 6, 8, 12, 20]
        cases.append((f"random-{number:02}", [_solvable(rng.randint(2, 14), sizes, rng)]))
    cases.append(("large-model", _known_to_fit(800, seed)))
    cases.append(("large-equal-sizes", [_intervals(800, 1000, [4096], rng)]))
    return cases


def _intervals(n: int, operations: int, sizes: list, rng: random.Random) -> list:
    tensors = []
    for _ in range(n):
        first = rng.randrange(operations)
        last = min(
            operations - 1, first + rng.choice([1, 1, 1, 2, 3, 5, rng.randint(1, operations // 2 + 1)])
        )
        tensors.append([first, last, rng.choice(sizes)])
    return sorted(tensors)


def _solvable(n: int, sizes: list, rng: random.Random) -> list:
    """Random tensors for which a plan within 1.1 times the peak is known."""
    while True:
        tensors = _intervals(n, rng.randint(4, 16), sizes, rng)
        if 10 * _best_known(tensors)[1] <= 11 * _peak(tensors):
            return tensors


def _known_to_fit(n: int, seed: int) -> list:
    """A large case for which placing the largest first stays within 1.1 times the peak."""
    while True:
        (tensors,) = grow(n, seed)
        order = sorted(range(n), key=lambda i: (-tensors[i][2], tensors[i][0]))
        if 10 * _lowest_fit(tensors, order)[1] <= 11 * _peak(tensors):
            return [tensors]
        seed += 1_000_003


def _peak(tensors: list) -> int:
    changes = sorted(
        [(first, 1, size) for first, _, size in tensors] + [(last + 1, 0, -size) for _, last, size in tensors]
    )
    live = peak = 0
    for _, _, change in changes:
        live += change
        peak = max(peak, live)
    return peak


def _lowest_fit(tensors: list, order: list) -> tuple:
    offsets = [0] * len(tensors)
    placed: list[int] = []
    for i in order:
        first, last, size = tensors[i]
        together = [j for j in placed if tensors[j][0] <= last and first <= tensors[j][1]]
        for spot in sorted([0, *(offsets[j] + tensors[j][2] for j in together)]):
            if all(spot + size <= offsets[j] or offsets[j] + tensors[j][2] <= spot for j in together):
                offsets[i] = spot
                break
        placed.append(i)
    return offsets, max(
        (offset + tensor[2] for offset, tensor in zip(offsets, tensors, strict=True)), default=0
    )


def _best_known(tensors: list) -> tuple:
    """The least arena over all orders of few tensors, over three good orders of many."""
    indices = range(len(tensors))
    if len(tensors) <= 5:
        orders = [list(order) for order in permutations(indices)]
    else:
        orders = [
            sorted(indices, key=lambda i: tensors[i][0]),
            sorted(indices, key=lambda i: (-tensors[i][2], tensors[i][0])),
            sorted(indices, key=lambda i: (tensors[i][0] - tensors[i][1]) * tensors[i][2]),
        ]
    return min((_lowest_fit(tensors, order) for order in orders), key=lambda plan: plan[1])


def oracle(tensors: list) -> tuple:
    return _best_known(tensors)


def check(args: list, expected: list, got: object) -> str | None:
    (tensors,) = args
    if not isinstance(got, list) or len(got) != 2 or not isinstance(got[0], list) or type(got[1]) is not int:
        return "The result has to be a pair (offsets, top)."
    offsets, top = got
    if len(offsets) != len(tensors) or any(type(offset) is not int for offset in offsets):
        return f"There have to be {len(tensors)} offsets, all integers."
    if any(offset < 0 for offset in offsets):
        return "Offsets must not be negative."
    real = max((offset + size for offset, (_, _, size) in zip(offsets, tensors, strict=True)), default=0)
    if real != top:
        return f"The arena of this plan ends at {str(real)[:40]}, not at {str(top)[:40]}."
    blocks = sorted((offset, i) for i, offset in enumerate(offsets))
    for place, (low, i) in enumerate(blocks):
        first, last, size = tensors[i]
        for other, j in blocks[place + 1 :]:
            if other >= low + size:
                break
            if tensors[j][0] <= last and first <= tensors[j][1]:
                return f"Tensors {i} and {j} live at the same time and overlap in memory."
    peak = _peak(tensors)
    if len({size for _, _, size in tensors}) == 1 and top != peak:
        return f"All sizes are equal, so the arena can be {peak}, but it is {top}."
    if 4 * top > 5 * peak:
        return f"The arena has {top}, more than 1.25 times the peak of {peak}."
    return None


def grow(n: int, seed: int) -> list:
    """Like a network: short-lived activations of a few widths, some that skip far ahead."""
    rng = random.Random(f"grow-{seed}-{n}")
    tensors = []
    for i in range(n):
        reach = rng.choice([1, 1, 1, 1, 2, 2, 3, 6, rng.randint(4, 60)])
        tensors.append([i, i + reach, rng.choice([1, 2, 4, 4, 8, 16, 48]) * 1024 + rng.randint(0, 64)])
    return [tensors]
