"""Cases for replay_limiter. The oracle lets the bucket fill in steps of an eighth of a second, with fractions."""

import random
from fractions import Fraction


def visible() -> list[tuple[str, list]]:
    return [
        (
            "example-1",
            [2048, 20480, [["ada", 18432, 0.0], ["ada", 6144, 0.0], ["ada", 6144, 1.0], ["ada", 6144, 2.0]]],
        ),
        ("example-2", [4, 8, [["ada", 8, 100.0], ["bob", 8, 50.0], ["ada", 8, 1000.0], ["ada", 1, 1000.0]]]),
    ]


def hidden(seed: int) -> list[tuple[str, list]]:
    rng = random.Random(f"replay_limiter-{seed}")
    cases = [
        ("edge-no-calls", [4, 8, []]),
        ("edge-whole-burst", [4, 8, [["a", 8, 3.0], ["a", 1, 3.0]]]),
        ("edge-cost-zero", [4, 8, [["a", 8, 0.0], ["a", 0, 0.0]]]),
        ("edge-cost-above-burst", [4, 8, [["a", 2, 0.0], ["a", 9, 60.0]]]),
        ("edge-negative-cost", [4, 8, [["a", -1, 0.0]]]),
        ("edge-exactly-enough", [4, 8, [["a", 8, 0.0], ["a", 5, 1.125], ["a", 5, 1.25]]]),
        ("edge-refused-many-times", [4, 8, [["a", 8, 0.0], *[["a", 8, i / 8] for i in range(17)]]]),
        (
            "edge-clock-steps-back",
            [4, 8, [["a", 8, 10.0], ["a", 2, 9.0], ["a", 2, 10.5], ["a", 1, 10.0], ["a", 4, 11.5]]],
        ),
        ("edge-first-call-at-a-late-time", [2, 16, [["a", 16, 5000.0], ["a", 2, 5000.5], ["a", 2, 5001.0]]]),
        (
            "edge-customers-apart",
            [1, 4, [["a", 4, 8.0], ["b", 3, 2.0], ["b", 3, 1.0], ["a", 1, 9.0], ["b", 2, 3.0]]],
        ),
        ("edge-slow-rate", [1, 4, [["a", 4, 0.0], ["a", 4, 0.125], ["a", 4, 3.875], ["a", 4, 4.0]]]),
        (
            "edge-granted-while-an-earlier-one-waits",
            [4, 8, [["a", 6, 0.0], ["a", 5, 0.0], ["a", 2, 0.0], ["a", 5, 1.0]]],
        ),
    ]
    for number in range(1, 31):
        rate, burst = rng.choice([1, 2, 4, 8]), rng.randint(3, 20)
        calls = _calls(30, burst, rng.choice([0.5, 2.0]), ["a", "b", "c"], rng)
        if number % 10 == 0:
            calls.append(["a", burst + 1, 99.0])
        cases.append((f"random-{number:02}", [rate, burst, calls]))
    cases.append(("large-one-customer", [1024, 20480, _calls(30_000, 512, 1.0, ["busy"], rng)]))
    cases.append(("large-many-customers", grow(25_000, seed)))
    return cases


def _calls(n: int, top: int, pace: float, customers: list, rng: random.Random) -> list:
    now, calls = 0.0, []
    for _ in range(n):
        now = max(0.0, now + rng.choice([0, 1, 1, 2, 3, 8, -2]) / 8 * (2 if pace > 1 else 1))
        calls.append([rng.choice(customers), rng.randint(0, top), now])
    return calls


def oracle(rate: int, burst: int, calls: list) -> list:
    step = Fraction(1, 8)
    levels: dict[str, Fraction] = {}
    clocks: dict[str, Fraction] = {}
    waits = []
    for customer, cost, now in calls:
        if not 0 <= cost <= burst:
            raise ValueError("can never be granted")
        level = levels.setdefault(customer, Fraction(burst))
        clock = clocks.setdefault(customer, Fraction(now))
        while clock < now and level < burst:
            clock += step
            level = min(Fraction(burst), level + step * rate)
        clocks[customer] = max(clock, Fraction(now))
        granted = cost <= level
        waits.append(0.0 if granted else float((cost - level) / rate))
        levels[customer] = level - cost if granted else level
    return waits


def grow(n: int, seed: int) -> list:
    rng = random.Random(f"grow-{seed}-{n}")
    return [2048, 20480, _calls(n, 16_000, 1.0, [f"c{i}" for i in range(max(1, n // 50))], rng)]
