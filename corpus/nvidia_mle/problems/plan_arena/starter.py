def plan_arena(tensors: list[tuple[int, int, int]]) -> tuple[list[int], int]:
    """Return (offsets, top) for tensors (first_op, last_op, size), both ends inclusive.

    No two tensors alive at the same operation overlap; top is the largest offset + size.
    """
    raise NotImplementedError
