from itertools import accumulate


def max_overlapping_kernels(spans: list[tuple[int, int]]) -> int:
    if any(end < start for start, end in spans):
        raise ValueError("span ends before it starts")
    if not spans:
        return 0
    first = min(start for start, _ in spans)
    change = [0] * (max(end for _, end in spans) - first + 1)
    for start, end in spans:
        change[start - first] += 1
        change[end - first] -= 1
    return max(accumulate(change))
