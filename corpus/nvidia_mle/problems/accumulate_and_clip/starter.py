import torch


def accumulate_and_clip(
    micro_grads: list[list[torch.Tensor]],
    token_counts: list[int],
    loss_scale: float,
    max_norm: float,
) -> tuple[list[torch.Tensor] | None, torch.Tensor]:
    """Return (gradients of the mean loss over all labels, clipped; their global norm before clipping).

    (None, inf) if a gradient that counts is not finite.
    """
    raise NotImplementedError
