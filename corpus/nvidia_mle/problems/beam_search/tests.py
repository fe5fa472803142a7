"""Cases of beam_search. The oracle is the description in the statement, word by word, with sorted lists and no early end."""

import math
from typing import Any

import numpy as np

Case = tuple[str, list[Any]]
NEVER = -math.inf


def _table(probabilities: Any) -> np.ndarray:
    with np.errstate(divide="ignore"):
        return np.log(np.array(probabilities, dtype=np.float64))


def _random_table(rng: np.random.Generator, steps: int, size: int, sharp: float = 1.5) -> np.ndarray:
    logits = rng.normal(size=(steps, size, size)) * sharp
    return np.minimum(np.round(logits - np.log(np.exp(logits).sum(-1, keepdims=True)), 6), 0.0)


def visible() -> list[Case]:
    ends = [[1.0, 0.0, 0.0], [0.4, 0.0, 0.6], [0.5, 0.25, 0.25]]
    talks = [[[1.0, 0.0, 0.0], [0.0, 0.25, 0.75], [1.0, 0.0, 0.0]]]
    return [
        ("example-1", [_table([ends, ends]), 1, 0, 2, 1.0]),
        ("example-2", [_table(talks), 1, 0, 1, 0.0]),
    ]


def _crowd() -> list[Any]:
    """eos is always likely; the best hypothesis per token takes three more steps."""
    step = [[1.0, 0.0, 0.0, 0.0], [0.5, 0.01, 0.46, 0.03], [0.52, 0.02, 0.44, 0.02], [0.1, 0.1, 0.2, 0.6]]
    last = [[1.0, 0.0, 0.0, 0.0], [0.3, 0.2, 0.4, 0.1], [0.96, 0.01, 0.02, 0.01], [0.7, 0.1, 0.1, 0.1]]
    return [_table([step, step, step, last]), 1, 0, 1, 1.0]


def _late() -> list[Any]:
    """Two short hypotheses are finished at once, and a long one is nearly certain after its first step."""
    first = [[1.0, 0.0, 0.0, 0.0], [0.3, 0.0, 0.36, 0.34], [1.0, 0.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0]]
    then = [[1.0, 0.0, 0.0, 0.0], [0.25] * 4, [0.6, 0.11, 0.2, 0.09], [0.02, 0.01, 0.012, 0.958]]
    last = [[1.0, 0.0, 0.0, 0.0], [0.25] * 4, [0.6, 0.11, 0.2, 0.09], [0.97, 0.008, 0.01, 0.012]]
    return [_table([first, then, then, then, last]), 1, 0, 2, 1.0]


def _edges() -> list[Case]:
    rng = np.random.default_rng(14)
    table = _random_table(rng, 5, 6)
    wide = _random_table(rng, 3, 3)
    certain = _table([[[0.0, 1.0], [1.0, 0.0]]] * 3)
    dead = np.full((2, 3, 3), NEVER)
    half = dead.copy()
    half[0, 1, 2] = -0.5
    silent = table.copy()
    silent[:, :, 0] = NEVER
    return [
        ("edge-late-winner", _late()),
        ("edge-eos-crowds-the-beam", _crowd()),
        ("edge-greedy", [table, 1, 0, 1, 0.7]),
        ("edge-beam-as-wide-as-the-tree", [wide, 1, 0, 50, 1.0]),
        ("edge-no-normalisation", [table, 1, 0, 4, 0.0]),
        ("edge-strong-normalisation", [table, 1, 0, 4, 3.0]),
        ("edge-eos-comes-first", [certain, 1, 0, 2, 1.0]),
        ("edge-eos-never-comes", [silent, 1, 0, 3, 0.6]),
        ("edge-bos-is-an-ordinary-token", [table, 2, 5, 3, 0.8]),
        ("edge-bos-is-eos", [table, 0, 0, 3, 0.8]),
        ("edge-one-token", [np.full((3, 1, 1), -0.25), 0, 0, 2, 1.0]),
        ("edge-one-step", [table[:1], 1, 0, 3, 1.0]),
        ("edge-nothing-is-possible", [dead, 1, 0, 2, 1.0]),
        ("edge-dead-end", [half, 1, 0, 2, 1.0]),
        ("edge-width-of-zero", [table, 1, 0, 0, 1.0]),
        ("edge-negative-alpha", [table, 1, 0, 2, -0.5]),
        ("edge-eos-is-no-token", [table, 1, 6, 2, 1.0]),
        ("edge-negative-bos", [table, -1, 0, 2, 1.0]),
        ("edge-no-steps", [table[:0], 1, 0, 2, 1.0]),
        ("edge-table-is-not-square", [table[:, :4], 1, 0, 2, 1.0]),
        ("edge-table-of-two-axes", [table[0], 1, 0, 2, 1.0]),
    ]


def _random(seed: int, index: int) -> list[Any]:
    rng = np.random.default_rng(seed * 1000 + index)
    steps, size = int(rng.integers(2, 8)), int(rng.integers(3, 9))
    table = _random_table(rng, steps, size)
    if index % 4 == 0:
        table[rng.random(table.shape) < 0.3] = NEVER
    bos, eos = rng.permutation(size)[:2].tolist()
    return [table, bos, eos, int(rng.integers(1, 6)), (0.0, 0.6, 1.0, 1.4)[index % 4]]


def hidden(seed: int) -> list[Case]:
    cases = _edges()
    cases += [(f"random-{index:02d}", _random(seed, index)) for index in range(1, 31)]
    table = _random_table(np.random.default_rng(seed), 12, 60)
    cases.append(("large-vocabulary", [table, 1, 0, 16, 0.8]))
    return cases


def grow(n: int, seed: int) -> list[Any]:
    """Four steps over a vocabulary of n."""
    return [_random_table(np.random.default_rng(seed), 4, n), 1, 0, 8, 0.8]


def oracle(log_probs: np.ndarray, bos: int, eos: int, width: int, alpha: float) -> tuple[float, list[int]]:
    shape = log_probs.shape
    if len(shape) != 3 or shape[0] < 1 or shape[1] < 1 or shape[1] != shape[2]:
        raise ValueError("table")
    if not 0 <= bos < shape[1] or not 0 <= eos < shape[1] or width < 1 or alpha < 0:
        raise ValueError("options")
    living: list[tuple[float, list[int]]] = [(0.0, [])]
    finished: list[tuple[float, list[int]]] = []
    for rows in log_probs.tolist():
        grown = []
        for total, tokens in living:
            for token, value in enumerate(rows[tokens[-1] if tokens else bos]):
                if value > NEVER:
                    grown.append((total + value, [*tokens, token]))
        grown.sort(key=lambda pair: -pair[0])
        kept = grown[: 2 * width]
        finished += [(total, tokens) for total, tokens in kept if tokens[-1] == eos]
        living = [(total, tokens) for total, tokens in kept if tokens[-1] != eos][:width]
    finished += living
    scored = [(total / len(tokens) ** alpha, tokens) for total, tokens in finished]
    return max(scored, key=lambda pair: pair[0]) if scored else (NEVER, [])
