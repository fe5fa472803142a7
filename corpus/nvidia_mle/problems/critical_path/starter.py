def critical_path(durations: list[int], edges: list[tuple[int, int]]) -> tuple[int, list[int]]:
    """Return (length, slack): the shortest replay, and by how much each operation may grow without extending it.

    A cycle raises ValueError.
    """
    raise NotImplementedError
