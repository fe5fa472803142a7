import torch


def mean_pool(h: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    if mask.dtype != torch.bool or mask.shape != h.shape[:2]:
        raise ValueError("mask must be bool of shape [B, T]")
    keep = mask.unsqueeze(-1)
    wide = h.to(torch.promote_types(h.dtype, torch.float32))  # an fp16 sum overflows at 65,504
    return wide.masked_fill(~keep, 0).mean(dim=1).to(h.dtype)
