from collections import Counter


def longest_k_distinct_window(token_ids: list[int], k: int) -> int:
    if k <= 0:
        return 0
    return sum(count for _, count in Counter(token_ids).most_common(k))
