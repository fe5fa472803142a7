import heapq


def place_small_jobs(free: list[int], calls: list[list]) -> list[int | None]:
    idle = list(free)
    buckets: list[list[int]] = [[] for _ in range(9)]
    for node, count in enumerate(idle):
        buckets[count].append(node)  # ascending, so each is a heap
    running: dict[int, tuple[int, int] | None] = {}
    results: list[int | None] = []
    for number, (kind, value) in enumerate(calls):
        results.append(None)
        if kind == "end":
            if value not in running:
                raise ValueError(f"call {value} started no job that is still known")
            job = running.pop(value)
            if job is not None:
                _move(idle, buckets, job[0], job[1])
            continue
        if not 1 <= value <= 8:
            raise ValueError(f"a job of {value} GPUs does not fit a node")
        node = _tightest(idle, buckets, value)
        running[number] = None if node is None else (node, value)
        if node is not None:
            results[-1] = node
            _move(idle, buckets, node, -value)
    return results


def _tightest(idle: list[int], buckets: list[list[int]], gpus: int) -> int | None:
    for count in range(gpus, 9):
        bucket = buckets[count]
        if bucket:
            return heapq.heappop(bucket)
    return None


def _move(idle: list[int], buckets: list[list[int]], node: int, change: int) -> None:
    idle[node] = min(8, max(0, idle[node] + change))
    heapq.heappush(buckets[idle[node]], node)
