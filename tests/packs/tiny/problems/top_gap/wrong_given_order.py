import itertools


def top_gap(times: list[int]) -> int:
    if len(times) < 2:
        raise ValueError("a gap needs two arrivals")
    return max(later - earlier for earlier, later in itertools.pairwise(times))
