import math


def minute_percentiles(logs: list[list[tuple[int, float]]]) -> list[list[float | None]]:
    by_minute: dict[int, list[float]] = {}
    for log in logs:
        for timestamp, latency in log:
            by_minute.setdefault(timestamp // 60, []).append(latency)
    rows: list[list[float | None]] = []
    for minute in sorted(by_minute):
        values = sorted(by_minute[minute])
        p50, p99, p999 = (values[math.ceil(q * len(values)) - 1] for q in (0.5, 0.99, 0.999))
        rows.append([minute, p50, p99, p999])
    return rows
