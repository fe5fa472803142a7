from itertools import accumulate


def slowest_stage(cost: list[int], stages: int) -> tuple[int, list[int]]:
    n = len(cost)
    if not 1 <= stages <= n:
        raise ValueError("every stage needs a layer")
    ends = [0, *accumulate(cost)]
    best = list(ends)
    cuts = []
    for stage in range(2, stages + 1):
        new = [0] * (n + 1)
        cut = [0] * (n + 1)
        for j in range(stage, n + 1):
            new[j], cut[j] = min((max(best[i], ends[j] - ends[i]), i) for i in range(stage - 1, j))
        best = new
        cuts.append(cut)
    layers = []
    j = n
    for cut in reversed(cuts):
        layers.append(j - cut[j])
        j = cut[j]
    return best[n], [j, *reversed(layers)]
