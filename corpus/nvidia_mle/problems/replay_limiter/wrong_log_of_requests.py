def replay_limiter(rate: int, burst: int, calls: list[tuple[str, int, float]]) -> list[float]:
    granted: dict[str, list[tuple[int, float]]] = {}
    latest: dict[str, float] = {}
    waits = []
    for customer, cost, now in calls:
        if not 0 <= cost <= burst:
            raise ValueError("can never be granted")
        now = latest[customer] = max(now, latest.get(customer, now))
        history = granted.setdefault(customer, [])
        level: float = burst
        before = history[0][1] if history else now
        for past_cost, then in history:
            level = min(burst, level + (then - before) * rate) - past_cost
            before = then
        level = min(burst, level + (now - before) * rate)
        if cost <= level:
            history.append((cost, now))
            waits.append(0.0)
        else:
            waits.append((cost - level) / rate)
    return waits
