"""Cases of mean_pool. The oracle adds the real tokens of each row with math.fsum."""

import math
from typing import Any

import torch

Case = tuple[str, list[Any]]
NAN, INF = math.nan, math.inf


def _grid(gen: torch.Generator, *shape: int) -> torch.Tensor:
    return (torch.randn(*shape, generator=gen) * 64).round() / 16


def visible() -> list[Case]:
    t = torch.tensor
    h = t([[[1.0, 2.0], [3.0, 4.0], [100.0, 100.0]], [[5.0, 6.0], [-7.0, 8.0], [9.0, 9.0]]])
    first = t([[True, True, False], [True, False, False]])
    empty = t([[True, True], [False, False]])
    return [
        ("example-1", [h, first]),
        ("example-2", [t([[[2.0], [4.0]], [[1.0], [1.0]]]), empty]),
    ]


def _edges() -> list[Case]:
    gen = torch.Generator().manual_seed(6)
    h = _grid(gen, 3, 4, 2)
    mask = torch.tensor([[True, True, False, False], [False, True, True, True], [True, False, True, False]])
    bad = h.clone()
    bad[~mask] = NAN
    infinite = h.clone()
    infinite[0, 3], infinite[1, 0], infinite[2, 1] = INF, -INF, NAN
    broken = h.clone()
    broken[1, 2, 0], broken[0, 1, 1], broken[2, 3] = NAN, INF, NAN
    none = torch.zeros(3, 4, dtype=torch.bool)
    return [
        ("edge-nan-at-padding", [bad, mask]),
        ("edge-infinities-at-padding", [infinite, mask]),
        ("edge-nan-at-a-real-token", [broken, mask]),
        ("edge-all-rows-empty", [h, none]),
        ("edge-empty-rows-of-nan", [torch.full((2, 3, 2), NAN), torch.zeros(2, 3, dtype=torch.bool)]),
        ("edge-all-tokens-real", [h, ~none]),
        ("edge-one-token", [h[:, :1], ~none[:, :1]]),
        ("edge-no-time", [torch.zeros(3, 0, 2), torch.zeros(3, 0, dtype=torch.bool)]),
        ("edge-no-batch", [torch.zeros(0, 4, 2), torch.zeros(0, 4, dtype=torch.bool)]),
        ("edge-no-channels", [torch.zeros(3, 4, 0), mask]),
        ("edge-large-values", [h * 1e30, mask]),
        ("edge-float64", [h.double() / 3, mask]),
        ("edge-batch-equals-time", [_grid(gen, 3, 3, 3), torch.tensor([[True, False, False]] * 3)]),
        ("edge-integer-mask", [h, mask.long()]),
        ("edge-float-mask", [h, mask.float()]),
        ("edge-transposed-mask", [h, mask.t().contiguous()]),
        ("edge-mask-with-a-third-axis", [h, mask.unsqueeze(-1)]),
    ]


def _random(seed: int, index: int) -> list[Any]:
    gen = torch.Generator().manual_seed(seed * 1000 + index)
    batch, time, size = (int(torch.randint(1, top, (1,), generator=gen)) for top in (6, 9, 6))
    h = _grid(gen, batch, time, size)
    mask = torch.rand(batch, time, generator=gen) < (0.2, 0.5, 0.8)[index % 3]
    if index % 2:
        h[~mask] = (NAN, INF, -INF)[index % 3]
    return [h, mask]


def hidden(seed: int) -> list[Case]:
    cases = _edges()
    cases += [(f"random-{index:02d}", _random(seed, index)) for index in range(1, 25)]
    cases.append(("large-batch", grow(98_304, seed)))
    return cases


def grow(n: int, seed: int) -> list[Any]:
    """About n hidden numbers: rows of 128 tokens with 16 channels, a tenth of the tokens real."""
    gen = torch.Generator().manual_seed(seed)
    h = _grid(gen, max(n // 2048, 1), 128, 16)
    return [h, torch.rand(h.shape[:2], generator=gen) < 0.1]


def oracle(h: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    if mask.dtype != torch.bool or list(mask.shape) != list(h.shape)[:2]:
        raise ValueError("mask")
    batch, time, size = h.shape
    out = torch.zeros(batch, size, dtype=torch.float64)
    for b in range(batch):
        real = [t for t in range(time) if bool(mask[b, t])]
        for d in range(size if real else 0):
            out[b, d] = sum(float(h[b, t, d]) for t in real) / len(real)
    return out.to(h.dtype)
