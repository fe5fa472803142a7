from collections import deque


def stuck(waits_for: dict[int, list[int]]) -> list[int]:
    """Crosses free processes off the lists of their waiters; whose list empties is free. The rest is stuck."""
    waiters: dict[int, list[int]] = {}
    for process, needed in waits_for.items():
        for other in needed:
            waiters.setdefault(other, []).append(process)
    missing = {process: len(needed) for process, needed in waits_for.items()}
    free = deque(process for process in waiters if process not in waits_for)
    free.extend(process for process, count in missing.items() if count == 0)
    while free:
        for process in waiters.get(free.popleft(), ()):
            missing[process] -= 1
            if missing[process] == 0:
                free.append(process)
    return [process for process, count in missing.items() if count]
