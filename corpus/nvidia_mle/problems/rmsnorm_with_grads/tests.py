"""Cases of rmsnorm_with_grads. The oracle is autograd in float64 on the three-line forward."""

from typing import Any

import torch

Case = tuple[str, list[Any]]


def _grid(gen: torch.Generator, *shape: int) -> torch.Tensor:
    return (torch.randn(*shape, generator=gen) * 16).round() / 16


def _case(gen: torch.Generator, *shape: int, scale: float = 1.0) -> list[Any]:
    x, dy = _grid(gen, *shape) * scale, _grid(gen, *shape)
    return [x, 1 + _grid(gen, shape[-1]) / 2, dy, 1e-6]


def visible() -> list[Case]:
    t = torch.tensor
    return [
        ("example-1", [t([[3.0, 4.0]]), t([1.0, 1.0]), t([[3.0, 4.0]]), 1e-6]),
        ("example-2", [t([[1.0, 1.0]]), t([2.0, 2.0]), t([[1.0, 0.0]]), 1e-6]),
    ]


def _edges() -> list[Case]:
    gen = torch.Generator().manual_seed(10)
    mixed = _case(gen, 5, 4)
    mixed[0] = mixed[0] * torch.tensor([1e-4, 1e-2, 1.0, 1e3, 1e6])[:, None]
    zeros = _case(gen, 2, 3)
    zeros[0][0] = 0.0
    x, g, dy, eps = _case(gen, 2, 3, 4)
    return [
        (
            "edge-small-rows",
            [t * s for t, s in zip(_case(gen, 3, 4)[:3], (1e-4, 1.0, 1e-3), strict=True)] + [1e-5],
        ),
        ("edge-row-of-zeros", [zeros[0], zeros[1], zeros[2], 1e-2]),
        ("edge-rows-of-different-size", mixed),
        ("edge-large-eps", [x, g, dy, 2.0]),
        ("edge-one-vector", [x[0, 0], g, dy[0, 0], eps]),
        ("edge-three-axes", [x, g, dy, eps]),
        ("edge-four-axes", _case(gen, 2, 2, 3, 5)),
        ("edge-one-channel", _case(gen, 4, 1)),
        ("edge-gain-of-zero", [x, torch.zeros(4), dy, eps]),
        ("edge-no-tokens", [torch.zeros(0, 4), g, torch.zeros(0, 4), eps]),
        ("edge-empty-middle-axis", [torch.zeros(2, 0, 4), g, torch.zeros(2, 0, 4), eps]),
        ("edge-transposed-input", [x.transpose(0, 1), g, dy.transpose(0, 1), eps]),
        ("edge-float64", [x.double() / 3, g.double(), dy.double() / 7, eps]),
        ("edge-gain-of-wrong-size", [x, torch.ones(3), dy, eps]),
        ("edge-gain-of-one-entry", [x, torch.ones(1), dy, eps]),
        ("edge-gradient-of-wrong-shape", [x, g, dy[0], eps]),
        ("edge-eps-of-zero", [x, g, dy, 0.0]),
    ]


def _random(seed: int, index: int) -> list[Any]:
    gen = torch.Generator().manual_seed(seed * 1000 + index)
    axes = index % 3 + 1
    shape = [int(torch.randint(1, 6, (1,), generator=gen)) for _ in range(axes)]
    return _case(
        gen, *shape, int(torch.randint(1, 9, (1,), generator=gen)), scale=(0.25, 1.0, 30.0)[index % 3]
    )


def hidden(seed: int) -> list[Case]:
    cases = _edges()
    cases += [(f"random-{index:02d}", _random(seed, index)) for index in range(1, 25)]
    cases.append(("large-batch", grow(49_152, seed)))
    return cases


def grow(n: int, seed: int) -> list[Any]:
    """About n input numbers: tokens of 256 channels."""
    return _case(torch.Generator().manual_seed(seed), max(n // 256, 1), 256)


def oracle(
    x: torch.Tensor, g: torch.Tensor, dy: torch.Tensor, eps: float = 1e-6
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    if list(g.shape) != [x.shape[-1]] or list(dy.shape) != list(x.shape) or eps <= 0:
        raise ValueError("bad input")
    wide_x, wide_g = (part.detach().double().requires_grad_(True) for part in (x, g))
    y = wide_x / torch.sqrt((wide_x**2).mean(-1, keepdim=True) + eps) * wide_g
    dx, dg = torch.autograd.grad((y * dy.double()).sum(), (wide_x, wide_g))
    return y.detach().to(x.dtype), dx.to(x.dtype), dg.to(x.dtype)
