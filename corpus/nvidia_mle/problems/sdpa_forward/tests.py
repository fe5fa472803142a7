"""Cases of sdpa_forward. Without dropout the output is compared with a loop over queries in float64.

With dropout it is random, so check() looks at what must hold for every draw: in these cases the values are two
identity matrices side by side, which makes the output show each attention weight twice.
"""

import math
from typing import Any

import torch

Case = tuple[str, list[Any]]
RTOL, ATOL = 1e-4, 1e-5
SIGMAS = 6.0  # of the number of dropped weights: one false alarm in 500 million runs


def _grid(gen: torch.Generator, *shape: int, scale: float = 1.0) -> torch.Tensor:
    return (torch.randn(*shape, generator=gen) * scale * 16).round() / 16


def _padding(lengths: list[int], time: int, *, left: bool) -> torch.Tensor:
    at = torch.arange(time)
    return torch.stack([at < time - n if left else at >= n for n in lengths])


def visible() -> list[Case]:
    q = torch.ones(1, 1, 3, 2)
    k = torch.zeros(1, 1, 3, 2)
    v = torch.tensor([[[[2.0, 0.0], [4.0, 1.0], [9.0, 2.0]]]])
    return [
        ("example-1", [q, k, v]),
        ("example-2", [q, k, v, torch.tensor([[False, True, False]])]),
        ("example-3", [q, k, v, torch.tensor([[True, True, False]])]),
    ]


def _dropout_case(time: int, p: float, mask: torch.Tensor | None) -> list[Any]:
    gen = torch.Generator().manual_seed(time)
    q, k = (_grid(gen, 1, 4, time, 2 * time, scale=0.5) for _ in range(2))
    eye = torch.eye(time)
    v = torch.cat((eye, eye), dim=1).expand(1, 4, time, 2 * time).contiguous()
    return [q, k, v, mask, p, True]


def _edges() -> list[Case]:
    gen = torch.Generator().manual_seed(3)
    q, k, v = (_grid(gen, 2, 2, 4, 3) for _ in range(3))
    none = torch.zeros(2, 4, dtype=torch.bool)
    large = q * 2000, k * 2000, v
    empty = torch.zeros(0, 2, 4, 3)
    no_time = torch.zeros(2, 2, 0, 3)
    return [
        ("edge-one-token", [q[:, :, :1], k[:, :, :1], v[:, :, :1]]),
        ("edge-mask-of-false", [q, k, v, none]),
        ("edge-all-padding", [q, k, v, ~none]),
        ("edge-one-sequence-all-padding", [q, k, v, torch.tensor([[True] * 4, [False] * 4])]),
        ("edge-left-padding", [q, k, v, _padding([2, 3], 4, left=True)]),
        ("edge-right-padding", [q, k, v, _padding([1, 3], 4, left=False)]),
        ("edge-large-scores", [*large]),
        ("edge-large-scores-left-padding", [*large, _padding([1, 2], 4, left=True)]),
        ("edge-equal-low-scores", [torch.full_like(q, 1000.0), torch.full_like(k, -1000.0), v]),
        ("edge-no-dropout-in-evaluation", [q, k, v, None, 0.5, False]),
        ("edge-training-without-dropout", [q, k, v, None, 0.0, True]),
        ("edge-dropout-falls-on-weights", _dropout_case(16, 0.5, None)),
        ("edge-dropout-small-p", _dropout_case(17, 0.1, None)),
        ("edge-dropout-with-left-padding", _dropout_case(16, 0.3, _padding([12], 16, left=True))),
        ("edge-float64", [q.double(), k.double(), v.double(), _padding([3, 1], 4, left=True)]),
        ("edge-no-sequences", [empty, empty, empty]),
        ("edge-no-tokens", [no_time, no_time, no_time, torch.zeros(2, 0, dtype=torch.bool)]),
        ("edge-dropout-of-one", [q, k, v, None, 1.0, True]),
        ("edge-negative-dropout", [q, k, v, None, -0.1, False]),
        ("edge-mask-of-wrong-shape", [q, k, v, none[:, :3]]),
    ]


def _random(seed: int, index: int) -> list[Any]:
    gen = torch.Generator().manual_seed(seed * 1000 + index)
    b, h, t, d = (int(torch.randint(1, top, (1,), generator=gen)) for top in (4, 4, 9, 7))
    q, k, v = (_grid(gen, b, h, t, d, scale=1.5) for _ in range(3))
    if index % 4 == 0:
        return [q, k, v]
    if index % 4 == 3:
        return [q, k, v, torch.rand(b, t, generator=gen) < 0.4]
    lengths = torch.randint(0, t + 1, (b,), generator=gen).tolist()
    return [q, k, v, _padding(lengths, t, left=index % 4 == 1)]


def hidden(seed: int) -> list[Case]:
    cases = _edges()
    cases += [(f"random-{index:02d}", _random(seed, index)) for index in range(1, 25)]
    gen = torch.Generator().manual_seed(seed)
    q, k, v = (_grid(gen, 2, 2, 384, 16) for _ in range(3))
    cases.append(("large-sequence", [q, k, v, _padding([384, 200], 384, left=True)]))
    return cases


def grow(n: int, seed: int) -> list[Any]:
    """One sequence of n tokens with two heads."""
    gen = torch.Generator().manual_seed(seed)
    return [_grid(gen, 1, 2, n, 16) for _ in range(3)]


def oracle(
    q: torch.Tensor,
    k: torch.Tensor,
    v: torch.Tensor,
    key_padding_mask: torch.Tensor | None = None,
    dropout_p: float = 0.0,
    training: bool = False,
) -> torch.Tensor:
    """The output without dropout; what dropout may change is check()'s business."""
    batch, heads, time, size = q.shape
    if not 0 <= dropout_p < 1:
        raise ValueError("dropout_p")
    if key_padding_mask is not None and list(key_padding_mask.shape) != [batch, time]:
        raise ValueError("key_padding_mask")
    out = torch.zeros(q.shape, dtype=torch.float64)
    for b in range(batch):
        hidden_keys = [False] * time if key_padding_mask is None else key_padding_mask[b].tolist()
        for h in range(heads):
            for i in range(time):
                seen = [j for j in range(i + 1) if not hidden_keys[j]]
                if seen:
                    scores = k[b, h, seen].double() @ q[b, h, i].double() / math.sqrt(size)
                    weights = torch.exp(scores - scores.max())
                    out[b, h, i] = weights / weights.sum() @ v[b, h, seen].double()
    return out.to(q.dtype)


def _tensor(value: Any) -> torch.Tensor | None:
    """The tensor that the data describe, None if they describe none."""
    if isinstance(value, torch.Tensor):
        return value
    try:
        box = value["__tensor__"]
        dtype = {"float32": torch.float32, "float64": torch.float64}[box["dtype"]]
        data = [float(x["__float__"]) if isinstance(x, dict) else float(x) for x in box["data"]]
        return torch.tensor(data, dtype=dtype).reshape([int(n) for n in box["shape"]])
    except (KeyError, TypeError, ValueError, RuntimeError, OverflowError):
        return None


def check(args: list[Any], expected: Any, got: Any) -> str | None:
    want, have = _tensor(expected), _tensor(got)
    if want is None or have is None:
        return "The function has to return one tensor of float32 or float64."
    if have.shape != want.shape or have.dtype != want.dtype:
        return f"Expected {want.dtype} of shape {list(want.shape)}, got {have.dtype} of shape {list(have.shape)}."
    if not bool(torch.isfinite(have).all()):
        return "The output is not finite everywhere."
    p = float(args[4]) if len(args) > 4 else 0.0
    if p > 0 and len(args) > 5 and args[5] is True:
        return _check_dropped(want, have, p)
    if torch.allclose(have, want, rtol=RTOL, atol=ATOL):
        return None
    at = int((have - want).abs().argmax())
    return f"Entry {at} of the flattened output is {have.reshape(-1)[at]:.6g}, expected {want.reshape(-1)[at]:.6g}."


def _check_dropped(want: torch.Tensor, have: torch.Tensor, p: float) -> str | None:
    half = want.shape[-1] // 2
    if not torch.allclose(have[..., :half], have[..., half:], rtol=RTOL, atol=ATOL):
        return (
            "Two equal value columns give different outputs: dropout does not fall on the attention weights."
        )
    have, want = have[..., :half], want[..., :half]
    seen = want > 1e-4
    kept = have.abs() > ATOL
    if bool((kept & (want == 0)).any()):
        return "A hidden key has a weight."
    if not torch.allclose(have[kept & seen], want[kept & seen] / (1 - p), rtol=RTOL, atol=ATOL):
        return "A weight that was kept is not the softmax weight divided by 1 - p."
    n = int(seen.sum())
    dropped = int((seen & ~kept).sum())
    if abs(dropped - n * p) > SIGMAS * math.sqrt(n * p * (1 - p)):
        return f"{dropped} of {n} weights were dropped; about {n * p:.0f} are expected."
    by_head = (seen & ~kept).flatten(2)
    if bool((by_head == by_head[:1, :1]).all()) and want.shape[1] > 1:
        return "All heads drop the same weights; each weight is drawn independently."
    return None
