import torch
import torch.nn.functional as F


def route(logits: torch.Tensor, k: int, capacity: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    tokens, experts = logits.shape
    if not 1 <= k <= experts or capacity < 0:
        raise ValueError("1 <= k <= E and a capacity of 0 or more")
    # A stable sort of the logits: topk promises no order among equal values, and probabilities underflow to ties.
    best, expert = logits.float().sort(dim=-1, descending=True, stable=True)
    best, expert = best[:, :k], expert[:, :k]
    gate = best.softmax(dim=-1)  # the softmax over all, divided by its sum over the chosen ones

    flat = expert.T.reshape(-1)  # all first choices, then all second ones
    hot = F.one_hot(flat, experts)
    place = (hot.cumsum(dim=0) * hot).sum(dim=-1) - 1  # earlier pairs with the same expert
    slot = place.view(k, tokens).T
    kept = slot < capacity
    return expert, gate.masked_fill(~kept, 0.0), slot.masked_fill(~kept, -1)
