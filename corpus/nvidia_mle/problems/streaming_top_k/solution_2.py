def top_k(chunks: list[tuple[int, list[float]]], k: int) -> list[tuple[int, float]]:
    """Collects up to 2k candidates and cuts them back to the best k by sorting: O(log k) a value, amortised."""
    if k <= 0:
        return []

    def order(pair: tuple[int, float]) -> tuple[float, int]:
        return -pair[1], pair[0]

    candidates: list[tuple[int, float]] = []
    for first_id, values in chunks:
        for offset, value in enumerate(values):
            if value != value:
                raise ValueError("NaN among the logits")
            candidates.append((first_id + offset, value))
            if len(candidates) >= 2 * k:
                candidates = sorted(candidates, key=order)[:k]
    return sorted(candidates, key=order)[:k]
