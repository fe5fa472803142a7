def min_saved_values(
    sizes: list[int],
    edges: list[tuple[int, int]],
    kept: list[int],
    banned: list[int],
    needed: list[int],
) -> tuple[int, list[int]]:
    stored = [v for v in needed if v not in kept]
    return sum(sizes[v] for v in stored), stored
