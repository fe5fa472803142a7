import heapq
import math

import numpy as np


def beam_search(
    log_probs: np.ndarray, bos: int, eos: int, width: int, alpha: float
) -> tuple[float, list[int]]:
    """Hypotheses as linked nodes, the best 2 * width by a heap; all steps are made."""
    shape = log_probs.shape
    if len(shape) != 3 or min(shape) < 1 or shape[1] != shape[2]:
        raise ValueError("bad table")
    if min(bos, eos) < 0 or max(bos, eos) >= shape[1] or width < 1 or alpha < 0:
        raise ValueError("bad option")
    beam: list[tuple[float, int, tuple | None]] = [(0.0, bos, None)]
    finished = []
    for length, rows in enumerate(log_probs, 1):
        grown = (
            (total + value, token, parent)
            for parent in beam
            for total in (parent[0],)
            for token, value in enumerate(rows[parent[1]].tolist())
            if value > -math.inf
        )
        top = heapq.nlargest(2 * width, grown, key=lambda node: node[0])
        finished += [(node[0] / length**alpha, node) for node in top if node[1] == eos]
        beam = [node for node in top if node[1] != eos][:width]
    finished += [(node[0] / len(log_probs) ** alpha, node) for node in beam]
    if not finished:
        return -math.inf, []
    score, node = max(finished, key=lambda pair: pair[0])
    tokens: list[int] = []
    walk: tuple | None = node
    while walk is not None and walk[2] is not None:
        tokens.append(walk[1])
        walk = walk[2]
    return score, tokens[::-1]
