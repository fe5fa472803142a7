def islands(num_ranks: int, links: list[tuple[int, int]]) -> list[list[int]]:
    neighbours: list[list[int]] = [[] for _ in range(num_ranks)]
    for a, b in links:
        neighbours[a].append(b)
    seen: set[int] = set()
    groups = []
    for start in range(num_ranks):
        if start not in seen:
            seen.add(start)
            group = [start]
            for rank in group:
                for other in neighbours[rank]:
                    if other not in seen:
                        seen.add(other)
                        group.append(other)
            groups.append(sorted(group))
    return groups
