"""Cases for row_softmax. The oracle goes row by row with Python's own floats."""

import math

import torch


def visible():
    return [("example-1", [torch.zeros(1, 2)])]


def hidden(seed):
    random = torch.Generator().manual_seed(seed)
    minus = float("-inf")
    cases = [
        ("edge-large", [torch.tensor([[1000.0, 999.0], [-1000.0, -1001.0]])]),
        ("edge-empty-row", [torch.tensor([[minus, minus], [0.0, minus]])]),
    ]
    for number in range(1, 4):
        cases.append((f"random-{number}", [torch.randn(3, 5, generator=random)]))
    return [*cases, ("large-rows", grow(200_000, seed))]


def oracle(scores):
    rows = []
    for row in scores.tolist():
        top = max(row)
        weights = [0.0 if top == float("-inf") else math.exp(score - top) for score in row]
        rows.append([weight / (sum(weights) or 1.0) for weight in weights])
    return torch.tensor(rows)


def grow(n, seed):
    return [torch.randn(n // 100, 100, generator=torch.Generator().manual_seed(seed))]
