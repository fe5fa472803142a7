import torch


def top_p_probs(logits: torch.Tensor, p: torch.Tensor, temperature: torch.Tensor) -> torch.Tensor:
    """Sorts the logits, finds the length of each nucleus by binary search, and undoes the permutation."""
    b, v = logits.shape
    if list(p.shape) != [b] or list(temperature.shape) != [b]:
        raise ValueError("p and temperature must be [B]")
    if not bool(torch.all((p > 0) & (p <= 1) & (temperature >= 0))):
        raise ValueError("p or temperature out of range")
    order = torch.argsort(logits, dim=1, descending=True, stable=True)
    z = logits.gather(1, order).double()
    z = (z - z[:, :1]) / temperature.double().clamp(min=1e-300)[:, None]
    z[:, 0] = 0.0
    q = torch.exp(z)
    q = q / q.sum(dim=1, keepdim=True)
    # The nucleus ends with the first token whose cumulative mass reaches p.
    length = torch.searchsorted(q.cumsum(dim=1), p.double()[:, None]) + 1
    length = torch.where(p[:, None] == 1, v, length)
    length = torch.where(temperature[:, None] == 0, 1, length)
    q = torch.where(torch.arange(v) < length, q, 0.0)
    q = q / q.sum(dim=1, keepdim=True)
    return q.gather(1, order.argsort(dim=1)).float()
