def longest_k_distinct_window(token_ids: list[int], k: int) -> int:
    best = 0
    for left in range(len(token_ids)):
        seen: set[int] = set()
        for right in range(left, len(token_ids)):
            seen.add(token_ids[right])
            if len(seen) > k:
                break
            best = max(best, right - left + 1)
    return best
