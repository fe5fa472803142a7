import heapq


def most_on_time(jobs: list[tuple[int, int]]) -> int:
    held: list[int] = []
    busy = 0
    for minutes, due in sorted(jobs, key=lambda job: job[1]):
        heapq.heappush(held, -minutes)
        busy += minutes
        if busy >= due:
            busy += heapq.heappop(held)
    return len(held)
