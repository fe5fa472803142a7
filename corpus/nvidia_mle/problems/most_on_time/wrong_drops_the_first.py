from collections import deque


def most_on_time(jobs: list[tuple[int, int]]) -> int:
    held: deque[int] = deque()
    busy = 0
    for minutes, due in sorted(jobs, key=lambda job: (job[1], job[0])):
        held.append(minutes)
        busy += minutes
        while busy > due:
            busy -= held.popleft()
    return len(held)
