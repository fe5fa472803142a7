import heapq


def top_k(chunks: list[tuple[int, list[float]]], k: int) -> list[tuple[int, float]]:
    if k <= 0:
        return []
    kept: list[tuple[float, int]] = []
    for first_id, values in chunks:
        for token_id, value in enumerate(values, first_id):
            item = (value, -token_id)
            if len(kept) < k:
                heapq.heappush(kept, item)
            elif item > kept[0]:
                heapq.heapreplace(kept, item)
    return [(-negative_id, value) for value, negative_id in sorted(kept, reverse=True)]
