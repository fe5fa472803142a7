import torch


def route(logits: torch.Tensor, k: int, capacity: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Places by a stable sort of the choices by expert: no [T k, E] matrix."""
    t, e = logits.shape
    if k < 1 or k > e or capacity < 0:
        raise ValueError("bad k or capacity")
    chosen = torch.argsort(-logits, dim=1, stable=True)[:, :k]
    weight = torch.exp(logits.gather(1, chosen).double() - logits.max(dim=1, keepdim=True).values)
    weight = weight / weight.sum(dim=1, keepdim=True)

    wanted = chosen.t().flatten()
    order = torch.argsort(wanted, stable=True)
    load = torch.bincount(wanted, minlength=e)
    begin = torch.cumsum(load, 0) - load
    place = torch.empty_like(wanted)
    place[order] = torch.arange(t * k) - begin[wanted[order]]
    place = place.view(k, t).t()
    fits = place < capacity
    return chosen, torch.where(fits, weight, 0.0).float(), torch.where(fits, place, -1)
