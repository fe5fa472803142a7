import torch


def mean_pool(h: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    if mask.dtype != torch.bool or mask.shape != h.shape[:2]:
        raise ValueError("mask must be bool of shape [B, T]")
    return h.mean(dim=1)
