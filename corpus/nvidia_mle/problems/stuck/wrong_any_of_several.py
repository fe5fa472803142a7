from collections import deque


def stuck(waits_for: dict[int, list[int]]) -> list[int]:
    waiters: dict[int, list[int]] = {}
    for process, needed in waits_for.items():
        for other in needed:
            waiters.setdefault(other, []).append(process)
    free = {process for process in waiters if process not in waits_for}
    free |= {process for process, needed in waits_for.items() if not needed}
    todo = deque(free)
    while todo:
        for process in waiters.get(todo.popleft(), ()):
            if process not in free:
                free.add(process)
                todo.append(process)
    return [process for process in waits_for if process not in free]
