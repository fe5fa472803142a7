import math


def minute_percentiles(logs: list[list[tuple[int, float]]]) -> list[list[float | None]]:
    minutes = [timestamp // 60 for log in logs for timestamp, _ in log]
    rows: list[list[float | None]] = []
    for minute in range(min(minutes, default=0), max(minutes, default=-1) + 1):
        values = sorted(latency for log in logs for timestamp, latency in log if timestamp // 60 == minute)
        if not values:
            rows.append([minute, None, None, None])
            continue
        p50, p99, p999 = (values[math.ceil(q * len(values)) - 1] for q in (0.5, 0.99, 0.999))
        rows.append([minute, p50, p99, p999])
    return rows
