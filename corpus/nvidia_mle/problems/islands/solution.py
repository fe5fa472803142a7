def islands(num_ranks: int, links: list[tuple[int, int]]) -> list[list[int]]:
    """Union-find with path halving and union by size."""
    parent = list(range(num_ranks))
    size = [1] * num_ranks

    def root(rank: int) -> int:
        while parent[rank] != rank:
            parent[rank] = parent[parent[rank]]
            rank = parent[rank]
        return rank

    for a, b in links:
        a, b = root(a), root(b)
        if a != b:
            if size[a] < size[b]:
                a, b = b, a
            parent[b] = a
            size[a] += size[b]
    groups: dict[int, list[int]] = {}
    for rank in range(num_ranks):  # ascending, so groups and their members come out in order
        groups.setdefault(root(rank), []).append(rank)
    return list(groups.values())
