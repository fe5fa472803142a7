import torch


def dpo_loss(
    policy_logits: torch.Tensor, ref_logits: torch.Tensor, labels: torch.Tensor, beta: float = 0.1
) -> tuple[torch.Tensor, torch.Tensor]:
    """Only labelled positions are scored, in float64; the loss is log(1 + exp(-margin)) by logaddexp."""
    if list(policy_logits.shape) != list(ref_logits.shape) or list(labels.shape) != list(
        ref_logits.shape[:2]
    ):
        raise ValueError("shapes do not fit")
    pairs, odd = divmod(len(labels), 2)
    if odd or not pairs or beta <= 0:
        raise ValueError("an even number of rows, and a positive beta")
    row, column = torch.nonzero(labels[:, 1:] != -100, as_tuple=True)
    token = labels[row, column + 1]
    ratio = torch.zeros(2 * pairs, dtype=torch.float64)
    for logits, sign in ((policy_logits, 1.0), (ref_logits, -1.0)):
        picked = torch.log_softmax(logits[row, column].double(), dim=-1)
        ratio.index_add_(0, row, sign * picked[torch.arange(len(token)), token])
    chosen, rejected = ratio.view(2, pairs)
    margin = beta * (chosen - rejected)
    loss = torch.logaddexp(torch.zeros_like(margin), -margin).mean()
    wins = (margin > 0).double().mean()
    return loss.to(policy_logits.dtype), wins.to(policy_logits.dtype)
