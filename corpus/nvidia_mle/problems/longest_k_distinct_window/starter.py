def longest_k_distinct_window(token_ids: list[int], k: int) -> int:
    """Return the length of the longest contiguous stretch with at most k distinct ids."""
    raise NotImplementedError
