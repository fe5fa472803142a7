def replay_limiter(rate: int, burst: int, calls: list[tuple[str, int, float]]) -> list[float]:
    """GCRA: of each customer only the moment when the bucket will be full again, and the latest time seen."""
    full_at: dict[str, float] = {}
    clock: dict[str, float] = {}
    tolerance = burst / rate
    waits = []
    for customer, cost, now in calls:
        if cost < 0 or cost > burst:
            raise ValueError("this request can never be granted")
        now = clock[customer] = max(now, clock.get(customer, now))
        full = max(full_at.get(customer, now), now) + cost / rate
        wait = full - now - tolerance
        if wait > 0:
            waits.append(wait)
        else:
            full_at[customer] = full
            waits.append(0.0)
    return waits
