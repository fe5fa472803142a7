def islands(num_ranks: int, links: list[tuple[int, int]]) -> list[list[int]]:
    neighbours: dict[int, set[int]] = {}
    for a, b in links:
        neighbours.setdefault(a, set()).add(b)
        neighbours.setdefault(b, set()).add(a)
    seen: set[int] = set()
    groups = []
    for start in sorted(neighbours):
        if start not in seen:
            seen.add(start)
            group = [start]
            for rank in group:
                fresh = neighbours[rank] - seen
                seen |= fresh
                group.extend(fresh)
            groups.append(sorted(group))
    return groups
