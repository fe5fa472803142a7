def min_microbatches(lengths: list[int], memory_budget: int, bytes_per_token: int) -> int:
    if bytes_per_token <= 0:
        raise ValueError("bytes_per_token must be positive")
    if not lengths:
        return 0
    capacity = memory_budget // bytes_per_token
    count, used = 1, lengths[0]
    for length in lengths[1:]:
        if used + length <= capacity:
            used += length
        elif length > capacity:
            return -1
        else:
            count, used = count + 1, length
    return count
