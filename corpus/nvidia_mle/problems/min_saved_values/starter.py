def min_saved_values(
    sizes: list[int],
    edges: list[tuple[int, int]],
    kept: list[int],
    banned: list[int],
    needed: list[int],
) -> tuple[int, list[int]]:
    """Return (bytes, stored): the cheapest values to store so that every needed value is available in backward."""
    raise NotImplementedError
