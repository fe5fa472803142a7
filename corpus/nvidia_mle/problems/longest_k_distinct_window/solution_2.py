from collections import OrderedDict


def longest_k_distinct_window(token_ids: list[int], k: int) -> int:
    """Works on a stream: of each id in the window only its last position is kept, oldest first."""
    if k <= 0:
        return 0
    last_seen: OrderedDict[int, int] = OrderedDict()
    left = best = 0
    for position, token in enumerate(token_ids):
        last_seen[token] = position
        last_seen.move_to_end(token)
        if len(last_seen) > k:
            _, gone = last_seen.popitem(last=False)
            left = gone + 1
        best = max(best, position - left + 1)
    return best
