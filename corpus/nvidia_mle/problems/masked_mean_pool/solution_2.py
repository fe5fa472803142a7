import torch


def mean_pool(h: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Only real tokens are touched: they are picked out and added to their row by index."""
    batch, time, size = h.shape
    if tuple(mask.shape) != (batch, time) or mask.dtype is not torch.bool:
        raise ValueError("needs a bool mask of [B, T]")
    row, _ = mask.nonzero(as_tuple=True)
    out = torch.zeros(batch, size, dtype=h.dtype)
    out.index_add_(0, row, h[mask])
    return out / torch.bincount(row, minlength=batch).clamp(min=1)[:batch, None]
