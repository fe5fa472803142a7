def islands(num_ranks: int, links: list[tuple[int, int]]) -> list[list[int]]:
    parent = list(range(num_ranks))

    def root(rank: int) -> int:
        while parent[rank] != rank:
            rank = parent[rank]
        return rank

    for a, b in links:
        parent[root(a)] = root(b)
    groups: dict[int, list[int]] = {}
    for rank in range(num_ranks):
        groups.setdefault(root(rank), []).append(rank)
    return sorted(groups.values())
