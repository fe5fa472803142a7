def nonzero_slices(indptr: list[int], workers: int) -> list[tuple[int, int, int, int]]:
    if workers < 1:
        raise ValueError("there has to be a worker")
    rows = len(indptr) - 1
    slices = []
    for worker in range(workers):
        first, last = worker * rows // workers, (worker + 1) * rows // workers
        low, high = indptr[first], indptr[last]
        slices.append((low, high, first, last - 1) if low < high else (low, high, -1, -1))
    return slices
