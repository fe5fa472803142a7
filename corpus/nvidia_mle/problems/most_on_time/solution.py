import heapq


def most_on_time(jobs: list[tuple[int, int]]) -> int:
    """Moore and Hodgson: by deadline; whenever the work exceeds it, the longest job held is dropped."""
    held: list[int] = []  # negated minutes, so that the longest is at the root
    busy = 0
    for minutes, due in sorted(jobs, key=lambda job: job[1]):
        heapq.heappush(held, -minutes)
        busy += minutes
        if busy > due:
            busy += heapq.heappop(held)
    return len(held)
