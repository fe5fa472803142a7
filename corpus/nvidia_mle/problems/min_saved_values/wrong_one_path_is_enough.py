from itertools import combinations


def min_saved_values(
    sizes: list[int],
    edges: list[tuple[int, int]],
    kept: list[int],
    banned: list[int],
    needed: list[int],
) -> tuple[int, list[int]]:
    best: tuple[int, list[int]] | None = None
    candidates = [v for v in range(len(sizes)) if v not in kept]
    for count in range(len(candidates) + 1):
        for stored in combinations(candidates, count):
            total = sum(sizes[v] for v in stored)
            if best is not None and total >= best[0]:
                continue
            if set(needed) <= _available(set(stored), edges, kept, banned):
                best = total, list(stored)
    assert best is not None
    return best


def _available(
    stored: set[int], edges: list[tuple[int, int]], kept: list[int], banned: list[int]
) -> set[int]:
    inputs: dict[int, set[int]] = {}
    for u, v in edges:
        inputs.setdefault(v, set()).add(u)
    there = set(kept) | stored
    while True:
        more = {v for v, needs in inputs.items() if v not in there and v not in banned and needs & there}
        if not more:
            return there
        there |= more
