import heapq
import math


def top_k(chunks: list[tuple[int, list[float]]], k: int) -> list[tuple[int, float]]:
    """A min-heap of the k best so far: its root is the one to beat."""
    if k <= 0:
        return []
    kept: list[tuple[float, int]] = []  # (value, -token id), so that of equal values the smaller id is larger
    for first_id, values in chunks:
        for token_id, value in enumerate(values, first_id):
            if math.isnan(value):
                raise ValueError(f"the logit of token {token_id} is NaN")
            item = (value, -token_id)
            if len(kept) < k:
                heapq.heappush(kept, item)
            elif item > kept[0]:
                heapq.heapreplace(kept, item)
    return [(-negative_id, value) for value, negative_id in sorted(kept, reverse=True)]
