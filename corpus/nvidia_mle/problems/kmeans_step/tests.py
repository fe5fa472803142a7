"""Cases of step. The oracle measures distances in Python's floats, exactly where the inputs are small integers."""

from typing import Any

import torch

Case = tuple[str, list[Any]]


def visible() -> list[Case]:
    t = torch.tensor
    first = [t([[0.0, 0.0], [0.0, 2.0], [10.0, 0.0]]), t([[1.0, 1.0], [9.0, 1.0], [-5.0, 20.0]])]
    return [
        ("example-1", first),
        ("example-2", [t([[0.0], [2.0], [4.0], [-2.0]]), t([[1.0], [3.0]])]),
    ]


def _offset_case(seed: int, offset: float, points: int) -> list[Any]:
    """Clusters one apart around a common mean; coordinates are multiples of 1/8."""
    gen = torch.Generator().manual_seed(seed)
    centers = torch.randint(-4, 5, (12, 6), generator=gen).float()
    member = torch.randint(0, 12, (points,), generator=gen)
    x = centers[member] + torch.randint(-1, 2, (points, 6), generator=gen) / 8
    return [x + offset, torch.unique(centers, dim=0) + offset + 0.125]


def _edges() -> list[Case]:
    t = torch.tensor
    square = t([[0.0, 0.0], [0.0, 4.0], [4.0, 0.0], [4.0, 4.0]])
    gen = torch.Generator().manual_seed(9)
    x = torch.randn(20, 3, generator=gen)
    return [
        ("edge-common-mean", _offset_case(1, 4096.0, 40)),
        ("edge-negative-common-mean", _offset_case(2, -6000.0, 40)),
        ("edge-one-vector", [t([[1.0, 2.0]]), t([[5.0, 5.0], [0.0, 0.0]])]),
        ("edge-one-centroid", [x, t([[9.0, 9.0, 9.0]])]),
        ("edge-duplicate-centroids", [square, t([[1.0, 1.0], [1.0, 1.0], [5.0, 5.0], [5.0, 5.0]])]),
        ("edge-all-vectors-equal", [t([[3.0, -1.0]] * 4), t([[0.0, 0.0], [3.0, 0.0]])]),
        ("edge-tie-of-four", [t([[0.0, 0.0]] * 4), t([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])]),
        ("edge-tie-at-the-origin", [t([[-2.0], [0.0], [2.0], [0.0]]), t([[1.0], [-1.0]])]),
        ("edge-more-centroids-than-vectors", [x[:3], torch.randn(8, 3, generator=gen)]),
        ("edge-centroids-on-vectors", [square, square.flip(0)]),
        (
            "edge-far-outlier",
            [t([[0.0, 1.0], [1.0, 0.0], [1000.0, 1000.0]]), t([[0.0, 0.0], [900.0, 900.0]])],
        ),
        ("edge-no-vectors", [torch.zeros(0, 3), x[:4]]),
        ("edge-no-centroids", [x, torch.zeros(0, 3)]),
        ("edge-dimensions-differ", [x, torch.zeros(2, 4)]),
    ]


def _random(seed: int, index: int) -> list[Any]:
    """Continuous numbers: that two centroids are equally near has no chance."""
    gen = torch.Generator().manual_seed(seed * 1000 + index)
    n, k, d = (int(torch.randint(1, top, (1,), generator=gen)) for top in (60, 9, 6))
    shift = torch.randn(d, generator=gen) * (index % 3)
    return [torch.randn(n, d, generator=gen) + shift, torch.randn(k, d, generator=gen) + shift]


def hidden(seed: int) -> list[Case]:
    cases = _edges()
    cases += [(f"random-{index:02d}", _random(seed, index)) for index in range(1, 25)]
    gen = torch.Generator().manual_seed(seed)
    centers = torch.cartesian_prod(*[torch.arange(8.0)] * 3)
    x = centers[torch.randint(0, 512, (20_000,), generator=gen)]
    x = x + torch.randint(-3, 4, x.shape, generator=gen) / 16
    cases.append(("large-index", [x, centers + 0.0625]))
    return cases


def grow(n: int, seed: int) -> list[Any]:
    """n vectors of dimension 8 and 64 centroids."""
    gen = torch.Generator().manual_seed(seed)
    x = (torch.randn(n, 8, generator=gen) * 16).round() / 16
    return [x, torch.randn(64, 8, generator=gen)]


def oracle(x: torch.Tensor, c: torch.Tensor) -> torch.Tensor:
    if len(c) == 0 or x.shape[1] != c.shape[1]:
        raise ValueError("centroids")
    old = c.tolist()
    members: list[list[list[float]]] = [[] for _ in old]
    for vector in x.tolist():
        distances = [sum((a - b) ** 2 for a, b in zip(vector, center, strict=True)) for center in old]
        members[distances.index(min(distances))].append(vector)
    new = [
        [sum(column) / len(group) for column in zip(*group, strict=True)] if group else center
        for group, center in zip(members, old, strict=True)
    ]
    return torch.tensor(new, dtype=torch.float32).reshape(c.shape)
