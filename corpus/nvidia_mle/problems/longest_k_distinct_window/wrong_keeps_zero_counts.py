def longest_k_distinct_window(token_ids: list[int], k: int) -> int:
    if k <= 0:
        return 0
    counts: dict[int, int] = {}
    left = best = 0
    for right, token in enumerate(token_ids):
        counts[token] = counts.get(token, 0) + 1
        while len(counts) > k and left <= right:
            counts[token_ids[left]] -= 1
            left += 1
        best = max(best, right - left + 1)
    return best
