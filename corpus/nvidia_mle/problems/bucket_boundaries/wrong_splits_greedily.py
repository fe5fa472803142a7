from bisect import bisect_left


def bucket_boundaries(lengths: list[int], num_buckets: int) -> tuple[list[int], int]:
    if num_buckets < 1:
        raise ValueError("need at least one bucket")
    if not lengths:
        return [], 0

    def padding(bounds: list[int]) -> int:
        return sum(bounds[bisect_left(bounds, length)] - length for length in lengths)

    sizes = sorted(set(lengths))
    bounds = [sizes[-1]]
    while len(bounds) < min(num_buckets, len(sizes)):
        best = min(
            (size for size in sizes if size not in bounds), key=lambda size: padding(sorted([*bounds, size]))
        )
        bounds = sorted([*bounds, best])
    return bounds, padding(bounds)
