import torch


def merge(m: torch.Tensor, l: torch.Tensor, o: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    if m.dim() < 1 or m.shape != l.shape or o.shape[:-1] != m.shape:
        raise ValueError("m and l are [S, ...], o is [S, ..., D]")
    if m.shape[0] == 0:
        return o.new_zeros(o.shape[1:]), m.new_full(m.shape[1:], float("-inf"))

    top = m.amax(dim=0)
    safe = top.masked_fill(top == float("-inf"), 0.0)  # -inf minus -inf would be NaN
    weight = torch.exp(m - safe)  # exponents are never positive; 0 for a masked split
    total = (weight * l).sum(dim=0)
    alive = (l > 0).sum(dim=0).clamp(min=1)
    out = (o / l.clamp(min=1.0).unsqueeze(-1)).sum(dim=0) / alive.unsqueeze(-1)
    return out, safe + torch.log(total)
