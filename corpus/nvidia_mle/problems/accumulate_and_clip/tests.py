"""Cases of accumulate_and_clip. The oracle adds Python floats and takes norms with math.hypot."""

import math
from typing import Any

import torch

Case = tuple[str, list[Any]]
INF, NAN = math.inf, math.nan


def _grid(gen: torch.Generator, *shape: int) -> torch.Tensor:
    return (torch.randn(*shape, generator=gen) * 64).round() / 16


def visible() -> list[Case]:
    t = torch.tensor
    scaled = [[t([3072.0]), t([0.0, 4096.0])]]
    overflow = [[t([1.0, 2.0])], [t([INF, 0.0])]]
    return [
        ("example-1", [[[t([8.0])], [t([0.0])]], [1, 3], 1.0, 10.0]),
        ("example-2", [scaled, [7], 1024.0, 1.0]),
        ("example-3", [overflow, [5, 5], 65536.0, 1.0]),
    ]


def _edges() -> list[Case]:
    gen = torch.Generator().manual_seed(2)
    t = torch.tensor
    two = [[_grid(gen, 2, 3), _grid(gen, 4)] for _ in range(2)]
    nothing = [[t([NAN, NAN])], [t([3.0, 4.0])]]
    huge = [[t([3e30, 0.0]), t([[4e30]])]]
    return [
        ("edge-norm-equals-the-limit", [[[t([3.0, 4.0])]], [2], 1.0, 5.0]),
        ("edge-nan-in-an-uncounted-micro-batch", [nothing, [0, 6], 2.0, 1.0]),
        ("edge-inf-in-an-uncounted-micro-batch", [[[t([1.0])], [t([-INF])]], [4, 0], 1.0, 9.0]),
        ("edge-nothing-counted", [two, [0, 0], 128.0, 1.0]),
        ("edge-nothing-counted-and-nan", [[[t([NAN])]], [0], 128.0, 1.0]),
        ("edge-nan-that-counts", [[[t([1.0])], [t([NAN])]], [1, 1], 1.0, 1.0]),
        ("edge-infinities-that-cancel", [[[t([INF])], [t([-INF])]], [1, 1], 1.0, 1.0]),
        ("edge-zero-gradients", [[[t([0.0, 0.0])]], [3], 1.0, 1.0]),
        ("edge-huge-gradients", [huge, [3], 1.0, 1.0]),
        ("edge-huge-gradients-below-the-limit", [huge, [3], 1.0, 1e31]),
        ("edge-0-dimensional-parameter", [[[t(6.0)], [t(2.0)]], [1, 1], 1.0, 2.0]),
        ("edge-empty-parameter", [[[torch.zeros(0, 3), t([2.0])]], [1], 1.0, 1.0]),
        ("edge-no-parameters", [[[], []], [1, 2], 1.0, 1.0]),
        ("edge-many-labels", [two, [1, 2_000_000_000], 64.0, 0.01]),
        ("edge-no-micro-batches", [[], [], 1.0, 1.0]),
        ("edge-counts-are-missing", [two, [1], 1.0, 1.0]),
        ("edge-negative-count", [two, [3, -1], 1.0, 1.0]),
        ("edge-scale-of-zero", [two, [1, 1], 0.0, 1.0]),
        ("edge-limit-of-zero", [two, [1, 1], 1.0, 0.0]),
    ]


def _random(seed: int, index: int) -> list[Any]:
    gen = torch.Generator().manual_seed(seed * 1000 + index)
    micro, parameters = (int(torch.randint(1, top, (1,), generator=gen)) for top in (6, 5))
    shapes = [torch.randint(1, 4, (n % 3 + 1,), generator=gen).tolist() for n in range(parameters)]
    counts = torch.randint(0, 50, (micro,), generator=gen).tolist()
    grads = [[_grid(gen, *shape) for shape in shapes] for _ in range(micro)]
    if index % 5 == 0:
        grads[-1][-1].view(-1)[0] = NAN
    return [grads, counts, float(2 ** (index % 6)), (0.05, 0.5, 4.0, 100.0)[index % 4]]


def hidden(seed: int) -> list[Case]:
    cases = _edges()
    cases += [(f"random-{index:02d}", _random(seed, index)) for index in range(1, 25)]
    cases.append(("large-model", grow(20_000, seed)))
    return cases


def grow(n: int, seed: int) -> list[Any]:
    """Four micro-batches of a model with n parameters in two tensors."""
    gen = torch.Generator().manual_seed(seed)
    grads = [[_grid(gen, n // 2), _grid(gen, n - n // 2)] for _ in range(4)]
    return [grads, [90, 1800, 0, 410], 1024.0, 1.0]


def oracle(
    micro_grads: list[list[torch.Tensor]], token_counts: list[int], loss_scale: float, max_norm: float
) -> tuple[list[torch.Tensor] | None, torch.Tensor]:
    if not micro_grads or len(micro_grads) != len(token_counts):
        raise ValueError("lengths")
    if any(count < 0 for count in token_counts) or loss_scale <= 0 or max_norm <= 0:
        raise ValueError("values")
    labels = sum(token_counts)
    entries: list[list[float]] = []
    for index, parameter in enumerate(micro_grads[0]):
        sums = [0.0] * parameter.numel()
        for grads, count in zip(micro_grads, token_counts, strict=True):
            if count == 0:
                continue
            values = grads[index].reshape(-1).tolist()
            if not all(math.isfinite(value) for value in values):
                return None, torch.tensor(INF)
            sums = [total + count * value for total, value in zip(sums, values, strict=True)]
        entries.append([total / max(labels, 1) / loss_scale for total in sums])
    norm = math.hypot(*(value for values in entries for value in values))
    factor = min(1.0, max_norm / norm) if norm > 0 else 1.0
    grads = [
        torch.tensor([value * factor for value in values], dtype=torch.float32).reshape(parameter.shape)
        for values, parameter in zip(entries, micro_grads[0], strict=True)
    ]
    return grads, torch.tensor(norm, dtype=torch.float32)
