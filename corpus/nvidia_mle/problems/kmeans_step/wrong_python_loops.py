import torch


def step(x: torch.Tensor, c: torch.Tensor) -> torch.Tensor:
    if len(c) == 0 or x.shape[1] != c.shape[1]:
        raise ValueError("at least one centroid, of the vectors' dimension")
    sums = torch.zeros(c.shape, dtype=torch.float64)
    counts = [0] * len(c)
    for vector in x:
        best, best_distance = 0, float("inf")
        for index, centroid in enumerate(c):
            distance = float(((vector - centroid) ** 2).sum())
            if distance < best_distance:
                best, best_distance = index, distance
        sums[best] += vector
        counts[best] += 1
    out = c.clone()
    for index, count in enumerate(counts):
        if count:
            out[index] = (sums[index] / count).float()
    return out
