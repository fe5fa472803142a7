from itertools import accumulate


def plan_arena(tensors: list[tuple[int, int, int]]) -> tuple[list[int], int]:
    ends = [0, *accumulate(size for _, _, size in tensors)]
    return ends[:-1], ends[-1]
