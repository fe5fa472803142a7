def longest_k_distinct_window(token_ids: list[int], k: int) -> int:
    if k <= 0:
        return 0
    counts: dict[int, int] = {}
    left = best = 0
    for right, token in enumerate(token_ids):
        counts[token] = counts.get(token, 0) + 1
        while len(counts) > k:
            leaving = token_ids[left]
            counts[leaving] -= 1
            if counts[leaving] == 0:
                del counts[leaving]
            left += 1
        if len(counts) == k:
            best = max(best, right - left + 1)
    return best
