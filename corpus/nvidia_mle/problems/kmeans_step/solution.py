import torch

CHUNK = 8_192


def step(x: torch.Tensor, c: torch.Tensor) -> torch.Tensor:
    if len(c) == 0 or x.shape[1] != c.shape[1]:
        raise ValueError("at least one centroid, of the vectors' dimension")
    if len(x) == 0:
        return c.clone()

    # Subtracting one vector from both sides changes no distance and takes away what cancels in the expansion.
    center = x.double().mean(dim=0).to(x.dtype)
    moved = c - center
    norms = moved.square().sum(dim=1)
    sums = torch.zeros(c.shape, dtype=torch.float64)
    counts = torch.zeros(len(c), dtype=torch.int64)
    for part in x.split(CHUNK):  # the [N, K] scores never exist at once
        near = part - center
        label = (norms - 2 * near @ moved.T).argmin(dim=1)
        sums.index_add_(0, label, near.double())
        counts += torch.bincount(label, minlength=len(c))

    fresh = (sums / counts.clamp(min=1)[:, None] + center.double()).to(c.dtype)
    return torch.where(counts[:, None] > 0, fresh, c)
