import torch


def sdpa_forward(
    q: torch.Tensor,
    k: torch.Tensor,
    v: torch.Tensor,
    key_padding_mask: torch.Tensor | None = None,
    dropout_p: float = 0.0,
    training: bool = False,
) -> torch.Tensor:
    """Return causal attention [B, H, T, D]; key_padding_mask [B, T] is True at padding.

    A query that sees no key returns zeros.
    """
    raise NotImplementedError
