def pick_pair(sizes: list[int], capacity: int, *, exclude: tuple[int, ...] = ()) -> list[int]:
    where = {size: index for index, size in enumerate(sizes) if index not in exclude}
    for size, index in where.items():
        if capacity - size in where:
            return [index, where[capacity - size]]
    return []
