def replay_sum_tree(n: int, calls: list[list]) -> list[int | None]:
    priorities = [0] * n
    total = 0
    results: list[int | None] = []
    for name, *arguments in calls:
        if name == "total":
            results.append(total)
        elif name == "set":
            i, priority = arguments
            if priority < 0:
                raise ValueError("negative priority")
            total += priority - priorities[i]
            priorities[i] = priority
            results.append(None)
        else:
            u = arguments[0]
            if not 0 <= u < total:
                raise ValueError("nothing covers this")
            for i, priority in enumerate(priorities):
                if u < priority:
                    results.append(i)
                    break
                u -= priority
    return results
