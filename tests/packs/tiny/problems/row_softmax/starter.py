import torch


def row_softmax(scores: torch.Tensor) -> torch.Tensor: ...
