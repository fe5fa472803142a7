import torch


def dpo_loss(
    policy_logits: torch.Tensor, ref_logits: torch.Tensor, labels: torch.Tensor, beta: float = 0.1
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return (loss, accuracy) over P pairs; rows 0..P-1 are chosen, rows P..2P-1 rejected."""
    raise NotImplementedError
