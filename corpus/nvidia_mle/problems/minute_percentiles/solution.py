def minute_percentiles(logs: list[list[tuple[int, float]]]) -> list[list[float | None]]:
    """Latencies by minute; order in time plays no part in a percentile, so the logs need no merging."""
    by_minute: dict[int, list[float]] = {}
    for log in logs:
        for timestamp, latency in log:
            by_minute.setdefault(timestamp // 60, []).append(latency)
    if not by_minute:
        return []
    rows: list[list[float | None]] = []
    for minute in range(min(by_minute), max(by_minute) + 1):
        latencies = sorted(by_minute.get(minute, ()))
        if not latencies:
            rows.append([minute, None, None, None])
            continue
        n = len(latencies)
        p50, p99, p999 = (latencies[-(-permille * n // 1000) - 1] for permille in (500, 990, 999))
        rows.append([minute, p50, p99, p999])
    return rows
