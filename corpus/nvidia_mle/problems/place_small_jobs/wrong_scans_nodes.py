def place_small_jobs(free: list[int], calls: list[list]) -> list[int | None]:
    idle = list(free)
    jobs: dict[int, tuple[int | None, int]] = {}
    results: list[int | None] = []
    for number, (kind, value) in enumerate(calls):
        if kind == "end":
            if value not in jobs:
                raise ValueError("no such job to end")
            place, gpus = jobs.pop(value)
            if place is not None:
                idle[place] += gpus
            results.append(None)
            continue
        if not 1 <= value <= 8:
            raise ValueError("a job has 1 to 8 GPUs")
        fits = [(count, node) for node, count in enumerate(idle) if count >= value]
        node = min(fits)[1] if fits else None
        if node is not None:
            idle[node] -= value
        jobs[number] = node, value
        results.append(node)
    return results
