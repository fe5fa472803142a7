def stuck(waits_for: dict[int, list[int]]) -> list[int]:
    result = []
    for start in waits_for:
        seen: set[int] = set()
        todo = list(waits_for[start])
        while todo:
            process = todo.pop()
            if process not in seen:
                seen.add(process)
                todo.extend(waits_for.get(process, ()))
        if start in seen:
            result.append(start)
    return result
