from bisect import bisect_left, insort


def place_small_jobs(free: list[int], calls: list[list]) -> list[int | None]:
    """Nine sorted lists of nodes, always exact."""
    lists: list[list[int]] = [[node for node, count in enumerate(free) if count == idle] for idle in range(9)]
    idle_of = list(free)
    jobs: dict[int, tuple[int | None, int]] = {}
    ended: set[int] = set()
    results: list[int | None] = []

    def change(node: int, by: int) -> None:
        old = lists[idle_of[node]]
        old.pop(bisect_left(old, node))
        idle_of[node] += by
        insort(lists[idle_of[node]], node)

    for number, (kind, value) in enumerate(calls):
        if kind == "start":
            if value < 1 or value > 8:
                raise ValueError("jobs have 1 to 8 GPUs")
            node = next((nodes[0] for nodes in lists[value:] if nodes), None)
            if node is not None:
                change(node, -value)
            jobs[number] = node, value
            results.append(node)
        else:
            if value not in jobs or value in ended:
                raise ValueError("no such job to end")
            ended.add(value)
            place, gpus = jobs[value]
            if place is not None:
                change(place, gpus)
            results.append(None)
    return results
