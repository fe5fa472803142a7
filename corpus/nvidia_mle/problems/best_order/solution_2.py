from functools import cache
from itertools import combinations
from math import prod


def best_order(terms: list[str], sizes: dict[str, int], out: str) -> tuple[int, int | list]:
    """Memoised search from the whole expression down; a set of tensors is split in two in every way."""
    everything = frozenset(range(len(terms)))

    @cache
    def remaining(group: frozenset[int]) -> frozenset[str]:
        inside = {letter for term in group for letter in terms[term]}
        needed = {letter for term in everything - group for letter in terms[term]} | set(out)
        return frozenset(inside & needed)

    @cache
    def multiplications(indices: frozenset[str]) -> int:
        return prod(sizes[letter] for letter in indices)

    @cache
    def solve(group: frozenset[int]) -> tuple[int, int | list]:
        first, *others = group
        if not others:
            return 0, first
        best: tuple[int, int | list] | None = None
        for count in range(len(others)):
            for companions in combinations(others, count):
                left = frozenset((first, *companions))
                right = group - left
                cost = multiplications(remaining(left) | remaining(right))
                if best is not None and cost >= best[0]:
                    continue
                (cost_left, tree_left), (cost_right, tree_right) = solve(left), solve(right)
                cost += cost_left + cost_right
                if best is None or cost < best[0]:
                    best = cost, [tree_left, tree_right]
        assert best is not None
        return best

    return solve(everything)
