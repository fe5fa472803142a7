import torch


def step(x: torch.Tensor, c: torch.Tensor) -> torch.Tensor:
    """Return the centroids [K, D] after one Lloyd step on x [N, D]; a centroid without members stays."""
    raise NotImplementedError
