def islands(num_ranks: int, links: list[tuple[int, int]]) -> list[list[int]]:
    """Breadth-first search from the smallest rank that has not been reached yet."""
    neighbours: list[list[int]] = [[] for _ in range(num_ranks)]
    for a, b in links:
        neighbours[a].append(b)
        neighbours[b].append(a)
    reached = [False] * num_ranks
    groups = []
    for start in range(num_ranks):
        if reached[start]:
            continue
        reached[start] = True
        group = [start]
        for rank in group:  # grows while we walk
            for other in neighbours[rank]:
                if not reached[other]:
                    reached[other] = True
                    group.append(other)
        groups.append(sorted(group))
    return groups
