def top_k(chunks: list[tuple[int, list[float]]], k: int) -> list[tuple[int, float]]:
    if k <= 0:
        return []
    left = {}
    for first_id, values in chunks:
        for token_id, value in enumerate(values, first_id):
            if value != value:
                raise ValueError("NaN")
            left[token_id] = value
    best = []
    while left and len(best) < k:
        token_id = max(left, key=lambda token: (left[token], -token))
        best.append((token_id, left.pop(token_id)))
    return best
