"""Cases for minute_percentiles. The oracle finds each percentile by counting, straight from the definition."""

import random

FLOOR_MS = 0.1


def visible() -> list[tuple[str, list]]:
    return [
        ("example-1", [[[[0, 10.0], [59, 30.0], [60, 5.0]], [[30, 20.0], [200, 7.0]]]]),
        ("example-2", [[[[6000, 4.0], [6001, 4.0], [6002, 4.0]], [[6010, 80.0]]]]),
    ]


def hidden(seed: int) -> list[tuple[str, list]]:
    rng = random.Random(f"minute_percentiles-{seed}")
    hundred = [[120 + i % 60, float(value)] for i, value in enumerate(rng.sample(range(1, 101), 100))]
    hundred.sort(key=lambda record: record[0])
    cases = [
        ("edge-no-logs", [[]]),
        ("edge-empty-logs", [[[], [], []]]),
        ("edge-one-record", [[[], [[599, 1.5]]]]),
        ("edge-two-records", [[[[0, 1.0]], [[1, 3.0]]]]),
        ("edge-hundred-records", [[hundred]]),
        ("edge-minute-border", [[[[59, 1.0], [60, 2.0], [119, 4.0], [120, 8.0]]]]),
        ("edge-only-zeros", [[[[5, 0.0], [6, 0.0]]]]),
        ("edge-zeros-below-the-median", [[[[5, 0.0], [6, 0.0]], [[5, 9.0], [6, 11.0], [7, 13.0]]]]),
        ("edge-whole-range", [[[[61, 0.1], [62, 100000.0]], [[63, 0.2], [64, 99.5]]]]),
        ("edge-busy-and-idle-replica", [[[[10, 900.0]], [[i, 2.0] for i in range(60)] * 3]]),
        ("edge-long-gap", [[[[0, 5.0]], [[60 * 40, 6.0]]]]),
    ]
    cases[9][1][0][1].sort()
    for number in range(1, 26):
        logs = []
        for _ in range(rng.randint(1, 4)):
            times = sorted(rng.randint(0, rng.choice([59, 200, 400])) for _ in range(rng.randint(0, 30)))
            logs.append(
                [[t, round(rng.choice([0.0, 1, 1, 10, 1000]) * rng.uniform(0.2, 9), 3)] for t in times]
            )
        cases.append((f"random-{number:02}", [logs]))
    cases.append(("large-two-weeks", [_logs(40_000, 20_000, rng)]))
    cases.append(("large-one-busy-minute", [_logs(50_000, 3, rng)]))
    return cases


def _logs(records: int, minutes: int, rng: random.Random) -> list:
    logs: list[list] = [[] for _ in range(64)]
    for _ in range(records):
        latency = round(min(99_999, max(0.1, rng.lognormvariate(4, 1.2))), 1)
        logs[int(rng.random() ** 2 * 64)].append([rng.randrange(60 * minutes), latency])
    for log in logs:
        log.sort()
    return logs


def oracle(logs: list) -> list:
    records = [(timestamp // 60, latency) for log in logs for timestamp, latency in log]
    if not records:
        return []
    first, last = min(records)[0], max(records)[0]
    rows = []
    for minute in range(first, last + 1):
        values = [latency for m, latency in records if m == minute]
        row = [minute]
        for permille in (500, 990, 999):
            enough = [v for v in values if 1000 * sum(w <= v for w in values) >= permille * len(values)]
            row.append(min(enough, default=None))
        rows.append(row)
    return rows


def check(args: list, expected: list, got: object) -> str | None:
    if not isinstance(got, list):
        return "The result has to be a list of rows."
    if len(got) != len(expected):
        return f"There should be {len(expected)} rows, one for each minute, but there are {len(got)}."
    for want, row in zip(expected, got, strict=True):
        if not isinstance(row, list) or len(row) != 4 or type(row[0]) is not int:
            return "Each row has to be (minute, p50, p99, p999)."
        minute = want[0]
        if row[0] != minute:
            return f"Expected the row of minute {minute}, got that of minute {row[0]}."
        for name, true, value in zip(("p50", "p99", "p99.9"), want[1:], row[1:], strict=True):
            if true is None or value is None:
                if true is not value:
                    return f"The {name} of minute {minute} should be {true}, not {value}."
                continue
            if type(value) not in (int, float):
                return f"The {name} of minute {minute} has to be a number or None."
            low, high = (0.0, 1.01 * FLOOR_MS) if true < FLOOR_MS else (0.99 * true, 1.01 * true)
            if not low * (1 - 1e-9) <= value <= high * (1 + 1e-9):
                return f"The {name} of minute {minute} is {true}; {value} is more than one percent off."
    return None


def grow(n: int, seed: int) -> list:
    return [_logs(n, 60, random.Random(f"grow-{seed}-{n}"))]
