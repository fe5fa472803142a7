"""Cases of conv2d. The oracle is the definition: a loop over output pixels with Python's floats."""

import math
from typing import Any

import torch

Case = tuple[str, list[Any]]


def _grid(gen: torch.Generator, *shape: int) -> torch.Tensor:
    return (torch.randn(*shape, generator=gen) * 8).round() / 8


def visible() -> list[Case]:
    image = torch.arange(1.0, 10.0).reshape(1, 1, 3, 3)
    kernel = torch.tensor([[[[1.0, 0.0], [0.0, 10.0]]]])
    wide = torch.tensor([[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]])
    return [
        ("example-1", [image, kernel, 1, 0]),
        ("example-2", [wide, torch.ones(1, 1, 2, 2), 2, 1]),
    ]


def _edges() -> list[Case]:
    gen = torch.Generator().manual_seed(8)
    x, w = _grid(gen, 2, 3, 5, 5), _grid(gen, 4, 3, 3, 3)
    return [
        ("edge-one-by-one-kernel", [x, _grid(gen, 2, 3, 1, 1), 1, 0]),
        ("edge-several-channels", [x, w, 1, 0]),
        ("edge-wide-image", [_grid(gen, 1, 2, 3, 7), _grid(gen, 2, 2, 2, 3), 1, 0]),
        ("edge-tall-kernel", [_grid(gen, 1, 2, 6, 4), _grid(gen, 3, 2, 4, 1), 1, 0]),
        ("edge-stride-does-not-divide", [_grid(gen, 1, 1, 6, 8), _grid(gen, 1, 1, 3, 3), 2, 0]),
        ("edge-stride-larger-than-kernel", [_grid(gen, 1, 2, 7, 8), _grid(gen, 2, 2, 2, 2), 3, 0]),
        ("edge-kernel-as-large-as-image", [x, _grid(gen, 2, 3, 5, 5), 1, 0]),
        ("edge-kernel-fits-with-padding-only", [_grid(gen, 1, 1, 2, 2), _grid(gen, 1, 1, 4, 4), 1, 1]),
        ("edge-padding-wider-than-kernel", [_grid(gen, 1, 1, 2, 3), _grid(gen, 1, 1, 1, 2), 1, 2]),
        ("edge-same-size", [x, w, 1, 1]),
        ("edge-stride-and-padding", [_grid(gen, 2, 3, 6, 9), w, 2, 1]),
        ("edge-one-pixel", [torch.tensor([[[[3.0]]]]), torch.tensor([[[[-2.0]]]]), 1, 0]),
        ("edge-no-images", [torch.zeros(0, 3, 5, 5), w, 1, 1]),
        ("edge-float64", [x.double() / 3, w.double() / 3, 1, 1]),
        ("edge-channels-differ", [x, _grid(gen, 4, 2, 3, 3), 1, 0]),
        ("edge-kernel-too-large", [x, _grid(gen, 1, 3, 6, 2), 1, 0]),
        ("edge-stride-of-zero", [x, w, 0, 0]),
        ("edge-negative-padding", [x, w, 1, -1]),
    ]


def _random(seed: int, index: int) -> list[Any]:
    gen = torch.Generator().manual_seed(seed * 1000 + index)
    n, c, o, kh, kw, stride = (int(torch.randint(1, top, (1,), generator=gen)) for top in (3, 4, 4, 4, 4, 4))
    pad, more_h, more_w = (int(torch.randint(0, top, (1,), generator=gen)) for top in (3, 5, 5))
    return [_grid(gen, n, c, kh + more_h, kw + more_w), _grid(gen, o, c, kh, kw), stride, pad]


def hidden(seed: int) -> list[Case]:
    cases = _edges()
    cases += [(f"random-{index:02d}", _random(seed, index)) for index in range(1, 25)]
    gen = torch.Generator().manual_seed(seed)
    cases.append(("large-image", [_grid(gen, 4, 16, 28, 30), _grid(gen, 32, 16, 3, 3), 1, 1]))
    return cases


def grow(n: int, seed: int) -> list[Any]:
    """About n input pixels in 16 channels, 3 x 3 kernels with 16 outputs."""
    gen = torch.Generator().manual_seed(seed)
    side = max(round(math.sqrt(n / 16)), 3)
    return [_grid(gen, 1, 16, side, side), _grid(gen, 16, 16, 3, 3), 1, 1]


def oracle(x: torch.Tensor, w: torch.Tensor, stride: int = 1, pad: int = 0) -> torch.Tensor:
    (n, c, height, width), (o, wc, kh, kw) = x.shape, w.shape
    if c != wc or stride < 1 or pad < 0 or kh > height + 2 * pad or kw > width + 2 * pad:
        raise ValueError("bad shapes")
    oh, ow = (height + 2 * pad - kh) // stride + 1, (width + 2 * pad - kw) // stride + 1
    out = torch.zeros(n, o, oh, ow, dtype=torch.float64)
    images, kernels = x.tolist(), w.tolist()
    for image in range(n):
        for k in range(o):
            for i in range(oh):
                for j in range(ow):
                    total = 0.0
                    for a in range(kh):
                        for b in range(kw):
                            row, column = i * stride + a - pad, j * stride + b - pad
                            if 0 <= row < height and 0 <= column < width:
                                total += sum(
                                    images[image][d][row][column] * kernels[k][d][a][b] for d in range(c)
                                )
                    out[image, k, i, j] = total
    return out.to(x.dtype)
