def minute_percentiles(logs: list[list[tuple[int, float]]]) -> list[list[float | None]]:
    by_minute: dict[int, list[float]] = {}
    for log in logs:
        for timestamp, latency in log:
            by_minute.setdefault(timestamp // 60, []).append(latency)
    rows: list[list[float | None]] = []
    for minute in range(min(by_minute, default=0), max(by_minute, default=-1) + 1):
        values = sorted(by_minute.get(minute, ()))
        if not values:
            rows.append([minute, None, None, None])
            continue
        n = len(values)
        rows.append([minute, values[int(0.5 * n)], values[int(0.99 * n)], values[int(0.999 * n)]])
    return rows
