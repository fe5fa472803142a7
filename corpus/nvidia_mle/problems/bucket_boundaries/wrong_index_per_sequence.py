from itertools import accumulate
from math import inf


def bucket_boundaries(lengths: list[int], num_buckets: int) -> tuple[list[int], int]:
    if num_buckets < 1:
        raise ValueError("need at least one bucket")
    ordered = sorted(lengths)
    total = [0, *accumulate(ordered)]
    n = len(ordered)
    best: list[float] = [0] + [inf] * n
    cuts = []
    for _ in range(num_buckets):
        new: list[float] = [0] + [inf] * n
        cut = [0] * (n + 1)
        for j in range(1, n + 1):
            for i in range(j):
                cost = best[i] + ordered[j - 1] * (j - i) - (total[j] - total[i])
                if cost < new[j]:
                    new[j], cut[j] = cost, i
        best = new
        cuts.append(cut)
    bounds = []
    j = n
    while j:
        bounds.append(ordered[j - 1])
        j = cuts.pop()[j]
    return sorted(set(bounds)), int(best[n])
