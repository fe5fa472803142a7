import math


def minute_percentiles(logs: list[list[tuple[int, float]]]) -> list[list[float | None]]:
    by_minute: dict[int, dict[int, list[float]]] = {}
    for replica, log in enumerate(logs):
        for timestamp, latency in log:
            by_minute.setdefault(timestamp // 60, {}).setdefault(replica, []).append(latency)
    rows: list[list[float | None]] = []
    for minute in range(min(by_minute, default=0), max(by_minute, default=-1) + 1):
        replicas = [sorted(values) for values in by_minute.get(minute, {}).values()]
        if not replicas:
            rows.append([minute, None, None, None])
            continue
        n = sum(len(values) for values in replicas)
        p50, p99, p999 = (
            sum(values[math.ceil(q * len(values)) - 1] * len(values) for values in replicas) / n
            for q in (0.5, 0.99, 0.999)
        )
        rows.append([minute, p50, p99, p999])
    return rows
