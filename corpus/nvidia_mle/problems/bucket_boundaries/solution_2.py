def bucket_boundaries(lengths: list[int], num_buckets: int) -> tuple[list[int], int]:
    """Divide and conquer: the best cut of a longer prefix never lies left of that of a shorter one."""
    if num_buckets <= 0:
        raise ValueError(f"{num_buckets} buckets")
    sizes = sorted(set(lengths))
    number = {size: index for index, size in enumerate(sizes)}
    count = [0] * (len(sizes) + 1)
    for length in lengths:
        count[number[length] + 1] += 1
    tokens = [0] * (len(sizes) + 1)
    for index, size in enumerate(sizes):
        tokens[index + 1] = tokens[index] + size * count[index + 1]
        count[index + 1] += count[index]
    endless = max(lengths, default=0) * len(lengths) + 1  # more than any padding
    best = [0] + [endless] * len(sizes)
    origins = []
    for _ in range(min(num_buckets, len(sizes))):
        new = [endless] * (len(sizes) + 1)
        origin = [0] * (len(sizes) + 1)
        todo = [(1, len(sizes), 0, len(sizes) - 1)]
        while todo:
            low, high, first, last = todo.pop()
            if low > high:
                continue
            middle = (low + high) // 2
            for i in range(first, min(middle - 1, last) + 1):
                pad = sizes[middle - 1] * (count[middle] - count[i]) - (tokens[middle] - tokens[i])
                if best[i] + pad < new[middle]:
                    new[middle], origin[middle] = best[i] + pad, i
            todo.append((low, middle - 1, first, origin[middle]))
            todo.append((middle + 1, high, origin[middle], last))
        new[0] = 0
        best = new
        origins.append(origin)
    bounds = []
    j = len(sizes)
    while j:
        bounds.append(sizes[j - 1])
        j = origins.pop()[j]
    return sorted(bounds), best[-1]
