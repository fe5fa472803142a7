def nonzero_slices(indptr: list[int], workers: int) -> list[tuple[int, int, int, int]]:
    if workers < 1:
        raise ValueError("there has to be a worker")
    total = indptr[-1]
    slices = []
    row = nonzero = 0
    for worker in range(workers):
        low, high = worker * total // workers, (worker + 1) * total // workers
        first = last = -1
        while nonzero < high:
            while indptr[row + 1] <= nonzero:
                row += 1
            if nonzero == low:
                first = row
            last = row
            nonzero += 1
        slices.append((low, high, first, last))
    return slices
