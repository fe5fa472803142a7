def pick_pair(sizes: list[int], capacity: int, *, exclude: tuple[int, ...] = ()) -> list[int]:
    seen = set()
    for index, size in enumerate(sizes):
        if index not in exclude and capacity - size in seen:
            return [capacity - size, size]
        seen.add(size)
    return []
