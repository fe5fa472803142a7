class Bucket:
    """Filled lazily: its level at the time of the last call."""

    def __init__(self, rate: int, burst: int, now: float) -> None:
        self.rate = rate
        self.burst = burst
        self.level: float = burst
        self.at = now

    def take(self, cost: int, now: float) -> float:
        if not 0 <= cost <= self.burst:
            raise ValueError(f"a cost of {cost} can never be granted")
        now = max(now, self.at)
        self.level = min(self.burst, self.level + (now - self.at) * self.rate)
        self.at = now
        if cost <= self.level:
            self.level -= cost
            return 0.0
        return (cost - self.level) / self.rate


def replay_limiter(rate: int, burst: int, calls: list[tuple[str, int, float]]) -> list[float]:
    buckets: dict[str, Bucket] = {}
    waits = []
    for customer, cost, now in calls:
        if customer not in buckets:
            buckets[customer] = Bucket(rate, burst, now)
        waits.append(buckets[customer].take(cost, now))
    return waits
