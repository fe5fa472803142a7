import torch


def mean_pool(h: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Return [B, D]: the mean of h [B, T, D] over the tokens where mask [B, T] is True, zeros if there are none."""
    raise NotImplementedError
