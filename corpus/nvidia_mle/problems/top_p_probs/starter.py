import torch


def top_p_probs(logits: torch.Tensor, p: torch.Tensor, temperature: torch.Tensor) -> torch.Tensor:
    """Return [B, V]: the distribution that each row is drawn from, exactly 0 outside of its nucleus."""
    raise NotImplementedError
