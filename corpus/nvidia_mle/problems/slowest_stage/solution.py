def slowest_stage(cost: list[int], stages: int) -> tuple[int, list[int]]:
    """Bisection over the limit; filling each stage as far as it allows needs the fewest stages."""
    if not 1 <= stages <= len(cost):
        raise ValueError(f"{len(cost)} layers cannot make {stages} stages")
    low, high = max(cost), sum(cost)
    while low < high:
        middle = (low + high) // 2
        if len(_fill(cost, middle)) <= stages:
            high = middle
        else:
            low = middle + 1
    return low, _split(_fill(cost, low), stages)


def _fill(cost: list[int], limit: int) -> list[int]:
    """Layers per stage if each stage takes as many as it can; no layer may exceed the limit."""
    layers = []
    count = load = 0
    for time in cost:
        if load + time > limit:
            layers.append(count)
            count = load = 0
        count += 1
        load += time
    layers.append(count)
    return layers


def _split(layers: list[int], stages: int) -> list[int]:
    """Exactly `stages` stages: splitting a stage never makes it slower."""
    spare = stages - len(layers)
    result = []
    for count in layers:
        singles = min(spare, count - 1)
        result += [1] * singles + [count - singles]
        spare -= singles
    return result
