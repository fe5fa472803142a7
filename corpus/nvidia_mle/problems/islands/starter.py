def islands(num_ranks: int, links: list[tuple[int, int]]) -> list[list[int]]:
    """Return the groups of ranks that reach each other: each sorted, ordered by smallest rank."""
    raise NotImplementedError
