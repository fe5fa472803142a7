def replay_sum_tree(n: int, calls: list[list]) -> list[int | None]:
    """Replay set, find and total on n transitions of priority 0; one result per call."""
    raise NotImplementedError
