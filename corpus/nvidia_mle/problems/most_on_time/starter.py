def most_on_time(jobs: list[tuple[int, int]]) -> int:
    """Return the largest number of (minutes, due) jobs that one node can finish on time."""
    raise NotImplementedError
