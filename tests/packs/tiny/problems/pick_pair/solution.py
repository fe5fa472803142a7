def pick_pair(sizes: list[int], capacity: int, *, exclude: tuple[int, ...] = ()) -> list[int]:
    seen: dict[int, int] = {}
    out = set(exclude)
    for index, size in enumerate(sizes):
        if index in out:
            continue
        if capacity - size in seen:
            return [seen[capacity - size], index]
        seen[size] = index
    return []
