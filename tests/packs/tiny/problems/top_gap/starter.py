def top_gap(times: list[int]) -> int:
    """Return the largest gap between two arrivals that follow each other."""
    raise NotImplementedError
