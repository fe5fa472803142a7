def stuck(waits_for: dict[int, list[int]]) -> list[int]:
    blocked: dict[int, bool] = {}

    def visit(process: int) -> bool:
        if process not in blocked:
            blocked[process] = True  # until the visit has shown otherwise
            blocked[process] = any(visit(other) for other in waits_for.get(process, ()))
        return blocked[process]

    return [process for process in waits_for if visit(process)]
