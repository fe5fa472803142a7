"""Cases of fused_xent_with_accuracy. The oracle is a loop over positions in Python's floats."""

import math
from typing import Any

import torch

Case = tuple[str, list[Any]]
IGNORED = -100


def _logits(gen: torch.Generator, *shape: int, scale: float = 2.0) -> torch.Tensor:
    return (torch.randn(*shape, generator=gen) * scale * 16).round() / 16


def visible() -> list[Case]:
    ln4 = math.log(4.0)
    two = torch.tensor([[[ln4, 0.0, 0.0], [0.0, 0.0, 0.0]]])
    four = torch.tensor([[[3.0, 0.0], [1.0, 0.0]], [[1.0, 2.0], [0.0, 4.0]]])
    three = torch.tensor([[[1.0, 0.5, -0.5, 0.0], [0.0, 2.0, 1.0, -1.0], [1.0, 1.0, 0.0, 3.0]]])
    return [
        ("example-1", [two, torch.tensor([[0, 2]])]),
        ("example-2", [four, torch.tensor([[IGNORED, 0], [0, IGNORED]])]),
        ("example-3", [three, torch.tensor([[0, IGNORED, 1]]), IGNORED, 0.3, "none"]),
    ]


def _edges() -> list[Case]:
    gen = torch.Generator().manual_seed(1)
    some = _logits(gen, 2, 3, 5)
    wanted = torch.tensor([[0, 4, 2], [3, 1, 0]])
    ignored = torch.full((2, 3), IGNORED)
    large = torch.tensor([[[1e4, -1e4, 9999.0], [-1e4, -1e4, -1e4], [200.0, 100.0, 0.0]]])
    ties = torch.tensor([[[1.0, 3.0, 3.0], [2.0, 2.0, 0.0], [0.0, 5.0, 5.0]]])
    return [
        ("edge-large-logits", [large, torch.tensor([[2, 1, 2]])]),
        ("edge-large-logits-smoothed", [large, torch.tensor([[0, 1, IGNORED]]), IGNORED, 0.1, "sum"]),
        ("edge-all-ignored", [some, ignored]),
        ("edge-all-ignored-smoothed", [some, ignored, IGNORED, 0.2, "mean"]),
        ("edge-all-ignored-sum", [some, ignored, IGNORED, 0.0, "sum"]),
        ("edge-all-ignored-none", [some, ignored, IGNORED, 0.1, "none"]),
        ("edge-ignore-index-is-a-token", [some, wanted, 0, 0.0, "mean"]),
        ("edge-ignore-index-is-the-last-token", [some, wanted, 4, 0.1, "none"]),
        ("edge-ties-take-the-lowest-id", [ties, torch.tensor([[1, 1, 2]])]),
        ("edge-full-smoothing", [some, wanted, IGNORED, 1.0, "mean"]),
        ("edge-one-token-vocabulary", [torch.tensor([[[5.0], [-3.0]]]), torch.tensor([[0, IGNORED]])]),
        ("edge-no-positions", [torch.zeros(2, 0, 4), torch.zeros(2, 0, dtype=torch.int64)]),
        (
            "edge-no-batch-none",
            [torch.zeros(0, 3, 4), torch.zeros(0, 3, dtype=torch.int64), IGNORED, 0.0, "none"],
        ),
        ("edge-float64", [some.double() * 3, wanted, IGNORED, 0.05, "mean"]),
        ("edge-unknown-reduction", [some, wanted, IGNORED, 0.0, "average"]),
        ("edge-smoothing-above-one", [some, wanted, IGNORED, 1.5, "mean"]),
        ("edge-negative-smoothing", [some, wanted, IGNORED, -0.1, "mean"]),
        ("edge-shapes-differ", [some, wanted.t(), IGNORED, 0.0, "mean"]),
    ]


def _random(seed: int, index: int) -> list[Any]:
    gen = torch.Generator().manual_seed(seed * 1000 + index)
    batch, time, vocabulary = (int(torch.randint(1, top, (1,), generator=gen)) for top in (4, 7, 12))
    logits = _logits(gen, batch, time, vocabulary, scale=4.0)
    targets = torch.randint(0, vocabulary, (batch, time), generator=gen)
    targets[torch.rand(batch, time, generator=gen) < 0.3] = IGNORED
    smoothing = (0.0, 0.1, 0.25)[index % 3]
    return [logits, targets, IGNORED, smoothing, ("mean", "sum", "none", "mean")[index % 4]]


def hidden(seed: int) -> list[Case]:
    cases = _edges()
    cases += [(f"random-{index:02d}", _random(seed, index)) for index in range(1, 25)]
    gen = torch.Generator().manual_seed(seed)
    logits, targets = grow(96_000, seed)
    targets[torch.rand(targets.shape, generator=gen) < 0.5] = IGNORED
    cases.append(("large-vocabulary", [logits, targets, IGNORED, 0.1, "mean"]))
    return cases


def grow(n: int, seed: int) -> list[Any]:
    """About n logits: one sequence over a vocabulary of 500."""
    gen = torch.Generator().manual_seed(seed)
    time = max(n // 500, 1)
    return [_logits(gen, 1, time, 500), torch.randint(0, 500, (1, time), generator=gen)]


def _position(row: list[float], target: int, smoothing: float) -> float:
    top = max(row)
    lse = top + math.log(math.fsum(math.exp(x - top) for x in row))
    return (1 - smoothing) * (lse - row[target]) + smoothing * math.fsum(lse - x for x in row) / len(row)


def oracle(
    logits: torch.Tensor,
    targets: torch.Tensor,
    ignore_index: int = IGNORED,
    label_smoothing: float = 0.0,
    reduction: str = "mean",
) -> tuple[torch.Tensor, torch.Tensor]:
    if reduction not in ("mean", "sum", "none") or not 0 <= label_smoothing <= 1:
        raise ValueError("bad option")
    if list(targets.shape) != list(logits.shape)[:2]:
        raise ValueError("shapes differ")
    losses, hits = [], []
    rows = logits.double().reshape(-1, logits.shape[-1]).tolist()
    for row, target in zip(rows, targets.reshape(-1).tolist(), strict=True):
        counted = target != ignore_index
        losses.append(_position(row, target, label_smoothing) if counted else 0.0)
        if counted:
            hits.append(row.index(max(row)) == target)
    dtype = logits.dtype
    accuracy = torch.tensor(sum(hits) / len(hits) if hits else 0.0, dtype=dtype)
    if reduction == "none":
        return torch.tensor(losses, dtype=dtype).reshape(targets.shape), accuracy
    total = math.fsum(losses)
    return torch.tensor(total / max(len(hits), 1) if reduction == "mean" else total, dtype=dtype), accuracy
