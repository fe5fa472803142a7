def slowest_stage(cost: list[int], stages: int) -> tuple[int, list[int]]:
    if not 1 <= stages <= len(cost):
        raise ValueError("every stage needs a layer")
    average = sum(cost) / stages
    layers: list[int] = []
    times: list[int] = []
    count = load = 0
    for place, time in enumerate(cost):
        count += 1
        load += time
        left = len(cost) - place - 1
        open_stages = stages - len(layers) - 1
        if open_stages and (load >= average or left == open_stages):
            layers.append(count)
            times.append(load)
            count = load = 0
    return max([*times, load]), [*layers, count]
