def plan_arena(tensors: list[tuple[int, int, int]]) -> tuple[list[int], int]:
    """Largest first, each into the tightest gap between the tensors that live with it.

    Equal sizes are placed in order of first use; every gap is then a multiple of the size, and the plan is exact.
    """
    offsets = [0] * len(tensors)
    placed: list[int] = []
    for i in sorted(range(len(tensors)), key=lambda i: (-tensors[i][2], tensors[i][0])):
        first, last, size = tensors[i]
        busy = sorted(
            (offsets[j], offsets[j] + tensors[j][2])
            for j in placed
            if tensors[j][0] <= last and first <= tensors[j][1]
        )
        best_gap = -1
        cursor = 0
        for low, high in busy:
            gap = low - cursor
            if gap >= size and (best_gap < 0 or gap < best_gap):
                best_gap, offsets[i] = gap, cursor
            cursor = max(cursor, high)
        if best_gap < 0:
            offsets[i] = cursor
        placed.append(i)
    top = max((offset + size for offset, (_, _, size) in zip(offsets, tensors, strict=True)), default=0)
    return offsets, top
