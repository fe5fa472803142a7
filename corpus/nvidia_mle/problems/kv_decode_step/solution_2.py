import torch


def decode_step(
    q: torch.Tensor,
    k: torch.Tensor,
    v: torch.Tensor,
    cache_k: torch.Tensor,
    cache_v: torch.Tensor,
    lengths: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """One slot at a time, cut to its length; the rotation is a complex product."""
    group, rest = divmod(q.shape[1], cache_k.shape[1])
    half, odd = divmod(q.shape[2], 2)
    if rest or odd:
        raise ValueError("heads do not divide, or the head size is odd")
    frequency = torch.pow(500_000.0, -torch.arange(half, dtype=torch.float64) / half)
    out = torch.empty_like(q)
    for slot, length in enumerate(lengths.tolist()):
        turn = torch.polar(torch.ones_like(frequency), length * frequency)

        def rotated(x: torch.Tensor, turn: torch.Tensor = turn) -> torch.Tensor:
            z = torch.complex(x[:, :half].double(), x[:, half:].double()) * turn
            return torch.cat((z.real, z.imag), dim=1).to(x.dtype)

        cache_k[slot, :, length] = rotated(k[slot])
        cache_v[slot, :, length] = v[slot]
        keys = cache_k[slot, :, : length + 1].repeat_interleave(group, dim=0)
        values = cache_v[slot, :, : length + 1].repeat_interleave(group, dim=0)
        scores = torch.einsum("hd,hsd->hs", rotated(q[slot]), keys) / q.shape[2] ** 0.5
        out[slot] = torch.einsum("hs,hsd->hd", scores.softmax(dim=1), values)
    return out, cache_k, cache_v
