import torch


def merge(m: torch.Tensor, l: torch.Tensor, o: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Pairwise: every split is folded into a running triple, which starts as the neutral element."""
    if m.ndim == 0 or l.shape != m.shape or o.ndim != m.ndim + 1 or o.shape[: m.ndim] != m.shape:
        raise ValueError("shapes do not fit")
    top = torch.full(m.shape[1:], -torch.inf)
    total = torch.zeros(m.shape[1:])
    out = torch.zeros(o.shape[1:])
    for m_s, l_s, o_s in zip(m, l, o, strict=True):
        new = torch.maximum(top, m_s)
        old = torch.where(top == -torch.inf, 0.0, torch.exp(top - new))
        fresh = torch.where(m_s == -torch.inf, 0.0, torch.exp(m_s - new))
        total = total * old + l_s * fresh
        out = out * old[..., None] + o_s * fresh[..., None]
        top = new
    dead = total == 0
    return torch.where(dead[..., None], 0.0, out / torch.where(dead, 1.0, total)[..., None]), top + torch.log(
        torch.where(dead, 1.0, total)
    )
