import numpy as np


def beam_search(
    log_probs: np.ndarray, bos: int, eos: int, width: int, alpha: float
) -> tuple[float, list[int]]:
    if log_probs.ndim != 3 or 0 in log_probs.shape or log_probs.shape[1] != log_probs.shape[2]:
        raise ValueError("log_probs is (L, V, V)")
    steps, size, _ = log_probs.shape
    if not (0 <= bos < size and 0 <= eos < size) or width < 1 or alpha < 0:
        raise ValueError("bos and eos are tokens, width is 1 or more, alpha 0 or more")

    best: tuple[float, list[int]] = (-np.inf, [])
    sums, last, histories = np.zeros(1), np.array([bos]), [[]]
    for step in range(steps):
        grown = (sums[:, None] + log_probs[step, last]).ravel()
        order = np.argsort(-grown, kind="stable")[:width]
        order = order[np.isfinite(grown[order])]
        lives: list[int] = []
        for index in order.tolist():
            parent, token = divmod(index, size)
            if token == eos:
                score = float(grown[index]) / (step + 1) ** alpha
                if score > best[0]:
                    best = (score, [*histories[parent], eos])
            elif len(lives) < width:
                lives.append(index)
        histories = [[*histories[index // size], index % size] for index in lives]
        sums, last = grown[lives], np.array(lives, dtype=np.int64) % size
        # A sum can only fall, and no divisor is more favourable than the longest one's.
        if not lives or sums[0] / steps**alpha < best[0]:
            break
    for total, tokens in zip(sums.tolist(), histories, strict=True):
        score = total / len(tokens) ** alpha
        if len(tokens) == steps and score > best[0]:
            best = (score, tokens)
    return best
