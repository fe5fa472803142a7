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
        found = []
        for q in (0.5, 0.99, 0.999):
            place = q * (len(values) - 1)
            low = int(place)
            high = min(low + 1, len(values) - 1)
            found.append(values[low] + (values[high] - values[low]) * (place - low))
        rows.append([minute, found[0], found[1], found[2]])
    return rows
