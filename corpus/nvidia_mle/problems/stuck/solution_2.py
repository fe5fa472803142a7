def stuck(waits_for: dict[int, list[int]]) -> list[int]:
    """A process is stuck if a cycle can be reached from it: depth-first search with a stack of its own."""
    blocked: dict[int, bool] = {}  # of processes that are done
    on_path: set[int] = set()
    for root in waits_for:
        if root in blocked:
            continue
        on_path.add(root)
        found = {root: False}
        path = [(root, iter(waits_for[root]))]
        while path:
            process, rest = path[-1]
            for other in rest:
                if other in on_path or blocked.get(other, False):
                    found[process] = True
                elif other not in blocked and other in waits_for:
                    on_path.add(other)
                    found[other] = False
                    path.append((other, iter(waits_for[other])))
                    break
            else:
                path.pop()
                on_path.discard(process)
                blocked[process] = found[process]
                if path and blocked[process]:
                    found[path[-1][0]] = True
    return [process for process, is_blocked in blocked.items() if is_blocked]
