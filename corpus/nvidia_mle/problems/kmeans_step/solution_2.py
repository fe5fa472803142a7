import torch


def step(x: torch.Tensor, c: torch.Tensor) -> torch.Tensor:
    """Differences before squares, a few rows at a time; members are sorted by centroid and summed by segments."""
    k, d = c.shape
    if k < 1 or x.shape[1] != d:
        raise ValueError("no centroid, or another dimension")
    rows = max(1, 250_000 // (k * max(d, 1)))
    labels = [
        (part[:, None, :] - c).square_().sum(dim=2).min(dim=1).indices
        for part in torch.split(x, rows)
        if len(part)
    ]
    out = c.clone()
    if not labels:
        return out
    order = torch.cat(labels).argsort(stable=True)
    numbers, sizes = torch.cat(labels)[order].unique_consecutive(return_counts=True)
    for number, members in zip(numbers.tolist(), x[order].split(sizes.tolist()), strict=True):
        out[number] = members.double().mean(dim=0).float()
    return out
