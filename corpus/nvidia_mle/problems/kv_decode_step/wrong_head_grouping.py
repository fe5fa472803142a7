import torch

BASE = 500_000.0


def rotate(x: torch.Tensor, position: torch.Tensor) -> torch.Tensor:
    """Rotary embedding of x [B, H, D] at position [B], halves layout; angles in float32 at least."""
    half = x.size(-1) // 2
    wide = torch.promote_types(x.dtype, torch.float32)
    frequency = BASE ** (-torch.arange(half, device=x.device, dtype=wide) / half)
    angle = position[:, None].to(wide) * frequency
    cos, sin = angle.cos()[:, None], angle.sin()[:, None]
    a, b = x[..., :half].to(wide), x[..., half:].to(wide)
    return torch.cat((a * cos - b * sin, b * cos + a * sin), dim=-1).to(x.dtype)


def decode_step(
    q: torch.Tensor,
    k: torch.Tensor,
    v: torch.Tensor,
    cache_k: torch.Tensor,
    cache_v: torch.Tensor,
    lengths: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    (batch, query_heads, size), (kv_heads, places) = q.shape, cache_k.shape[1:3]
    if size % 2 or query_heads % kv_heads:
        raise ValueError("D must be even and Hq a multiple of Hkv")
    rows = torch.arange(batch, device=q.device)
    position = lengths
    cache_k[rows, :, lengths] = rotate(k, position)
    cache_v[rows, :, lengths] = v

    grouped = rotate(q, position).view(batch, query_heads // kv_heads, kv_heads, size).transpose(1, 2)
    scores = (grouped @ cache_k.transpose(-2, -1)).float() * size**-0.5
    hidden = torch.arange(places, device=q.device) > lengths[:, None]
    scores = scores.masked_fill(hidden[:, None, None], float("-inf"))
    out = scores.softmax(dim=-1).to(v.dtype) @ cache_v
    return out.transpose(1, 2).reshape(batch, query_heads, size), cache_k, cache_v
