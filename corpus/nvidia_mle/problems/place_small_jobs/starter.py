def place_small_jobs(free: list[int], calls: list[list]) -> list[int | None]:
    """Replay ["start", gpus] and ["end", call number] with best fit; the node or None for each call."""
    raise NotImplementedError
