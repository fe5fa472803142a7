def replay_limiter(rate: int, burst: int, calls: list[tuple[str, int, float]]) -> list[float]:
    """Return for each (customer, cost, now) 0.0 if granted, otherwise the seconds to wait."""
    raise NotImplementedError
