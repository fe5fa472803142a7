def slowest_stage(cost: list[int], stages: int) -> tuple[int, list[int]]:
    if not 1 <= stages <= len(cost):
        raise ValueError("every stage needs a layer")

    def fill(limit: int) -> list[int]:
        layers: list[int] = []
        count = load = 0
        for time in cost:
            if count and load + time > limit:
                layers.append(count)
                count = load = 0
            count += 1
            load += time
        return [*layers, count]

    low, high = -(-sum(cost) // stages), sum(cost)
    while low < high:
        middle = (low + high) // 2
        if len(fill(middle)) <= stages:
            high = middle
        else:
            low = middle + 1
    layers = fill(low)
    while len(layers) < stages:
        place = next(i for i, count in enumerate(layers) if count > 1)
        layers[place : place + 1] = [1, layers[place] - 1]
    return low, layers
