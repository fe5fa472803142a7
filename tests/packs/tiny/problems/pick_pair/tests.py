"""Cases for pick_pair. Any pair that fits is right."""

import itertools
import random


def visible():
    return [
        ("example-1", [[3, 5, 4], 9]),
        ("example-2", [[3, 5, 4], 9, {"__kwargs__": {"exclude": [1]}}]),
    ]


def hidden(seed):
    rng = random.Random(seed)
    cases = [("edge-half", [[4, 1], 8]), ("edge-two-halves", [[4, 1, 4], 8]), ("edge-none", [[], 1])]
    for number in range(1, 6):
        sizes = [rng.randint(1, 9) for _ in range(rng.randint(0, 7))]
        cases.append((f"random-{number}", [sizes, rng.randint(2, 18)]))
    return [*cases, ("large-20000", grow(20_000, seed))]


def oracle(sizes, capacity, *, exclude=()):
    for one, other in itertools.combinations(range(len(sizes)), 2):
        if sizes[one] + sizes[other] == capacity and not {one, other} & set(exclude):
            return [one, other]
    return []


def grow(n, seed):
    rng = random.Random(f"{n}-{seed}")
    return [[2 * rng.randrange(10 * n) for _ in range(n)], 20 * n + 1]


def check(args, expected, got):
    sizes, capacity = args[0], args[1]
    exclude = args[2]["__kwargs__"]["exclude"] if len(args) > 2 else []
    if not isinstance(got, list) or any(type(index) is not int for index in got):
        return "The result is a list of indices."
    if not expected:
        return None if not got else "There is no such pair."
    if len(got) != 2 or got[0] == got[1]:
        return "The result has two different indices."
    if any(not 0 <= index < len(sizes) or index in exclude for index in got):
        return "An index is out of range or excluded."
    return None if sizes[got[0]] + sizes[got[1]] == capacity else "These two do not add up to the capacity."
