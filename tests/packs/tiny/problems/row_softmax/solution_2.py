import torch


def row_softmax(scores: torch.Tensor) -> torch.Tensor:
    return torch.softmax(scores, dim=1).nan_to_num(nan=0.0)
