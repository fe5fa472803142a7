from bisect import bisect_right


def nonzero_slices(indptr: list[int], workers: int) -> list[tuple[int, int, int, int]]:
    """The row of a nonzero is the last one that starts at or before it; behind it stand only later rows."""
    if workers < 1:
        raise ValueError(f"{workers} workers")
    nonzeros = indptr[-1]
    slices = []
    for worker in range(workers):
        low = worker * nonzeros // workers
        high = (worker + 1) * nonzeros // workers
        if low == high:
            slices.append((low, high, -1, -1))
        else:
            first = bisect_right(indptr, low) - 1
            slices.append((low, high, first, bisect_right(indptr, high - 1, lo=first) - 1))
    return slices
