def nonzero_slices(indptr: list[int], workers: int) -> list[tuple[int, int, int, int]]:
    """One walk over rows and workers together, as in merging two sorted lists."""
    if workers <= 0:
        raise ValueError("there has to be a worker")
    total = indptr[-1]
    slices = []
    row = 0
    for worker in range(workers):
        low, high = worker * total // workers, (worker + 1) * total // workers
        rows = [-1, -1]
        for side, nonzero in enumerate((low, high - 1)):
            if low < high:
                while indptr[row + 1] <= nonzero:
                    row += 1
                rows[side] = row
        slices.append((low, high, rows[0], rows[1]))
    return slices
