"""Cases of merge. They are made from logits and values, and the oracle is a softmax in Python's floats where it can be:
it undoes the scaling of each split with math.exp of differences alone.
"""

import math
from typing import Any

import torch

Case = tuple[str, list[Any]]
NEVER = -math.inf


def _split(logits: torch.Tensor, values: torch.Tensor, parts: int) -> list[Any]:
    """Triples of `parts` splits: logits [..., K], values [..., K, D]."""
    m, l, o = [], [], []
    for index in torch.arange(logits.shape[-1]).tensor_split(parts):
        some = logits[..., index].double()
        top = some.amax(dim=-1) if len(index) else torch.full(logits.shape[:-1], NEVER).double()
        weight = torch.exp(some - torch.where(torch.isinf(top), 0.0, top)[..., None])
        m.append(top.float())
        l.append(weight.sum(dim=-1).float())
        o.append((weight[..., None] * values[..., index, :].double()).sum(dim=-2).float())
    return [torch.stack(m), torch.stack(l), torch.stack(o)]


def _grid(gen: torch.Generator, *shape: int, scale: float = 1.0) -> torch.Tensor:
    return (torch.randn(*shape, generator=gen) * scale * 8).round() / 8


def visible() -> list[Case]:
    t = torch.tensor
    first = [t([[0.0], [math.log(3.0)]]), t([[1.0], [1.0]]), t([[[1.0]], [[5.0]]])]
    second = [
        t([[10.0, NEVER], [NEVER, NEVER]]),
        t([[2.0, 0.0], [0.0, 0.0]]),
        t([[[6.0], [0.0]], [[0.0], [0.0]]]),
    ]
    return [("example-1", first), ("example-2", second)]


def _edges() -> list[Case]:
    gen = torch.Generator().manual_seed(13)
    t = torch.tensor
    logits, values = _grid(gen, 3, 12), _grid(gen, 3, 12, 2)
    some = logits.clone()
    some[0, :3], some[1, 9:], some[2, 3:9] = NEVER, NEVER, NEVER
    far = logits + torch.linspace(-300.0, 300.0, 12)
    heads = logits + t([[-400.0], [0.0], [500.0]])
    m, l, o = _split(logits, values, 4)
    return [
        ("edge-large-logits", _split(logits + 900.0, values, 4)),
        ("edge-very-negative-logits", _split(logits - 9e4, values, 4)),
        ("edge-maxima-far-apart", _split(far, values, 4)),
        ("edge-heads-far-apart", _split(heads, values, 4)),
        ("edge-masked-splits", _split(some, values, 4)),
        ("edge-masked-splits-of-large-logits", _split(some + 9e4, values, 4)),
        ("edge-all-masked", _split(torch.full((3, 12), NEVER), values, 4)),
        ("edge-one-split", _split(logits, values, 1)),
        ("edge-one-key-per-split", _split(logits, values, 12)),
        ("edge-more-splits-than-keys", _split(logits, values, 14)),
        ("edge-unequal-splits", _split(logits, values, 5)),
        ("edge-no-heads-axis", _split(logits[0], values[0], 3)),
        ("edge-batch-and-heads", _split(logits.expand(2, 3, 12), values.expand(2, 3, 12, 2), 3)),
        ("edge-one-dominant-key", _split(t([[0.0, 0.0, 0.0, 0.0, 20.0]]), _grid(gen, 1, 5, 3), 2)),
        ("edge-no-splits", [torch.zeros(0, 3), torch.zeros(0, 3), torch.zeros(0, 3, 2)]),
        ("edge-no-heads", [torch.zeros(2, 0), torch.zeros(2, 0), torch.zeros(2, 0, 4)]),
        ("edge-sums-of-another-shape", [m, l[:3], o]),
        ("edge-outputs-without-an-axis", [m, l, o[..., 0]]),
        ("edge-outputs-of-another-shape", [m, l, o[:, :2]]),
    ]


def _random(seed: int, index: int) -> list[Any]:
    gen = torch.Generator().manual_seed(seed * 1000 + index)
    heads, keys, size, parts = (int(torch.randint(1, top, (1,), generator=gen)) for top in (5, 40, 5, 9))
    logits = _grid(gen, heads, keys, scale=(1.0, 10.0, 100.0)[index % 3])
    logits[torch.rand(heads, keys, generator=gen) < (0.0, 0.3, 0.9)[index % 3]] = NEVER
    return _split(logits, _grid(gen, heads, keys, size), parts)


def hidden(seed: int) -> list[Case]:
    cases = _edges()
    cases += [(f"random-{index:02d}", _random(seed, index)) for index in range(1, 25)]
    cases.append(("large-context", grow(512, seed)))
    return cases


def grow(n: int, seed: int) -> list[Any]:
    """n splits of four heads of size 16."""
    gen = torch.Generator().manual_seed(seed)
    return [
        _grid(gen, n, 4, scale=4.0),
        1 + torch.randint(0, 64, (n, 4), generator=gen) / 8,
        _grid(gen, n, 4, 16),
    ]


def oracle(m: torch.Tensor, l: torch.Tensor, o: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    if m.dim() < 1 or list(m.shape) != list(l.shape) or list(o.shape)[:-1] != list(m.shape):
        raise ValueError("shapes")
    splits, rest, size = m.shape[0], list(m.shape)[1:], o.shape[-1]
    heads = math.prod(rest)
    tops, sums = m.reshape(splits, heads).tolist(), l.reshape(splits, heads).tolist()
    outs = o.reshape(splits, heads, size).tolist()
    out, lse = torch.zeros(heads, size, dtype=torch.float64), torch.full((heads,), NEVER, dtype=torch.float64)
    for h in range(heads):
        alive = [s for s in range(splits) if tops[s][h] > NEVER]
        if not alive:
            continue
        top = max(tops[s][h] for s in alive)
        scale = {s: math.exp(tops[s][h] - top) for s in alive}
        total = math.fsum(scale[s] * sums[s][h] for s in alive)
        lse[h] = top + math.log(total)
        for d in range(size):
            out[h, d] = math.fsum(scale[s] * outs[s][h][d] for s in alive) / total
    return out.float().reshape([*rest, size]), lse.float().reshape(rest)
