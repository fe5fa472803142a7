"""Cases for place_small_jobs. The oracle looks at all nodes for every job."""

import random


def visible() -> list[tuple[str, list]]:
    calls = [["start", 2], ["start", 2], ["start", 2], ["end", 0], ["start", 3], ["start", 1]]
    refused = [["start", 4], ["start", 2], ["end", 0], ["start", 2], ["start", 1]]
    return [("example-1", [[8, 3, 8, 1, 3], calls]), ("example-2", [[2, 2], refused])]


def hidden(seed: int) -> list[tuple[str, list]]:
    rng = random.Random(f"place_small_jobs-{seed}")
    cases = [
        ("edge-no-calls", [[8, 8], []]),
        ("edge-no-nodes", [[], [["start", 1], ["end", 0]]]),
        ("edge-nothing-idle", [[0, 0, 0], [["start", 1]]]),
        ("edge-whole-node", [[7, 8, 8], [["start", 8], ["start", 8], ["start", 8]]]),
        (
            "edge-exact-before-larger",
            [[5, 4, 3, 2], [["start", 2], ["start", 2], ["start", 2], ["start", 2]]],
        ),
        (
            "edge-smallest-number-among-equals",
            [[4, 4, 4], [["start", 4], ["start", 4], ["end", 1], ["end", 0], ["start", 4]]],
        ),
        (
            "edge-freed-later-has-larger-number",
            [[4, 4, 4], [["start", 4], ["start", 4], ["end", 0], ["end", 1], ["start", 4]]],
        ),
        (
            "edge-node-changed-meanwhile",
            [[4, 8], [["start", 2], ["start", 4], ["start", 4], ["end", 0], ["start", 4], ["start", 4]]],
        ),
        (
            "edge-back-and-forth",
            [[8], [["start", 1], ["start", 7], ["end", 0], ["end", 1], ["start", 8], ["start", 1]]],
        ),
        ("edge-zero-gpus", [[8], [["start", 0]]]),
        ("edge-nine-gpus", [[8, 8], [["start", 9]]]),
        ("edge-ended-twice", [[8], [["start", 1], ["end", 0], ["end", 0]]]),
        ("edge-refused-ended-twice", [[1], [["start", 2], ["end", 0], ["end", 0]]]),
        ("edge-end-of-an-end", [[8], [["start", 1], ["end", 0], ["end", 1]]]),
        ("edge-end-of-itself", [[8], [["end", 0]]]),
        ("edge-end-negative", [[8], [["start", 1], ["end", -1]]]),
    ]
    for number in range(1, 31):
        free = [rng.choice([0, 1, 2, 4, 8, 8, rng.randint(0, 8)]) for _ in range(rng.randint(1, 6))]
        calls = _calls(30, 6, rng)
        if number % 10 == 0:
            calls += [["end", 0], ["end", 0]]
        cases.append((f"random-{number:02}", [free, calls]))
    cases.append(("large-fleet", grow(50_000, seed)))
    cases.append(
        ("large-crowded", [[rng.choice([0, 0, 1, 2]) for _ in range(60_000)], _calls(50_000, 9000, rng)])
    )
    return cases


def _calls(n: int, running: int, rng: random.Random) -> list:
    calls: list[list] = []
    live: list[int] = []
    while len(calls) < n:
        if live and rng.random() < len(live) / (2 * running):
            place = rng.randrange(len(live))
            live[place], live[-1] = live[-1], live[place]
            calls.append(["end", live.pop()])
        else:
            live.append(len(calls))
            calls.append(["start", rng.choice([1, 1, 1, 2, 2, 4, 8, rng.randint(1, 8)])])
    return calls


def oracle(free: list, calls: list) -> list:
    idle = list(free)
    jobs: dict[int, tuple] = {}
    results: list = []
    for number, (kind, value) in enumerate(calls):
        if kind == "end":
            if value not in jobs:
                raise ValueError("no such job to end")
            node, gpus = jobs.pop(value)
            if node is not None:
                idle[node] += gpus
            results.append(None)
            continue
        if not 1 <= value <= 8:
            raise ValueError("a job has 1 to 8 GPUs")
        fits = [(count, node) for node, count in enumerate(idle) if count >= value]
        node = min(fits)[1] if fits else None
        if node is not None:
            idle[node] -= value
        jobs[number] = (node, value)
        results.append(node)
    return results


def grow(n: int, seed: int) -> list:
    rng = random.Random(f"grow-{seed}-{n}")
    return [[rng.choice([0, 2, 5, 8, 8]) for _ in range(n)], _calls(n, n // 2, rng)]
