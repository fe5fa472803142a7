import torch
import torch.nn.functional as F


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
    weights = torch.softmax(q @ k.transpose(-2, -1) * size**-0.5, dim=-1)
    weights = weights * torch.ones(time, time, dtype=q.dtype).tril()
    if key_padding_mask is not None:
        weights = weights * ~key_padding_mask[:, None, None, :]
    return F.dropout(weights, dropout_p, training) @ v
