import torch


def route(logits: torch.Tensor, k: int, capacity: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return (experts, weights, slots), each [T, k]; a dropped choice has weight 0 and slot -1."""
    raise NotImplementedError
