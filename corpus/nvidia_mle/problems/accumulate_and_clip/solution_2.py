import torch


def accumulate_and_clip(
    micro_grads: list[list[torch.Tensor]],
    token_counts: list[int],
    loss_scale: float,
    max_norm: float,
) -> tuple[list[torch.Tensor] | None, torch.Tensor]:
    """All in float32: parameters flattened into one vector, the largest entry taken out before squaring."""
    if len(token_counts) != len(micro_grads) or len(token_counts) == 0:
        raise ValueError("lists of different length, or empty")
    if any(n < 0 for n in token_counts) or loss_scale <= 0 or max_norm <= 0:
        raise ValueError("negative count, or a limit that is not positive")

    shapes = [grad.shape for grad in micro_grads[0]]
    sizes = [grad.numel() for grad in micro_grads[0]]
    flat = torch.zeros(sum(sizes))
    whole = max(sum(token_counts), 1)
    for grads, n in zip(micro_grads, token_counts, strict=True):
        if n == 0 or not grads:
            continue
        vector = torch.cat([grad.reshape(-1) for grad in grads])
        if not torch.isfinite(vector).all():
            return None, torch.tensor(float("inf"))
        flat = flat + vector / loss_scale * (n / whole)

    top = flat.abs().max() if flat.numel() else torch.tensor(0.0)
    norm = torch.tensor(0.0)
    if top > 0:
        unit = flat / top
        norm = top * unit.norm()
        if norm > max_norm:
            flat = unit * (max_norm / unit.norm())
    return [part.view(shape) for part, shape in zip(flat.split(sizes), shapes, strict=True)], norm
