def min_microbatches(lengths: list[int], memory_budget: int, bytes_per_token: int) -> int:
    if bytes_per_token <= 0:
        raise ValueError("bytes_per_token must be positive")
    capacity = memory_budget / bytes_per_token
    count, used = 0, 0.0
    for length in lengths:
        if length > capacity:
            return -1
        if count == 0 or used + length > capacity:
            count, used = count + 1, 0.0
        used += length
    return count
