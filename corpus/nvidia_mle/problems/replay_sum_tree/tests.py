"""Cases for replay_sum_tree. The oracle walks along the priorities."""

import random


def visible() -> list[tuple[str, list]]:
    return [
        ("example-1", [3, [["set", 0, 5], ["set", 2, 2], ["total"], ["find", 4], ["find", 5], ["find", 6]]]),
        ("example-2", [2, [["set", 0, 3], ["set", 1, 4], ["set", 0, 1], ["find", 1], ["total"]]]),
    ]


def hidden(seed: int) -> list[tuple[str, list]]:
    rng = random.Random(f"replay_sum_tree-{seed}")
    five = [["set", i, i + 1] for i in range(5)]
    cases = [
        ("edge-no-calls", [4, []]),
        ("edge-one-transition", [1, [["total"], ["set", 0, 2], ["find", 0], ["find", 1]]]),
        ("edge-five-in-order", [5, [*five, *(["find", u] for u in range(15)), ["total"]]]),
        ("edge-zeros-between", [8, [["set", 3, 1], ["set", 6, 1], ["find", 0], ["find", 1]]]),
        ("edge-back-to-zero", [4, [["set", 1, 9], ["set", 2, 3], ["set", 1, 0], ["find", 0], ["total"]]]),
        ("edge-set-to-the-same", [4, [["set", 1, 9], ["set", 1, 9], ["total"], ["find", 8]]]),
        ("edge-last-index", [7, [["set", 6, 4], ["find", 3], ["find", 0]]]),
        (
            "edge-large-priorities",
            [3, [["set", 0, 2**60], ["set", 2, 1], ["find", 2**60], ["find", 2**60 - 1], ["total"]]],
        ),
        ("edge-find-at-total", [3, [["set", 0, 5], ["find", 5]]]),
        ("edge-find-negative", [3, [["set", 0, 5], ["find", -1]]]),
        ("edge-find-in-nothing", [3, [["find", 0]]]),
        ("edge-negative-priority", [3, [["set", 0, 5], ["set", 1, -1]]]),
    ]
    for number in range(1, 26):
        n = rng.randint(1, 11)
        calls = _play(n, 40, 6, rng)
        if number % 8 == 0:
            calls.append(["find", 10**6])
        cases.append((f"random-{number:02}", [n, calls]))
    n = 50_000
    rare = [["set", n - 1, 3]] + [["find", rng.randrange(3)] for _ in range(30_000)]
    cases.append(("large-one-at-the-end", [n, rare]))
    cases.append(("large-training-steps", grow(45_000, seed)))
    return cases


def _play(n: int, length: int, top: int, rng: random.Random) -> list:
    priorities, total, calls = [0] * n, 0, []
    for _ in range(length):
        if total and rng.random() < 0.5:
            calls.append(["find", rng.randrange(total)])
        elif rng.random() < 0.05:
            calls.append(["total"])
        else:
            i, priority = rng.randrange(n), rng.choice([0, 1, rng.randint(0, top)])
            total += priority - priorities[i]
            priorities[i] = priority
            calls.append(["set", i, priority])
    return calls


def oracle(n: int, calls: list) -> list:
    priorities = [0] * n
    results: list = []
    for call in calls:
        if call[0] == "total":
            results.append(sum(priorities))
        elif call[0] == "set":
            if call[2] < 0:
                raise ValueError("negative priority")
            priorities[call[1]] = call[2]
            results.append(None)
        else:
            if not 0 <= call[1] < sum(priorities):
                raise ValueError("nothing covers this")
            before = [sum(priorities[:i]) for i in range(n)]
            results.append(next(i for i in range(n) if before[i] <= call[1] < before[i] + priorities[i]))
    return results


def grow(n: int, seed: int) -> list:
    rng = random.Random(f"grow-{seed}-{n}")
    return [n, _play(n, n, 900, rng)]
