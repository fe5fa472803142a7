from itertools import combinations
from math import prod


def best_order(terms: list[str], sizes: dict[str, int], out: str) -> tuple[int, int | list]:
    parts: list[tuple[int | list, set[str]]] = []
    for number, term in enumerate(terms):
        others = set(out).union(*terms[:number], *terms[number + 1 :])
        parts.append((number, set(term) & others))
    total = 0
    while len(parts) > 1:
        cost, i, j = min(
            (prod(sizes[x] for x in parts[i][1] | parts[j][1]), i, j)
            for i, j in combinations(range(len(parts)), 2)
        )
        rest = [part for place, part in enumerate(parts) if place not in (i, j)]
        needed = set(out).union(*(indices for _, indices in rest))
        joined: tuple[int | list, set[str]] = (
            [parts[i][0], parts[j][0]],
            (parts[i][1] | parts[j][1]) & needed,
        )
        parts = [*rest, joined]
        total += cost
    return total, parts[0][0]
