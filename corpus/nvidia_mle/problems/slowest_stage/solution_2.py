from bisect import bisect_right
from itertools import accumulate, pairwise


def slowest_stage(cost: list[int], stages: int) -> tuple[int, list[int]]:
    """Bisection with binary searches in the prefix sums; a stage always leaves a layer for each later one."""
    n = len(cost)
    if stages < 1 or stages > n:
        raise ValueError("every stage needs a layer")
    ends = [0, *accumulate(cost)]

    def cut(limit: int) -> list[int] | None:
        bounds = [0]
        for stage in range(1, stages + 1):
            bound = bisect_right(ends, ends[bounds[-1]] + limit) - 1
            bound = min(bound, n - (stages - stage))
            if bound == bounds[-1]:
                return None
            bounds.append(bound)
        return bounds if bounds[-1] == n else None

    low, high = 0, ends[-1]  # low is too little, high is enough
    while high - low > 1:
        middle = (low + high) // 2
        if cut(middle) is None:
            low = middle
        else:
            high = middle
    bounds = cut(high)
    assert bounds is not None
    return high, [b - a for a, b in pairwise(bounds)]
