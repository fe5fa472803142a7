def min_saved_values(
    sizes: list[int],
    edges: list[tuple[int, int]],
    kept: list[int],
    banned: list[int],
    needed: list[int],
) -> tuple[int, list[int]]:
    stored = set(range(len(sizes))) - set(kept)
    for v in sorted(stored, key=lambda v: -sizes[v]):
        if set(needed) <= _available(stored - {v}, edges, kept, banned):
            stored.discard(v)
    return sum(sizes[v] for v in stored), sorted(stored)


def _available(
    stored: set[int], edges: list[tuple[int, int]], kept: list[int], banned: list[int]
) -> set[int]:
    inputs: dict[int, set[int]] = {}
    for u, v in edges:
        inputs.setdefault(v, set()).add(u)
    there = set(kept) | stored
    while True:
        more = {v for v, needs in inputs.items() if v not in there and v not in banned and needs <= there}
        if not more:
            return there
        there |= more
