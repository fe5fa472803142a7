def replay_sum_tree(n: int, calls: list[list]) -> list[int | None]:
    """A Fenwick tree: cell x holds the sum of the lowbit(x) priorities up to x."""
    cells = [0] * (n + 1)
    priorities = [0] * n
    total = 0
    top = 1 << (n.bit_length() - 1)
    results: list[int | None] = []
    for name, *arguments in calls:
        if name == "total":
            results.append(total)
        elif name == "set":
            i, priority = arguments
            if priority < 0:
                raise ValueError("negative priority")
            change = priority - priorities[i]
            priorities[i] = priority
            total += change
            cell = i + 1
            while cell <= n:
                cells[cell] += change
                cell += cell & -cell
            results.append(None)
        else:
            u = arguments[0]
            if u < 0 or u >= total:
                raise ValueError("no transition covers this")
            cell, step = 0, top
            while step:
                if cell + step <= n and cells[cell + step] <= u:
                    cell += step
                    u -= cells[cell]
                step //= 2
            results.append(cell)
    return results
