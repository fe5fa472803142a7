from bisect import bisect_left


def route_requests(points: list[tuple[int, int]], calls: list[list], percent: int) -> list[int | None]:
    if percent < 100 or not points:
        raise ValueError("the ring is empty or leaves no room")
    ring = sorted(points)
    positions = [position for position, _ in ring]
    owners = [replica for _, replica in ring]
    load = dict.fromkeys(owners, 0)
    running: dict[int, int] = {}
    results: list[int | None] = []
    for number, (kind, value) in enumerate(calls):
        if kind == "end":
            if value not in running:
                raise ValueError(f"request {value} is not running")
            load[running.pop(value)] -= 1
            results.append(None)
            continue
        cap = -(-percent * len(running) // (100 * len(load)))
        place = bisect_left(positions, value)
        for step in range(len(ring)):
            replica = owners[(place + step) % len(ring)]
            if load[replica] < cap:
                break
        else:
            results.append(None)
            continue
        load[replica] += 1
        running[number] = replica
        results.append(replica)
    return results
