def slowest_stage(cost: list[int], stages: int) -> tuple[int, list[int]]:
    """Return (slowest, layers): the least time of the slowest stage, and the number of layers of each stage."""
    raise NotImplementedError
