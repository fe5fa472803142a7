import heapq


def top_k(chunks: list[tuple[int, list[float]]], k: int) -> list[tuple[int, float]]:
    if k <= 0:
        return []
    kept: list[tuple[float, int]] = []
    for first_id, values in chunks:
        for token_id, value in enumerate(values, first_id):
            if value != value:
                raise ValueError("NaN")
            if len(kept) < k:
                heapq.heappush(kept, (value, token_id))
            elif (value, token_id) > kept[0]:
                heapq.heapreplace(kept, (value, token_id))
    return [(token_id, value) for value, token_id in sorted(kept, reverse=True)]
