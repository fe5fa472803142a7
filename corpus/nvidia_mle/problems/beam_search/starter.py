import numpy as np


def beam_search(
    log_probs: np.ndarray, bos: int, eos: int, width: int, alpha: float
) -> tuple[float, list[int]]:
    """Return (score, tokens) of the best hypothesis; log_probs[t, a, b] is log p(b after a at step t)."""
    raise NotImplementedError
