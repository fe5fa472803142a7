import torch
import torch.nn.functional as F

NEG_INF = float("-inf")


def sdpa_forward(
    q: torch.Tensor,
    k: torch.Tensor,
    v: torch.Tensor,
    key_padding_mask: torch.Tensor | None = None,
    dropout_p: float = 0.0,
    training: bool = False,
) -> torch.Tensor:
    if not 0.0 <= dropout_p < 1.0:
        raise ValueError("dropout_p lies in 0 <= p < 1")
    batch, _, time, size = q.shape
    if key_padding_mask is not None and key_padding_mask.shape != (batch, time):
        raise ValueError("key_padding_mask needs the shape [B, T]")
    if q.numel() == 0:
        return torch.zeros_like(q)

    wide = torch.promote_types(q.dtype, torch.float32)
    scores = ((q * size**-0.5) @ k.transpose(-2, -1)).to(wide)
    scores = scores + torch.full((time, time), NEG_INF, dtype=wide, device=q.device).triu(1)
    if key_padding_mask is not None:
        scores = scores.masked_fill(~key_padding_mask[:, None, None, :], NEG_INF)

    top = scores.detach().amax(dim=-1, keepdim=True)
    dead = top == NEG_INF  # no visible key: -inf minus -inf would be NaN
    weights = torch.exp(scores - top.masked_fill(dead, 0.0))
    weights = weights / weights.sum(dim=-1, keepdim=True).masked_fill(dead, 1.0)
    weights = F.dropout(weights, dropout_p, training)
    return weights.to(v.dtype) @ v
