def pick_pair(sizes: list[int], capacity: int, *, exclude: tuple[int, ...] = ()) -> list[int]:
    out = set(exclude)
    order = sorted((size, index) for index, size in enumerate(sizes) if index not in out)
    low, high = 0, len(order) - 1
    while low < high:
        total = order[low][0] + order[high][0]
        if total == capacity:
            return [order[high][1], order[low][1]]
        low, high = (low + 1, high) if total < capacity else (low, high - 1)
    return []
