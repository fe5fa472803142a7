"""Cases of decode_step. The oracle loops over slots and heads in Python's floats."""

import math
from typing import Any

import torch

Case = tuple[str, list[Any]]
BASE = 500_000.0


def _grid(gen: torch.Generator, *shape: int) -> torch.Tensor:
    return (torch.randn(*shape, generator=gen) * 16).round() / 16


def _case(
    gen: torch.Generator, lengths: list[int], heads: tuple[int, int], places: int, size: int
) -> list[Any]:
    """Caches with rubbish of 1e4 behind every length."""
    batch, (query_heads, kv_heads) = len(lengths), heads
    caches = []
    for _ in range(2):
        cache = _grid(gen, batch, kv_heads, places, size)
        for slot, length in enumerate(lengths):
            cache[slot, :, length:] = 1e4 * torch.sign(cache[slot, :, length:] + 0.01)
        caches.append(cache)
    k, v = (_grid(gen, batch, kv_heads, size) for _ in range(2))
    held = torch.tensor(lengths, dtype=torch.int64)
    return [_grid(gen, batch, query_heads, size), k, v, *caches, held]


def visible() -> list[Case]:
    new = torch.tensor([[[1.0, 2.0]]])
    first = [
        new,
        torch.tensor([[[0.5, -1.0]]]),
        torch.tensor([[[3.0, 4.0]]]),
        torch.full((1, 1, 2, 2), 9999.0),
        torch.full((1, 1, 2, 2), -9999.0),
        torch.tensor([0]),
    ]
    second = [
        torch.tensor([[[1.0, 0.0], [0.0, 2.0]]]),
        torch.tensor([[[1.0, 0.0]]]),
        torch.tensor([[[2.0, 4.0]]]),
        torch.tensor([[[[1.0, 0.0], [0.0, 0.0], [7.0, 7.0]]]]),
        torch.tensor([[[[1.0, 1.0], [0.0, 0.0], [8.0, 8.0]]]]),
        torch.tensor([1]),
    ]
    return [("example-1", first), ("example-2", second)]


def _edges() -> list[Case]:
    gen = torch.Generator().manual_seed(5)
    large = _case(gen, [3, 1], (2, 1), 5, 4)
    large[0], large[3] = large[0] * 100, large[3] * 100
    odd = _case(gen, [1], (2, 1), 3, 4)
    cut = [x[..., :3].contiguous() for x in odd[:5]] + odd[5:]
    return [
        ("edge-slots-of-different-length", _case(gen, [0, 5, 2], (2, 1), 6, 2)),
        ("edge-last-place", _case(gen, [3, 0], (2, 2), 4, 4)),
        ("edge-one-place", _case(gen, [0], (1, 1), 1, 2)),
        ("edge-all-slots-empty", _case(gen, [0, 0, 0], (4, 2), 4, 4)),
        ("edge-heads-in-groups-of-four", _case(gen, [4, 2], (8, 2), 6, 4)),
        ("edge-as-many-kv-heads", _case(gen, [2, 3], (3, 3), 5, 6)),
        ("edge-large-scores", large),
        ("edge-long-slot", _case(gen, [250], (1, 1), 256, 4)),
        ("edge-no-slots", _case(gen, [], (2, 1), 4, 4)),
        ("edge-float64", [x.double() for x in _case(gen, [2, 4], (4, 2), 6, 4)[:5]] + [torch.tensor([2, 4])]),
        ("edge-heads-do-not-divide", _case(gen, [1], (3, 2), 3, 4)),
        ("edge-odd-head-size", cut),
    ]


def _random(seed: int, index: int) -> list[Any]:
    gen = torch.Generator().manual_seed(seed * 1000 + index)
    batch, kv_heads, group, half, places = (
        int(torch.randint(1, top, (1,), generator=gen)) for top in (5, 4, 4, 4, 12)
    )
    lengths = torch.randint(0, places, (batch,), generator=gen).tolist()
    return _case(gen, lengths, (kv_heads * group, kv_heads), places, 2 * half)


def hidden(seed: int) -> list[Case]:
    cases = _edges()
    cases += [(f"random-{index:02d}", _random(seed, index)) for index in range(1, 25)]
    gen = torch.Generator().manual_seed(seed)
    cases.append(("large-cache", _case(gen, [700, 12, 1023], (8, 2), 1024, 8)))
    return cases


def grow(n: int, seed: int) -> list[Any]:
    """A slot that is nearly full in a cache of n places."""
    return _case(torch.Generator().manual_seed(seed), [n - 2], (2, 1), n, 2)


def _rotated(x: list[float], position: int) -> list[float]:
    half = len(x) // 2
    low, high = [], []
    for i in range(half):
        angle = position * BASE ** (-i / half)
        cos, sin = math.cos(angle), math.sin(angle)
        low.append(x[i] * cos - x[i + half] * sin)
        high.append(x[i + half] * cos + x[i] * sin)
    return low + high


def _attended(query: list[float], keys: list[list[float]], values: list[list[float]]) -> list[float]:
    scores = [math.fsum(a * b for a, b in zip(query, key, strict=True)) / len(query) ** 0.5 for key in keys]
    weights = [math.exp(s - max(scores)) for s in scores]
    total = math.fsum(weights)
    return [
        math.fsum(w * x for w, x in zip(weights, column, strict=True)) / total
        for column in zip(*values, strict=True)
    ]


def oracle(
    q: torch.Tensor,
    k: torch.Tensor,
    v: torch.Tensor,
    cache_k: torch.Tensor,
    cache_v: torch.Tensor,
    lengths: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    (batch, query_heads, size), kv_heads = q.shape, cache_k.shape[1]
    if query_heads % kv_heads or size % 2:
        raise ValueError("heads or head size")
    keys, values = cache_k.double(), cache_v.double()
    out = torch.zeros(q.shape, dtype=torch.float64)
    for b in range(batch):
        n = int(lengths[b])
        for g in range(kv_heads):
            keys[b, g, n] = torch.tensor(_rotated(k[b, g].tolist(), n), dtype=torch.float64)
            values[b, g, n] = v[b, g].double()
        for h in range(query_heads):
            g = h // (query_heads // kv_heads)
            query = _rotated(q[b, h].tolist(), n)
            row = _attended(query, keys[b, g, : n + 1].tolist(), values[b, g, : n + 1].tolist())
            out[b, h] = torch.tensor(row, dtype=torch.float64)
    return out.to(q.dtype), keys.to(cache_k.dtype), values.to(cache_v.dtype)
