def replay_limiter(rate: int, burst: int, calls: list[tuple[str, int, float]]) -> list[float]:
    window = burst / rate
    used: dict[tuple[str, int], int] = {}
    waits = []
    for customer, cost, now in calls:
        if not 0 <= cost <= burst:
            raise ValueError("can never be granted")
        key = (customer, int(now // window))
        if used.get(key, 0) + cost <= burst:
            used[key] = used.get(key, 0) + cost
            waits.append(0.0)
        else:
            waits.append((key[1] + 1) * window - now)
    return waits
