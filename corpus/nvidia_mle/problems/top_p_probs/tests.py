"""Cases of top_p_probs. The oracle sorts Python floats. Random p lie in the middle of the crossing token's mass, so that
no rounding of a cumulative sum decides."""

import math
from typing import Any

import torch

Case = tuple[str, list[Any]]
NEVER = -math.inf


def _args(logits: list[list[float]], p: list[float], temperature: list[float]) -> list[Any]:
    t = torch.tensor
    return [t(logits).reshape(len(p), -1), t(p), t(temperature)]


def visible() -> list[Case]:
    ln2 = math.log(2.0)
    row = [2 * ln2, ln2, 0.0, 0.0]
    return [
        ("example-1", _args([row, row], [0.6, 0.1], [1.0, 1.0])),
        ("example-2", _args([[1.0, 5.0, 5.0], [2 * ln2, 0.0, NEVER]], [0.9, 0.7], [0.0, 2.0])),
    ]


def _edges() -> list[Case]:
    flat = [0.0] * 4
    large = [[1e4, -1e4, 9999.0, 0.0], [-1e4, -1e4, -1e4, -9999.5]]
    return [
        ("edge-mass-reached-exactly", _args([flat, flat], [0.5, 0.75], [1.0, 3.0])),
        ("edge-equal-tokens-by-rising-id", _args([flat, [0.0, 1.0, 0.0, 1.0]], [0.6, 0.3], [1.0, 1.0])),
        (
            "edge-p-of-one-keeps-rare-tokens",
            _args([[40.0, 0.0, 5.0], [0.0, 30.0, 0.0]], [1.0, 1.0], [1.0, 1.0]),
        ),
        ("edge-tiny-p", _args([flat, [1.0, 2.0, 3.0, 2.5]], [1e-6, 1e-6], [1.0, 1.0])),
        (
            "edge-forbidden-tokens",
            _args([[NEVER, 1.0, NEVER, 1.0], [NEVER, NEVER, 0.0, NEVER]], [1.0, 0.5], [1.0, 1.0]),
        ),
        ("edge-greedy-ignores-p", _args([[1.0, 3.0, 2.0], [7.0, 7.0, 7.0]], [1.0, 0.01], [0.0, 0.0])),
        ("edge-greedy-with-forbidden-tokens", _args([[NEVER, NEVER, -3.0]], [1.0], [0.0])),
        ("edge-large-logits", _args(large, [0.9, 0.99], [1.0, 1.0])),
        ("edge-small-temperature", _args([[8.0, 9.0, 8.5], [1e4, -1e4, 0.0]], [0.99, 0.5], [0.01, 0.01])),
        ("edge-high-temperature", _args([[4.0, 0.0, 0.0, 0.0]], [0.5], [1000.0])),
        ("edge-one-token", _args([[-3.0], [2.0]], [0.5, 1.0], [1.0, 0.0])),
        ("edge-greedy-beside-sampling", _args([[1.0, 0.0]] * 3, [0.9, 0.9, 0.5], [0.0, 1.0, 1.0])),
        ("edge-no-rows", [torch.zeros(0, 5), torch.zeros(0), torch.zeros(0)]),
        ("edge-p-of-zero", _args([flat], [0.0], [1.0])),
        ("edge-p-above-one", _args([flat], [1.5], [1.0])),
        ("edge-negative-temperature", _args([flat], [0.5], [-1.0])),
        ("edge-one-p-for-two-rows", [torch.zeros(2, 4), torch.tensor([0.5]), torch.ones(2)]),
        ("edge-column-of-temperatures", [torch.zeros(2, 4), torch.ones(2), torch.ones(2, 1)]),
    ]


def _case(gen: torch.Generator, batch: int, vocabulary: int) -> list[Any]:
    logits = (torch.randn(batch, vocabulary, generator=gen) * 48).round() / 16
    temperature = torch.tensor([0.5, 0.75, 1.0, 1.5, 2.0])[torch.randint(0, 5, (batch,), generator=gen)]
    q = (logits.double() / temperature[:, None]).softmax(dim=-1).sort(dim=-1, descending=True).values
    last = torch.multinomial(q, 1, generator=gen)  # the token that is to cross p
    p = (q.cumsum(dim=-1) - q / 2).gather(-1, last).squeeze(-1).float()
    temperature[torch.rand(batch, generator=gen) < 0.1] = 0.0
    p[torch.rand(batch, generator=gen) < 0.1] = 1.0
    return [logits, p, temperature]


def _random(seed: int, index: int) -> list[Any]:
    gen = torch.Generator().manual_seed(seed * 1000 + index)
    batch, vocabulary = (int(torch.randint(1, top, (1,), generator=gen)) for top in (7, 30))
    logits, p, temperature = _case(gen, batch, vocabulary)
    if index % 4 == 0 and vocabulary > 1:
        logits[:, 0] = logits[:, 1]  # a tie; p stays off its border only if it is 1
        p[:] = 1.0
    return [logits, p, temperature]


def hidden(seed: int) -> list[Case]:
    cases = _edges()
    cases += [(f"random-{index:02d}", _random(seed, index)) for index in range(1, 25)]
    cases.append(("large-batch", _case(torch.Generator().manual_seed(seed), 64, 1500)))
    return cases


def grow(n: int, seed: int) -> list[Any]:
    """Eight requests over a vocabulary of n / 8."""
    return _case(torch.Generator().manual_seed(seed), 8, max(n // 8, 1))


def _row(logits: list[float], p: float, temperature: float) -> list[float]:
    top = max(logits)
    if temperature == 0:
        best = logits.index(top)
        return [float(token == best) for token in range(len(logits))]
    weights = [math.exp((x - top) / temperature) for x in logits]
    total = math.fsum(weights)
    kept: dict[int, float] = {}
    for token in sorted(range(len(logits)), key=lambda token: (-logits[token], token)):
        if p < 1 and math.fsum(kept.values()) / total >= p:
            break
        kept[token] = weights[token]
    mass = math.fsum(kept.values())
    return [kept.get(token, 0.0) / mass for token in range(len(logits))]


def oracle(logits: torch.Tensor, p: torch.Tensor, temperature: torch.Tensor) -> torch.Tensor:
    if list(p.shape) != [len(logits)] or list(temperature.shape) != [len(logits)]:
        raise ValueError("shapes")
    if not all(0 < x <= 1 for x in p.tolist()) or any(x < 0 for x in temperature.tolist()):
        raise ValueError("settings")
    rows = zip(logits.tolist(), p.tolist(), temperature.tolist(), strict=True)
    return torch.tensor([_row(*row) for row in rows], dtype=torch.float32).reshape(logits.shape)
