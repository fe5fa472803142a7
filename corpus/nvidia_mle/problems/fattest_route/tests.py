"""Cases for fattest_route. The oracle walks every simple path; the checker looks at the route itself."""

import itertools
import random

INF = float("inf")


def visible() -> list[tuple[str, list]]:
    return [
        ("example-1", [[[0, 3, 12], [0, 2, 50], [2, 3, 50], [0, 1, 25], [1, 3, 25]], 0, 3]),
        ("example-2", [[[0, 1, 100], [1, 2, 10], [0, 3, 20], [3, 4, 20], [4, 2, 20]], 0, 2]),
        ("example-3", [[[0, 1, 25], [2, 3, 25]], 0, 3]),
    ]


def hidden(seed: int) -> list[tuple[str, list]]:
    rng = random.Random(f"fattest_route-{seed}")
    cases = [
        ("edge-no-links", [[], 0, 1]),
        ("edge-same-gpu", [[[0, 1, 25]], 1, 1]),
        ("edge-same-gpu-without-links", [[], 4, 4]),
        ("edge-unknown-destination", [[[0, 1, 25]], 0, 9]),
        ("edge-one-link", [[[5, 7, 0.5]], 5, 7]),
        ("edge-against-the-entry", [[[1, 0, 25], [2, 1, 50]], 0, 2]),
        ("edge-parallel-entries", [[[0, 1, 25], [1, 0, 25], [0, 2, 40], [2, 1, 30], [0, 1, 20]], 0, 1]),
        ("edge-equal-speeds", [[[a, b, 25] for a in range(6) for b in range(a)], 0, 5]),
        ("edge-link-to-itself", [[[0, 0, 900], [0, 1, 12]], 0, 1]),
        ("edge-long-detour", [[[0, 9, 49], *[[i, i + 1, 50] for i in range(9)]], 0, 9]),
        ("edge-better-found-later", [[[0, 1, 10], [1, 2, 90], [0, 3, 60], [3, 1, 60], [2, 4, 80]], 0, 4]),
        ("edge-fractions", [[[0, 1, 12.5], [1, 2, 12.25], [0, 2, 12.125]], 2, 0]),
    ]
    for number in range(1, 31):
        gpus = rng.randint(2, 7)
        links = [
            [rng.randrange(gpus), rng.randrange(gpus), rng.choice([5, 12, 25, 50, 100, rng.randint(1, 60)])]
            for _ in range(rng.randint(1, 11))
        ]
        cases.append((f"random-{number:02}", [links, 0, gpus - 1]))
    n = 30_000
    chain = [[i, i + 1, 10_000 + i] for i in range(n)]
    cases.append(("large-chain-listed-backwards", [chain[::-1], 0, n]))
    cases.append(("large-graph", grow(13_000, seed)))
    return cases


def oracle(links: list, src: int, dst: int) -> tuple:
    if src == dst:
        return INF, [src]
    best = (0, [])
    todo = [(INF, [src])]
    while todo:
        width, route = todo.pop()
        if route[-1] == dst:
            best = max(best, (width, route), key=lambda found: found[0])
            continue
        for a, b, speed in links:
            for here, there in ((a, b), (b, a)):
                if here == route[-1] and there not in route:
                    todo.append((min(width, speed), [*route, there]))
    return best


def check(args: list, expected: list, got: object) -> str | None:
    links, src, dst = args
    if not isinstance(got, list) or len(got) != 2:
        return "The result has to be a pair (speed, route)."
    speed, route = got
    if isinstance(speed, dict) and speed == {"__float__": "inf"}:
        speed = INF
    if (
        type(speed) not in (int, float)
        or not isinstance(route, list)
        or any(type(g) is not int for g in route)
    ):
        return "The speed has to be a number and the route a list of integers."
    best = INF if src == dst else expected[0]
    if best == 0:
        return None if speed == 0 and not route else "There is no route, so the result has to be (0, [])."
    if not route or route[0] != src or route[-1] != dst:
        return f"The route has to lead from {src} to {dst}."
    if len(set(route)) != len(route):
        return "The route visits a GPU twice."
    fastest: dict[tuple, float] = {}
    for a, b, link_speed in links:
        for pair in ((a, b), (b, a)):
            fastest[pair] = max(fastest.get(pair, 0), link_speed)
    width = INF
    for pair in itertools.pairwise(route):
        if pair not in fastest:
            return f"There is no link between {pair[0]} and {pair[1]}."
        width = min(width, fastest[pair])
    if width != speed:
        return f"The slowest link of this route has {width} GB/s, not {speed}."
    if width != best:
        return f"This route is limited to {width} GB/s, but {best} are possible."
    return None


def grow(n: int, seed: int) -> list:
    rng = random.Random(f"grow-{seed}-{n}")
    links = [[i, rng.randrange(max(1, i - 40), i + 1) - 1, rng.randint(1, 10**6)] for i in range(1, n)]
    links += [[rng.randrange(n), rng.randrange(n), rng.randint(1, 10**6)] for _ in range(2 * n)]
    rng.shuffle(links)
    return [links, 0, n - 1]
