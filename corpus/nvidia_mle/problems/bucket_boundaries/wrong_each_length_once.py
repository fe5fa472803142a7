from math import inf


def bucket_boundaries(lengths: list[int], num_buckets: int) -> tuple[list[int], int]:
    if num_buckets < 1:
        raise ValueError("need at least one bucket")
    sizes = sorted(set(lengths))
    best: list[tuple[float, list[int]]] = [(0, [])] + [(inf, [])] * len(sizes)
    for _ in range(min(num_buckets, len(sizes))):
        new: list[tuple[float, list[int]]] = [(0, [])]
        for j in range(1, len(sizes) + 1):
            new.append(
                min(
                    (
                        best[i][0] + sum(sizes[j - 1] - size for size in sizes[i:j]),
                        [*best[i][1], sizes[j - 1]],
                    )
                    for i in range(j)
                )
            )
        best = new
    bounds = best[-1][1]
    return bounds, sum(min(bound for bound in bounds if bound >= length) - length for length in lengths)
