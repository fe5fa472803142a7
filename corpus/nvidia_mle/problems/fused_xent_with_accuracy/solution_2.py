import torch


def fused_xent_with_accuracy(
    logits: torch.Tensor,
    targets: torch.Tensor,
    ignore_index: int = -100,
    label_smoothing: float = 0.0,
    reduction: str = "mean",
) -> tuple[torch.Tensor, torch.Tensor]:
    """Only counted rows are gathered, and these in chunks, so that no second [B, T, V] tensor exists."""
    if reduction not in {"mean", "sum", "none"} or label_smoothing < 0 or label_smoothing > 1:
        raise ValueError("unknown reduction or smoothing outside of 0 to 1")
    if tuple(targets.shape) != tuple(logits.shape[:2]):
        raise ValueError("targets must be [B, T]")

    rows = logits.reshape(-1, logits.shape[-1])
    flat = targets.reshape(-1)
    losses = torch.zeros(flat.numel(), dtype=logits.dtype)
    counted = torch.nonzero(flat != ignore_index).squeeze(1)
    hits = 0
    for part in counted.split(1024):
        chunk, wanted = rows[part], flat[part]
        logp = torch.log_softmax(chunk, dim=1)
        nll = -logp[torch.arange(len(part)), wanted]
        losses[part] = torch.lerp(nll, -logp.mean(dim=1), label_smoothing)
        hits += int((chunk.argmax(dim=1) == wanted).sum())

    accuracy = torch.tensor(hits / max(len(counted), 1), dtype=logits.dtype)
    if reduction == "none":
        return losses.view(targets.shape), accuracy
    if reduction == "sum":
        return losses.sum(), accuracy
    return losses.sum() / max(len(counted), 1), accuracy
