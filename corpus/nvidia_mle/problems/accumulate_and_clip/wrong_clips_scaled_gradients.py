import math

import torch


def accumulate_and_clip(
    micro_grads: list[list[torch.Tensor]],
    token_counts: list[int],
    loss_scale: float,
    max_norm: float,
) -> tuple[list[torch.Tensor] | None, torch.Tensor]:
    if not micro_grads or len(micro_grads) != len(token_counts):
        raise ValueError("one count per micro-batch, and at least one micro-batch")
    if min(token_counts) < 0 or not loss_scale > 0 or not max_norm > 0:
        raise ValueError("counts are not negative; scale and norm are above 0")

    counted = [(grads, count) for grads, count in zip(micro_grads, token_counts, strict=True) if count > 0]
    if not all(bool(torch.isfinite(grad).all()) for grads, _ in counted for grad in grads):
        return None, torch.tensor(math.inf)

    # float64: the squares of 1e30 leave float32. The inputs stay as they are.
    totals = [torch.zeros_like(grad, dtype=torch.float64) for grad in micro_grads[0]]
    labels = sum(token_counts)
    for grads, count in counted:
        for total, grad in zip(totals, grads, strict=True):
            total.add_(grad.double(), alpha=count / labels)

    norm = math.sqrt(math.fsum(float(total.square().sum()) for total in totals))
    factor = max_norm / norm if norm > max_norm else 1.0
    factor, norm = factor / loss_scale, norm / loss_scale
    return [(total * factor).float() for total in totals], torch.tensor(norm, dtype=torch.float32)
