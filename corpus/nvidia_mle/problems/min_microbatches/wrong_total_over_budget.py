def min_microbatches(lengths: list[int], memory_budget: int, bytes_per_token: int) -> int:
    if bytes_per_token <= 0:
        raise ValueError("bytes_per_token must be positive")
    capacity = memory_budget // bytes_per_token
    if any(length > capacity for length in lengths):
        return -1
    return -(-sum(lengths) // capacity) if lengths else 0
