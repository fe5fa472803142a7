import torch
import torch.nn.functional as F

IGNORED = -100


def sequence_logp(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Sum of log p over the labelled tokens of each row: [N]."""
    keep = labels != IGNORED
    safe = labels.masked_fill(~keep, 0)
    wide = logits.to(torch.promote_types(logits.dtype, torch.float32))
    token = wide.gather(-1, safe.unsqueeze(-1)).squeeze(-1) - wide.logsumexp(dim=-1)
    return token.masked_fill(~keep, 0).sum(dim=-1)


def dpo_loss(
    policy_logits: torch.Tensor, ref_logits: torch.Tensor, labels: torch.Tensor, beta: float = 0.1
) -> tuple[torch.Tensor, torch.Tensor]:
    rows = labels.shape[0]
    if policy_logits.shape != ref_logits.shape or policy_logits.shape[:2] != labels.shape:
        raise ValueError("both logits are [2P, T, V], labels are [2P, T]")
    if rows == 0 or rows % 2 or not beta > 0:
        raise ValueError("needs pairs and a beta above 0")
    ratio = sequence_logp(policy_logits, labels) - sequence_logp(ref_logits, labels)
    margin = beta * (ratio[: rows // 2] - ratio[rows // 2 :])
    return -F.logsigmoid(margin).mean(), (margin > 0).to(margin.dtype).mean()
