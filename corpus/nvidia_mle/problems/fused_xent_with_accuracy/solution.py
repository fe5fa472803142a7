import torch


def fused_xent_with_accuracy(
    logits: torch.Tensor,
    targets: torch.Tensor,
    ignore_index: int = -100,
    label_smoothing: float = 0.0,
    reduction: str = "mean",
) -> tuple[torch.Tensor, torch.Tensor]:
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"reduction is mean, sum or none, not {reduction!r}")
    if not 0.0 <= label_smoothing <= 1.0:
        raise ValueError("label_smoothing lies in 0 to 1")
    if targets.shape != logits.shape[:-1]:
        raise ValueError("targets need the shape of logits without the vocabulary")

    x = logits.to(torch.promote_types(logits.dtype, torch.float32))  # half precision cannot hold exp(12)
    valid = targets != ignore_index
    safe = targets.masked_fill(~valid, 0)  # -100 is no index that gather accepts
    lse = torch.logsumexp(x, dim=-1)
    loss = lse - x.gather(-1, safe.unsqueeze(-1)).squeeze(-1)
    if label_smoothing > 0:
        # The mean of -log p over the vocabulary is lse - mean(x): no one-hot, no second [B, T, V] tensor.
        loss = (1 - label_smoothing) * loss + label_smoothing * (lse - x.mean(dim=-1))
    loss = loss.masked_fill(~valid, 0)

    count = valid.sum().clamp(min=1)
    with torch.no_grad():
        accuracy = ((x.argmax(dim=-1) == targets) & valid).sum().to(x.dtype) / count
    if reduction == "none":
        return loss, accuracy
    total = loss.sum()
    return (total / count if reduction == "mean" else total), accuracy
