def plan_arena(tensors: list[tuple[int, int, int]]) -> tuple[list[int], int]:
    offsets = [0] * len(tensors)
    placed: list[int] = []
    for i in sorted(range(len(tensors)), key=lambda i: (-tensors[i][2], tensors[i][0])):
        first, last, size = tensors[i]
        together = [j for j in placed if tensors[j][0] <= last and first <= tensors[j][1]]
        spot = 0
        while any(offsets[j] < spot + size and spot < offsets[j] + tensors[j][2] for j in together):
            spot += 1
        offsets[i] = spot
        placed.append(i)
    return offsets, max((o + t[2] for o, t in zip(offsets, tensors, strict=True)), default=0)
