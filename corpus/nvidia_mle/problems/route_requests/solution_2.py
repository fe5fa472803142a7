import bisect
from itertools import chain
from math import ceil


def route_requests(points: list[tuple[int, int]], calls: list[list], percent: int) -> list[int | None]:
    """Asks the points in ring order, two halves chained; requests in flight are kept per replica as sets."""
    if not points:
        raise ValueError("no replicas")
    if percent < 100:
        raise ValueError("less room than requests")
    ring = sorted((position, replica) for position, replica in points)
    in_flight: dict[int, set[int]] = {replica: set() for _, replica in ring}
    home: list[int | None] = []
    active = 0
    for number, (kind, value) in enumerate(calls):
        if kind == "start":
            active += 1
            cap = ceil(percent * active / (100 * len(in_flight)) - 1e-9)
            start = bisect.bisect(ring, (value, -1))
            order = chain(range(start, len(ring)), range(start))
            replica = next(ring[i][1] for i in order if len(in_flight[ring[i][1]]) < cap)
            in_flight[replica].add(number)
            home.append(replica)
        else:
            replica_or_none = home[value] if 0 <= value < number else None
            if replica_or_none is None or value not in in_flight[replica_or_none]:
                raise ValueError("nothing to end")
            in_flight[replica_or_none].remove(value)
            active -= 1
            home.append(None)
    return home
