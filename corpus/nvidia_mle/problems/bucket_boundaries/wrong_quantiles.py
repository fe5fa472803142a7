from bisect import bisect_left


def bucket_boundaries(lengths: list[int], num_buckets: int) -> tuple[list[int], int]:
    if num_buckets < 1:
        raise ValueError("need at least one bucket")
    ordered = sorted(lengths)
    n = len(ordered)
    bounds = sorted({ordered[-(-n * (b + 1) // num_buckets) - 1] for b in range(num_buckets)}) if n else []
    return bounds, sum(bounds[bisect_left(bounds, length)] - length for length in ordered)
