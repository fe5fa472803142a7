def min_microbatches(lengths: list[int], memory_budget: int, bytes_per_token: int) -> int:
    if bytes_per_token <= 0:
        raise ValueError("bytes_per_token must be positive")
    capacity = memory_budget // bytes_per_token
    best = [0]
    for end in range(1, len(lengths) + 1):
        fewest, used, start = -1, 0, end
        while start > 0 and used + lengths[start - 1] <= capacity:
            start -= 1
            used += lengths[start]
            if fewest < 0 or best[start] + 1 < fewest:
                fewest = best[start] + 1
        if fewest < 0:
            return -1
        best.append(fewest)
    return best[-1]
