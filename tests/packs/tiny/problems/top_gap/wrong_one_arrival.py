import itertools


def top_gap(times: list[int]) -> int:
    ordered = sorted(times)
    return max((later - earlier for earlier, later in itertools.pairwise(ordered)), default=0)
