from itertools import combinations
from math import prod


def best_order(terms: list[str], sizes: dict[str, int], out: str) -> tuple[int, int | list]:
    def solve(parts: list[tuple[int | list, frozenset[str]]]) -> tuple[int, int | list]:
        if len(parts) == 1:
            return 0, parts[0][0]
        best: tuple[int, int | list] | None = None
        for i, j in combinations(range(len(parts)), 2):
            rest = [part for place, part in enumerate(parts) if place not in (i, j)]
            needed = set(out).union(*(indices for _, indices in rest))
            merged = parts[i][1] | parts[j][1]
            cost, tree = solve([*rest, ([parts[i][0], parts[j][0]], frozenset(merged & needed))])
            cost += prod(sizes[x] for x in merged)
            if best is None or cost < best[0]:
                best = cost, tree
        assert best is not None
        return best

    start: list[tuple[int | list, frozenset[str]]] = []
    for number, term in enumerate(terms):
        others = set(out).union(*terms[:number], *terms[number + 1 :])
        start.append((number, frozenset(term) & others))
    return solve(start)
