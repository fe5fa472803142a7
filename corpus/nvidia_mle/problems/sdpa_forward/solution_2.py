import math

import torch


def sdpa_forward(
    q: torch.Tensor,
    k: torch.Tensor,
    v: torch.Tensor,
    key_padding_mask: torch.Tensor | None = None,
    dropout_p: float = 0.0,
    training: bool = False,
    block: int = 64,
) -> torch.Tensor:
    """Online softmax over blocks of keys, as a fused kernel does it: no [T, T] matrix exists."""
    if dropout_p < 0 or dropout_p >= 1:
        raise ValueError("bad dropout_p")
    b, h, t, d = q.shape
    if key_padding_mask is None:
        key_padding_mask = torch.zeros(b, t, dtype=torch.bool)
    if key_padding_mask.shape != torch.Size([b, t]):
        raise ValueError("bad mask shape")
    drop = dropout_p if training else 0.0
    rows = torch.arange(t)
    top = q.new_full((b, h, t, 1), -math.inf)
    total = q.new_zeros(b, h, t, 1)
    out = torch.zeros_like(q)
    for start in range(0, t, block):
        cols = rows[start : start + block]
        s = torch.einsum("bhid,bhjd->bhij", q, k[:, :, cols]) / math.sqrt(d)
        visible = (cols <= rows[:, None]) & ~key_padding_mask[:, None, None, cols]
        s = torch.where(visible, s, -math.inf)
        new_top = torch.maximum(top, s.max(dim=-1, keepdim=True).values)
        shift = torch.where(new_top == -math.inf, 0.0, new_top)
        weight = torch.exp(s - shift)
        old = torch.exp(top - shift)
        total = total * old + weight.sum(dim=-1, keepdim=True)
        if drop:
            weight = weight * (torch.rand_like(weight) >= drop) / (1 - drop)
        out = out * old + weight @ v[:, :, cols]
        top = new_top
    return torch.where(total > 0, out / total.clamp(min=1e-30), 0.0).to(q.dtype)
