import math

GAMMA = 1.01 / 0.99  # buckets whose middle is within one percent of everything in them
FLOOR_MS = 0.1


def minute_percentiles(logs: list[list[tuple[int, float]]]) -> list[list[float | None]]:
    """A sketch per minute: counters over logarithmic buckets. Sketches of replicas add up."""
    sketches: dict[int, dict[int, int]] = {}
    scale = math.log(GAMMA)
    for log in logs:
        for timestamp, latency in log:
            sketch = sketches.setdefault(timestamp // 60, {})
            bucket = math.ceil(math.log(max(latency, FLOOR_MS)) / scale - 1e-9)
            sketch[bucket] = sketch.get(bucket, 0) + 1
    rows: list[list[float | None]] = []
    if sketches:
        for minute in range(min(sketches), max(sketches) + 1):
            p50, p99, p999 = _quantiles(sketches.get(minute, {}), (0.5, 0.99, 0.999))
            rows.append([minute, p50, p99, p999])
    return rows


def _quantiles(sketch: dict[int, int], quantiles: tuple[float, ...]) -> list[float | None]:
    if not sketch:
        return [None] * len(quantiles)
    total = sum(sketch.values())
    ranks = [math.ceil(q * total) for q in quantiles]
    values: list[float | None] = []
    seen = 0
    for bucket in sorted(sketch):
        seen += sketch[bucket]
        while len(values) < len(ranks) and seen >= ranks[len(values)]:
            values.append(2 * GAMMA**bucket / (GAMMA + 1))
    return values
