def slowest_stage(cost: list[int], stages: int) -> tuple[int, list[int]]:
    if not 1 <= stages <= len(cost):
        raise ValueError("every stage needs a layer")

    def fill(limit: int) -> list[int]:
        layers = []
        count = load = 0
        for time in cost:
            if load + time > limit:
                layers.append(count)
                count = load = 0
            count += 1
            load += time
        return [*layers, count]

    low, high = max(cost), sum(cost)
    for _ in range(200):
        if low >= high:
            break
        middle = int((low + high) / 2)
        if len(fill(middle)) <= stages:
            high = middle
        else:
            low = middle + 1
    layers = fill(high)
    spare = stages - len(layers)
    result = []
    for count in layers:
        singles = min(spare, count - 1)
        result += [1] * singles + [count - singles]
        spare -= singles
    return high, result
