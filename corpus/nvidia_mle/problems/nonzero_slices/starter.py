def nonzero_slices(indptr: list[int], workers: int) -> list[tuple[int, int, int, int]]:
    """Return (low, high, first_row, last_row) for each worker's equal share of the nonzeros."""
    raise NotImplementedError
