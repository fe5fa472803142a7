def stuck(waits_for: dict[int, list[int]]) -> list[int]:
    waiting = dict(waits_for)
    while True:
        free = [p for p, needed in waiting.items() if not any(other in waiting for other in needed)]
        if not free:
            return list(waiting)
        for process in free:
            del waiting[process]
