def min_microbatches(lengths: list[int], memory_budget: int, bytes_per_token: int) -> int:
    if bytes_per_token <= 0:
        raise ValueError("bytes_per_token must be positive")
    count = used = 0
    for length in lengths:
        need = length * bytes_per_token
        if need > memory_budget:
            return -1
        if count == 0 or used + need >= memory_budget:
            count += 1
            used = 0
        used += need
    return count
