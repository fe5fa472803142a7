"""Cases of dpo_loss. The oracle adds Python floats token by token."""

import math
from typing import Any

import torch

Case = tuple[str, list[Any]]
IGNORED = -100


def _grid(gen: torch.Generator, *shape: int, scale: float = 1.0) -> torch.Tensor:
    return (torch.randn(*shape, generator=gen) * scale * 16).round() / 16


def visible() -> list[Case]:
    same = torch.tensor([[[2.0, 0.0, 1.0]] * 2, [[0.0, 1.0, 3.0]] * 2])
    policy = torch.tensor([[[math.log(4.0), 0.0], [0.0, 0.0]], [[math.log(4.0), 0.0], [9.0, 0.0]]])
    return [
        ("example-1", [same, same.clone(), torch.tensor([[IGNORED, 2], [IGNORED, 0]]), 0.1]),
        ("example-2", [policy, torch.zeros(2, 2, 2), torch.tensor([[IGNORED, 0], [IGNORED, 1]]), 0.5]),
    ]


def _edges() -> list[Case]:
    gen = torch.Generator().manual_seed(11)
    t = torch.tensor
    policy, ref = _grid(gen, 4, 5, 6, scale=2.0), _grid(gen, 4, 5, 6)
    full = torch.randint(0, 6, (4, 5), generator=gen)
    full[:, 0] = IGNORED
    masked = full.clone()
    masked[:, :3] = IGNORED
    masked[1:3, 4] = IGNORED
    none = torch.full((4, 5), IGNORED)
    first = none.clone()
    first[:, 0] = 2
    first[0, 1] = 3
    strong = t([[[0.0, 3000.0], [0.0, 0.0]], [[0.0, 3000.0], [0.0, 0.0]]])
    losing = t([[IGNORED, 0], [IGNORED, 1]])
    zeros = torch.zeros_like(strong)
    long = torch.full((2, 4), IGNORED)
    long[0, 1:], long[1, 2] = t([1, 2, 0]), 1
    return [
        ("edge-answers-of-different-length", [policy[:2, :4, :3], ref[:2, :4, :3], long, 0.25]),
        ("edge-hopeless-pair", [strong, zeros, losing, 1.0]),
        ("edge-certain-pair", [strong, zeros, losing.flip(0), 1.0]),
        ("edge-two-pairs", [policy, ref, full, 0.1]),
        ("edge-prompt-and-padding", [policy, ref, masked, 0.1]),
        ("edge-label-at-the-first-position", [policy, ref, first, 1.0]),
        ("edge-nothing-labelled", [policy, ref, none, 0.1]),
        ("edge-one-empty-answer", [policy[:2], ref[:2], torch.cat((none[:1], full[1:2])), 0.5]),
        ("edge-one-position", [policy[:2, :1], ref[:2, :1], t([[3], [4]]), 0.1]),
        ("edge-one-token-vocabulary", [policy[:, :, :1], ref[:, :, :1], full.clamp(max=0), 0.1]),
        ("edge-large-logits", [policy * 4000, ref * 4000, full, 0.01]),
        ("edge-large-beta", [policy, ref, full, 50.0]),
        ("edge-float64", [policy.double() / 3, ref.double() / 3, masked, 0.1]),
        ("edge-odd-rows", [policy[:3], ref[:3], full[:3], 0.1]),
        ("edge-no-rows", [policy[:0], ref[:0], full[:0], 0.1]),
        ("edge-vocabularies-differ", [policy, ref[:, :, :5], full, 0.1]),
        ("edge-labels-of-wrong-length", [policy, ref, full[:, 1:], 0.1]),
        ("edge-beta-of-zero", [policy, ref, full, 0.0]),
    ]


def _case(gen: torch.Generator, pairs: int, time: int, vocabulary: int, beta: float) -> list[Any]:
    policy, ref = _grid(gen, 2 * pairs, time, vocabulary, scale=2.0), _grid(gen, 2 * pairs, time, vocabulary)
    labels = torch.randint(0, vocabulary, (2 * pairs, time), generator=gen)
    prompt = torch.randint(0, time, (pairs, 1), generator=gen).repeat(2, 1)
    end = torch.randint(1, time + 1, (2 * pairs, 1), generator=gen)
    at = torch.arange(time)
    labels[(at < prompt) | (at >= end)] = IGNORED
    return [policy, ref, labels, beta]


def _random(seed: int, index: int) -> list[Any]:
    gen = torch.Generator().manual_seed(seed * 1000 + index)
    pairs, time, vocabulary = (int(torch.randint(1, top, (1,), generator=gen)) for top in (5, 8, 9))
    return _case(gen, pairs, time, vocabulary, (0.1, 0.5, 2.0)[index % 3])


def hidden(seed: int) -> list[Case]:
    cases = _edges()
    cases += [(f"random-{index:02d}", _random(seed, index)) for index in range(1, 25)]
    cases.append(("large-batch", grow(49_152, seed)))
    return cases


def grow(n: int, seed: int) -> list[Any]:
    """About n logits of each model: two pairs over a vocabulary of 64."""
    return _case(torch.Generator().manual_seed(seed), 2, max(n // 256, 2), 64, 0.1)


def _logp(logits: list[list[float]], labels: list[int]) -> float:
    total = []
    for row, label in zip(logits, labels[1:], strict=False):
        if label != IGNORED:
            top = max(row)
            total.append(row[label] - top - math.log(math.fsum(math.exp(x - top) for x in row)))
    return math.fsum(total)


def oracle(
    policy_logits: torch.Tensor, ref_logits: torch.Tensor, labels: torch.Tensor, beta: float = 0.1
) -> tuple[torch.Tensor, torch.Tensor]:
    n = len(labels)
    if list(policy_logits.shape) != list(ref_logits.shape) or list(policy_logits.shape)[:2] != list(
        labels.shape
    ):
        raise ValueError("shapes")
    if n == 0 or n % 2 or beta <= 0:
        raise ValueError("rows or beta")
    policy, ref, ids = policy_logits.double().tolist(), ref_logits.double().tolist(), labels.tolist()
    ratio = [_logp(policy[i], ids[i]) - _logp(ref[i], ids[i]) for i in range(n)]
    margins = [beta * (ratio[i] - ratio[i + n // 2]) for i in range(n // 2)]
    losses = [max(-m, 0.0) + math.log1p(math.exp(-abs(m))) for m in margins]
    dtype = policy_logits.dtype
    loss = torch.tensor(math.fsum(losses) / len(losses), dtype=dtype)
    return loss, torch.tensor(sum(m > 0 for m in margins) / len(margins), dtype=dtype)
