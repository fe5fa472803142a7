import torch


def row_softmax(scores: torch.Tensor) -> torch.Tensor:
    weights = scores.exp()
    total = weights.sum(dim=1, keepdim=True)
    return torch.where(total > 0, weights / total, torch.zeros_like(weights))
