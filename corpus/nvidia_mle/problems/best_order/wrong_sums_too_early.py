from math import prod


def best_order(terms: list[str], sizes: dict[str, int], out: str) -> tuple[int, int | list]:
    full = (1 << len(terms)) - 1
    best: dict[int, tuple[int, int | list, frozenset[str]]] = {}
    for number, term in enumerate(terms):
        others = set(out).union(*terms[:number], *terms[number + 1 :])
        best[1 << number] = 0, number, frozenset(term) & others
    for subset in range(1, full + 1):
        part = (subset - 1) & subset
        while part:
            rest = subset ^ part
            if part > rest:
                (cost_a, tree_a, a), (cost_b, tree_b, b) = best[part], best[rest]
                cost = cost_a + cost_b + prod(sizes[x] for x in a | b)
                if subset not in best or cost < best[subset][0]:
                    best[subset] = cost, [tree_a, tree_b], a ^ b
            part = (part - 1) & subset
    return best[full][0], best[full][1]
