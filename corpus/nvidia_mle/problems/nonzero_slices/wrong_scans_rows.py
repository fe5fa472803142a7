def nonzero_slices(indptr: list[int], workers: int) -> list[tuple[int, int, int, int]]:
    if workers < 1:
        raise ValueError("there has to be a worker")

    def row_of(nonzero: int) -> int:
        row = 0
        while indptr[row + 1] <= nonzero:
            row += 1
        return row

    total = indptr[-1]
    slices = []
    for worker in range(workers):
        low, high = worker * total // workers, (worker + 1) * total // workers
        slices.append((low, high, row_of(low), row_of(high - 1)) if low < high else (low, high, -1, -1))
    return slices
