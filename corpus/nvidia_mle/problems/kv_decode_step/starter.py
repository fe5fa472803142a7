import torch


def decode_step(
    q: torch.Tensor,
    k: torch.Tensor,
    v: torch.Tensor,
    cache_k: torch.Tensor,
    cache_v: torch.Tensor,
    lengths: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return (out [B, Hq, D], cache_k, cache_v) for one new token per slot, at position lengths[b].

    The caches [B, Hkv, S, D] are updated in place.
    """
    raise NotImplementedError
