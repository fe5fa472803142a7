from bisect import bisect_right
from itertools import accumulate


def min_microbatches(lengths: list[int], memory_budget: int, bytes_per_token: int) -> int:
    """Prefix sums, and a binary search for where each microbatch has to end."""
    if bytes_per_token < 1:
        raise ValueError(f"bytes_per_token is {bytes_per_token}")
    if any(length * bytes_per_token > memory_budget for length in lengths):
        return -1
    ends = list(accumulate(length * bytes_per_token for length in lengths))
    start = count = done = 0
    while start < len(lengths):
        start = bisect_right(ends, done + memory_budget, lo=start)
        done = ends[start - 1]
        count += 1
    return count
