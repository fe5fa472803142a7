import math

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
    batch, heads, time, size = q.shape
    if key_padding_mask is not None and key_padding_mask.shape != (batch, time):
        raise ValueError("key_padding_mask needs the shape [B, T]")
    out = torch.zeros_like(q)
    for b in range(batch):
        for h in range(heads):
            for i in range(time):
                scores = torch.full((time,), -math.inf, dtype=q.dtype)
                for j in range(i + 1):
                    if key_padding_mask is None or not key_padding_mask[b, j]:
                        dot = torch.zeros((), dtype=q.dtype)
                        for d in range(size):
                            dot += q[b, h, i, d] * k[b, h, j, d]
                        scores[j] = dot / math.sqrt(size)
                if scores.max() > -math.inf:
                    weights = F.dropout(torch.softmax(scores, dim=0), dropout_p, training)
                    out[b, h, i] = weights @ v[b, h]
    return out
