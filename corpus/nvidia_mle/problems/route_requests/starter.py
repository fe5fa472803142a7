def route_requests(points: list[tuple[int, int]], calls: list[list], percent: int) -> list[int | None]:
    """Replay ["start", key_hash] and ["end", call number] on a hash ring with bounded loads; one result per call."""
    raise NotImplementedError
