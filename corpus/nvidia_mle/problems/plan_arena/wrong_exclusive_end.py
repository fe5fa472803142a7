def plan_arena(tensors: list[tuple[int, int, int]]) -> tuple[list[int], int]:
    offsets = [0] * len(tensors)
    placed: list[int] = []
    for i in sorted(range(len(tensors)), key=lambda i: (-tensors[i][2], tensors[i][0])):
        first, last, size = tensors[i]
        spot = 0
        for low, high in sorted(
            (offsets[j], offsets[j] + tensors[j][2])
            for j in placed
            if tensors[j][0] < last and first < tensors[j][1]
        ):
            if spot + size <= low:
                break
            spot = max(spot, high)
        offsets[i] = spot
        placed.append(i)
    return offsets, max((o + t[2] for o, t in zip(offsets, tensors, strict=True)), default=0)
