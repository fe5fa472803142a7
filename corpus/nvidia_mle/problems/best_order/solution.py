from math import prod


def best_order(terms: list[str], sizes: dict[str, int], out: str) -> tuple[int, int | list]:
    """best[subset] over all splits of the subset; what happens outside only decides which indices survive."""
    n = len(terms)
    letters = sorted(sizes)
    bit = {letter: 1 << place for place, letter in enumerate(letters)}
    masks = [sum(bit[letter] for letter in term) for term in terms]
    wanted = sum(bit[letter] for letter in set(out))
    full = (1 << n) - 1
    union = [0] * (full + 1)
    for subset in range(1, full + 1):
        low = subset & -subset
        union[subset] = union[subset ^ low] | masks[low.bit_length() - 1]
    survives = [union[subset] & (union[full ^ subset] | wanted) for subset in range(full + 1)]
    volume: dict[int, int] = {}
    best: list[int] = [0] * (full + 1)
    split = [0] * (full + 1)
    for subset in range(1, full + 1):
        low = subset & -subset
        if subset == low:
            continue
        cheapest = -1
        part = subset & (subset - 1)  # splits in which the lowest tensor stays in the rest: each one once
        while part:
            rest = subset ^ part
            indices = survives[part] | survives[rest]
            if indices not in volume:
                volume[indices] = prod(sizes[letter] for letter in letters if bit[letter] & indices)
            cost = best[part] + best[rest] + volume[indices]
            if cheapest < 0 or cost < cheapest:
                cheapest, split[subset] = cost, part
            part = (part - 1) & (subset ^ low)
        best[subset] = cheapest

    def tree(subset: int) -> int | list:
        if not split[subset]:
            return subset.bit_length() - 1
        return [tree(subset ^ split[subset]), tree(split[subset])]

    return best[full], tree(full)
