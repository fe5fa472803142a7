def place_small_jobs(free: list[int], calls: list[list]) -> list[int | None]:
    stacks: list[list[int]] = [[] for _ in range(9)]
    for node in range(len(free) - 1, -1, -1):
        stacks[free[node]].append(node)
    idle = list(free)
    jobs: dict[int, tuple[int | None, int]] = {}
    results: list[int | None] = []
    for number, (kind, value) in enumerate(calls):
        if kind == "end":
            if value not in jobs:
                raise ValueError("no such job to end")
            place, gpus = jobs.pop(value)
            if place is not None:
                stacks[idle[place]].remove(place)
                idle[place] += gpus
                stacks[idle[place]].append(place)
            results.append(None)
            continue
        if not 1 <= value <= 8:
            raise ValueError("a job has 1 to 8 GPUs")
        node = next((stack.pop() for stack in stacks[value:] if stack), None)
        if node is not None:
            idle[node] -= value
            stacks[idle[node]].append(node)
        jobs[number] = node, value
        results.append(node)
    return results
