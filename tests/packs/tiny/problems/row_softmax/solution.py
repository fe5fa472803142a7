import torch


def row_softmax(scores: torch.Tensor) -> torch.Tensor:
    top = scores.amax(dim=1, keepdim=True)
    top = torch.where(top.isinf(), torch.zeros_like(top), top)
    weights = (scores - top).exp()
    total = weights.sum(dim=1, keepdim=True)
    return torch.where(total > 0, weights / total, torch.zeros_like(weights))
