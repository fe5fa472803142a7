def top_gap(times: list[int]) -> int:
    if len(times) < 2:
        raise ValueError("a gap needs two arrivals")
    best, last = 0, max(times)
    for time in times:
        if time != last:
            best = max(best, min(other for other in times if other > time) - time)
    return best
