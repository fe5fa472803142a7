import heapq
import math


def top_k(chunks: list[tuple[int, list[float]]], k: int) -> list[tuple[int, float]]:
    pairs = []
    for first_id, values in chunks:
        for token_id, value in enumerate(values, first_id):
            if math.isnan(value) and k > 0:
                raise ValueError("NaN")
            if math.isfinite(value):
                pairs.append((token_id, value))
    return heapq.nsmallest(k, pairs, key=lambda pair: (-pair[1], pair[0]))
