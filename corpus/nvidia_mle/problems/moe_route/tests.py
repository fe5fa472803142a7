"""Cases of route. The oracle fills the experts' places one choice after the other."""

import math
from typing import Any

import torch

Case = tuple[str, list[Any]]


def _logits(gen: torch.Generator, tokens: int, experts: int) -> torch.Tensor:
    return (torch.randn(tokens, experts, generator=gen) * 64).round() / 32


def visible() -> list[Case]:
    t = torch.tensor
    ln3 = math.log(3.0)
    return [
        ("example-1", [t([[1.0, 0.0], [2.0, 0.0], [3.0, 0.0]]), 1, 2]),
        ("example-2", [t([[ln3, 0.0], [0.0, ln3]]), 2, 1]),
    ]


def _edges() -> list[Case]:
    gen = torch.Generator().manual_seed(12)
    t = torch.tensor
    logits = _logits(gen, 6, 4)
    crowd = t([[5.0, 4.0, 0.0, 0.0]] * 5)
    return [
        (
            "edge-logits-far-apart",
            [t([[0.0, -1000.0, 1000.0, -500.0], [-200.0, 300.0, -900.0, -100.0]]), 3, 4],
        ),
        ("edge-equal-logits", [torch.zeros(3, 4), 2, 2]),
        ("edge-equal-second-choices", [t([[0.0, 1.0, 3.0, 1.0], [2.0, 2.0, 1.0, 2.0]]), 2, 8]),
        ("edge-everybody-wants-the-same", [crowd, 2, 2]),
        (
            "edge-second-choices-find-places-taken",
            [t([[3.0, 2.0, 0.0], [0.0, 3.0, 2.0], [2.0, 3.0, 0.0]]), 2, 2],
        ),
        ("edge-room-for-all", [logits, 2, 12]),
        ("edge-all-experts-chosen", [logits, 4, 3]),
        ("edge-capacity-of-zero", [logits, 2, 0]),
        ("edge-one-expert", [torch.zeros(3, 1), 1, 2]),
        ("edge-one-token", [logits[:1], 3, 1]),
        ("edge-no-tokens", [torch.zeros(0, 4), 2, 3]),
        ("edge-large-logits", [logits * 1e4, 2, 2]),
        ("edge-k-of-zero", [logits, 0, 2]),
        ("edge-k-above-the-experts", [logits, 5, 2]),
        ("edge-negative-capacity", [logits, 2, -1]),
    ]


def _random(seed: int, index: int) -> list[Any]:
    gen = torch.Generator().manual_seed(seed * 1000 + index)
    tokens, experts = (int(torch.randint(1, top, (1,), generator=gen)) for top in (30, 9))
    k = int(torch.randint(1, experts + 1, (1,), generator=gen))
    capacity = int(torch.randint(1, 2 * tokens * k // experts + 3, (1,), generator=gen))
    logits = _logits(gen, tokens, experts)
    if index % 3 == 0:
        logits = logits.round()  # many ties
    return [logits, k, capacity]


def hidden(seed: int) -> list[Case]:
    cases = _edges()
    cases += [(f"random-{index:02d}", _random(seed, index)) for index in range(1, 25)]
    cases.append(("large-batch", [_logits(torch.Generator().manual_seed(seed), 8192, 12), 2, 1500]))
    return cases


def grow(n: int, seed: int) -> list[Any]:
    """n tokens, 16 experts, two choices, a capacity factor of 1.25."""
    return [_logits(torch.Generator().manual_seed(seed), n, 16), 2, n * 5 // 32]


def oracle(logits: torch.Tensor, k: int, capacity: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    tokens, experts = logits.shape
    if k < 1 or k > experts or capacity < 0:
        raise ValueError("k or capacity")
    rows = logits.tolist()
    chosen = [sorted(range(experts), key=lambda e, row=row: (-row[e], e))[:k] for row in rows]
    weights = [[0.0] * k for _ in rows]
    slots = [[-1] * k for _ in rows]
    taken = [0] * experts
    for choice in range(k):
        for token, row in enumerate(rows):
            expert = chosen[token][choice]
            if taken[expert] < capacity:
                slots[token][choice] = taken[expert]
                taken[expert] += 1
                mass = [math.exp(row[e] - max(row)) for e in chosen[token]]
                weights[token][choice] = mass[choice] / math.fsum(mass)
    return (
        torch.tensor(chosen, dtype=torch.int64).reshape(tokens, k),
        torch.tensor(weights, dtype=torch.float32).reshape(tokens, k),
        torch.tensor(slots, dtype=torch.int64).reshape(tokens, k),
    )
