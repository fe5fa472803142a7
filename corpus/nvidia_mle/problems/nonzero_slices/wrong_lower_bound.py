from bisect import bisect_left


def nonzero_slices(indptr: list[int], workers: int) -> list[tuple[int, int, int, int]]:
    if workers < 1:
        raise ValueError("there has to be a worker")
    total = indptr[-1]
    slices = []
    for worker in range(workers):
        low, high = worker * total // workers, (worker + 1) * total // workers
        if low == high:
            slices.append((low, high, -1, -1))
        else:
            slices.append((low, high, bisect_left(indptr, low), bisect_left(indptr, high - 1)))
    return slices
