"""Cases for route_requests. The oracle looks at all points for every call."""

import random


def visible() -> list[tuple[str, list]]:
    starts = [["start", 150], ["start", 150], ["start", 350], ["end", 0], ["start", 200]]
    return [
        ("example-1", [[[100, 0], [200, 1], [300, 2]], starts, 150]),
        ("example-2", [[[10, 0], [20, 1]], [["start", 5]] * 4, 200]),
    ]


def hidden(seed: int) -> list[tuple[str, list]]:
    rng = random.Random(f"route_requests-{seed}")
    ring = [[50, 3], [10, 1], [90, 2], [30, 2], [70, 1]]
    cases = [
        ("edge-no-calls", [ring, [], 125]),
        ("edge-empty-ring", [[], [["start", 1]], 125]),
        ("edge-too-little-room", [ring, [["start", 1]], 99]),
        ("edge-one-replica", [[[5, 7]], [["start", 9], ["start", 1], ["end", 0], ["start", 5]], 100]),
        ("edge-hash-on-a-point", [ring, [["start", 50], ["start", 10], ["start", 90]], 300]),
        ("edge-just-behind-a-point", [ring, [["start", 51], ["start", 11], ["start", 91]], 300]),
        ("edge-no-slack", [ring, [["start", 40]] * 7, 100]),
        ("edge-hot-key", [ring, [["start", 60]] * 12, 125]),
        ("edge-replica-full-at-all-its-points", [ring, [["start", 20], ["start", 20], ["start", 80]], 150]),
        (
            "edge-cap-falls-again",
            [ring, [*[["start", 60]] * 6, ["end", 2], ["end", 0], ["start", 60], ["start", 60]], 120],
        ),
        ("edge-ended-twice", [ring, [["start", 1], ["end", 0], ["end", 0]], 125]),
        ("edge-end-of-an-end", [ring, [["start", 1], ["end", 0], ["end", 1]], 125]),
        ("edge-end-before-start", [ring, [["end", 1], ["start", 1]], 125]),
        ("edge-end-unknown", [ring, [["start", 1], ["end", -1]], 125]),
        ("edge-exact-cap", [ring, [["start", 60]] * 9, 200]),
    ]
    for number in range(1, 26):
        replicas = rng.randint(1, 5)
        points = [
            [p, i % replicas] for i, p in enumerate(rng.sample(range(100), replicas * rng.randint(1, 3)))
        ]
        calls = _calls(30, 110, 0.3, 4, rng)
        if number % 8 == 0:
            calls.append(["end", len(calls)])
        cases.append((f"random-{number:02}", [points, calls, rng.choice([100, 125, 150, 200])]))
    cases.append(("large-many-points", grow(35_000, seed)))
    points = [[p, i % 200] for i, p in enumerate(rng.sample(range(2**32), 20_000))]
    cases.append(("large-hot-keys", [points, _calls(30_000, 2**32, 0.3, 300, rng), 125]))
    return cases


def _calls(n: int, top: int, hot: float, in_flight: int, rng: random.Random) -> list:
    popular = rng.randrange(top)
    calls: list[list] = []
    running: list[int] = []
    while len(calls) < n:
        if running and rng.random() < len(running) / (2 * in_flight):
            calls.append(["end", running.pop(rng.randrange(len(running)))])
        else:
            running.append(len(calls))
            calls.append(["start", popular if rng.random() < hot else rng.randrange(top)])
    return calls


def oracle(points: list, calls: list, percent: int) -> list:
    if percent < 100 or not points:
        raise ValueError("the ring is empty or leaves no room")
    replicas = {replica for _, replica in points}
    homes: dict[int, int] = {}
    results: list = []
    for number, (kind, value) in enumerate(calls):
        if kind == "end":
            if value not in homes:
                raise ValueError("this request is not running")
            del homes[value]
            results.append(None)
            continue
        cap = 0
        while cap * 100 * len(replicas) < percent * (len(homes) + 1):
            cap += 1
        order = sorted(points, key=lambda point: (point[0] < value, point[0]))
        loads = list(homes.values())
        homes[number] = next(replica for _, replica in order if loads.count(replica) < cap)
        results.append(homes[number])
    return results


def grow(n: int, seed: int) -> list:
    rng = random.Random(f"grow-{seed}-{n}")
    count = n // 4
    points = [[p, i % 64] for i, p in enumerate(rng.sample(range(2**32), count))]
    return [points, _calls(n, 2**32, 0.1, 400, rng), 125]
