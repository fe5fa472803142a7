from functools import cache
from math import prod


def best_order(terms: list[str], sizes: dict[str, int], out: str) -> tuple[int, int | list]:
    def remaining(i: int, j: int) -> set[str]:
        return set().union(*terms[i:j]) & set(out).union(*terms[:i], *terms[j:])

    @cache
    def solve(i: int, j: int) -> tuple[int, int | list]:
        if j - i == 1:
            return 0, i
        best: tuple[int, int | list] | None = None
        for middle in range(i + 1, j):
            cost = prod(sizes[x] for x in remaining(i, middle) | remaining(middle, j))
            cost += solve(i, middle)[0] + solve(middle, j)[0]
            if best is None or cost < best[0]:
                best = cost, [solve(i, middle)[1], solve(middle, j)[1]]
        assert best is not None
        return best

    return solve(0, len(terms))
