from collections import Counter
from itertools import accumulate


def bucket_boundaries(lengths: list[int], num_buckets: int) -> tuple[list[int], int]:
    """best[j] is the least padding of the j shortest different lengths; one round adds one bucket."""
    if num_buckets < 1:
        raise ValueError("need at least one bucket")
    if not lengths:
        return [], 0
    frequency = Counter(lengths)
    sizes = sorted(frequency)
    count = [0, *accumulate(frequency[size] for size in sizes)]
    tokens = [0, *accumulate(size * frequency[size] for size in sizes)]

    def padding(i: int, j: int) -> int:  # lengths i .. j - 1, all padded to the longest of them
        return sizes[j - 1] * (count[j] - count[i]) - (tokens[j] - tokens[i])

    different = len(sizes)
    best: list[int] = [padding(0, j) if j else 0 for j in range(different + 1)]
    cuts = [[0] * (different + 1)]
    for _ in range(min(num_buckets, different) - 1):
        chosen = [(0, 0)] + [
            min((best[i] + padding(i, j), i) for i in range(j)) for j in range(1, different + 1)
        ]
        best = [cost for cost, _ in chosen]
        cuts.append([i for _, i in chosen])
    bounds = []
    j = different
    for cut in reversed(cuts):
        if j == 0:
            break
        bounds.append(sizes[j - 1])
        j = cut[j]
    return bounds[::-1], best[different]
