def plan_arena(tensors: list[tuple[int, int, int]]) -> tuple[list[int], int]:
    offsets = [0] * len(tensors)
    for i, (first, last, size) in enumerate(tensors):
        spot = 0
        for low, high in sorted(
            (offsets[j], offsets[j] + tensors[j][2])
            for j in range(i)
            if tensors[j][0] <= last and first <= tensors[j][1]
        ):
            if spot + size <= low:
                break
            spot = max(spot, high)
        offsets[i] = spot
    return offsets, max((o + t[2] for o, t in zip(offsets, tensors, strict=True)), default=0)
