"""Cases for best_order. The oracle tries every binary tree; the checker computes what the returned tree costs."""

import random
from itertools import combinations
from math import prod


def visible() -> list[tuple[str, list]]:
    return [
        ("example-1", [["bd", "dr", "re", "eo"], {"b": 32, "d": 4096, "r": 16, "e": 4096, "o": 1024}, "bo"]),
        ("example-2", [["ab", "bc", "ac"], {"a": 10, "b": 10, "c": 10}, ""]),
    ]


def hidden(seed: int) -> list[tuple[str, list]]:
    rng = random.Random(f"best_order-{seed}")
    cases = [
        ("edge-one-tensor", [["ab"], {"a": 3, "b": 4}, "a"]),
        ("edge-two-tensors", [["ab", "bc"], {"a": 3, "b": 4, "c": 5}, "ac"]),
        ("edge-outer-product", [["a", "b", "c"], {"a": 7, "b": 2, "c": 3}, "abc"]),
        ("edge-batch-index", [["bij", "bjk", "bkl"], {"b": 8, "i": 2, "j": 9, "k": 3, "l": 7}, "bil"]),
        ("edge-index-in-three-tensors", [["xa", "xb", "xc"], {"x": 6, "a": 5, "b": 4, "c": 3}, "abc"]),
        ("edge-private-index", [["az", "ab", "b"], {"a": 5, "z": 1000, "b": 6}, ""]),
        ("edge-not-neighbours", [["ab", "cd", "bc", "da"], {"a": 2, "b": 50, "c": 3, "d": 60}, ""]),
        ("edge-greedy-trap", [["ab", "bc", "cd", "da"], {"a": 16, "b": 2, "c": 16, "d": 16}, "ad"]),
        ("edge-size-one", [["ab", "bc", "cd"], {"a": 1, "b": 1, "c": 1, "d": 1}, "ad"]),
        ("edge-beyond-64-bits", [["abc", "cde", "efa"], dict.fromkeys("abcdef", 2**20), "bdf"]),
        ("edge-scalar-tensor", [["", "ab", "b"], {"a": 4, "b": 5}, "a"]),
    ]
    for number in range(1, 31):
        letters = "abcdefg"[: rng.randint(3, 7)]
        terms = ["".join(rng.sample(letters, rng.randint(1, 3))) for _ in range(rng.randint(2, 5))]
        used = sorted(set("".join(terms)))
        out = "".join(rng.sample(used, rng.randint(0, min(3, len(used)))))
        cases.append((f"random-{number:02}", [terms, {x: rng.choice([2, 3, 5, 16, 64]) for x in used}, out]))
    cases.append(("large-ten-tensors", grow(10, seed)))
    cases.append(("large-eleven-tensors", grow(11, seed)))
    return cases


def _survives(group: frozenset, terms: list, out: str) -> frozenset:
    inside = {x for i in group for x in terms[i]}
    outside = {x for i in range(len(terms)) if i not in group for x in terms[i]} | set(out)
    return frozenset(inside & outside)


def oracle(terms: list, sizes: dict, out: str) -> tuple:
    def solve(group: frozenset) -> tuple:
        first, *others = sorted(group)
        if not others:
            return 0, first
        options = []
        for count in range(len(others)):
            for companions in combinations(others, count):
                left = frozenset((first, *companions))
                right = group - left
                indices = _survives(left, terms, out) | _survives(right, terms, out)
                (a, tree_a), (b, tree_b) = solve(left), solve(right)
                options.append((prod(sizes[x] for x in indices) + a + b, [tree_a, tree_b]))
        return min(options, key=lambda option: option[0])

    return solve(frozenset(range(len(terms))))


def check(args: list, expected: list, got: object) -> str | None:
    terms, sizes, out = args
    if not isinstance(got, list) or len(got) != 2 or type(got[0]) is not int:
        return "The result has to be a pair (cost, tree) with an integer cost."
    cost, tree = got
    seen: list[int] = []
    total = 0

    def walk(node: object, depth: int) -> frozenset | str:
        """The tensors under a node, or what is wrong with it."""
        nonlocal total
        if type(node) is int:
            if not 0 <= node < len(terms):
                return f"There is no tensor {str(node)[:20]}."
            if node in seen:
                return f"Tensor {node} occurs twice in the tree."
            seen.append(node)
            return frozenset([node])
        if not isinstance(node, list) or len(node) != 2 or depth >= len(terms):
            return "The tree has to be built of tensor numbers and pairs [left, right]."
        left = walk(node[0], depth + 1)
        if isinstance(left, str):
            return left
        right = walk(node[1], depth + 1)
        if isinstance(right, str):
            return right
        total += prod(sizes[x] for x in _survives(left, terms, out) | _survives(right, terms, out))
        return left | right

    group = walk(tree, 0)
    if isinstance(group, str):
        return group
    if len(group) != len(terms):
        return f"The tree holds {len(group)} of {len(terms)} tensors."
    if total != cost:
        return f"This order costs {total} multiplications, not {str(cost)[:40]}."
    if total > expected[0]:
        return f"This order costs {total} multiplications, but {expected[0]} are possible."
    return None


def grow(n: int, seed: int) -> list:
    """n is the number of tensors: a ring with some chords."""
    rng = random.Random(f"grow-{seed}-{n}")
    letters = "abcdefghijklmnopqrstuvwxyz"
    terms = [letters[i] + letters[(i + 1) % n] for i in range(n)]
    for extra in range(n // 2):
        for place in rng.sample(range(n), 2):
            if len(terms[place]) < 4:
                terms[place] += letters[n + extra]
    used = sorted(set("".join(terms)))
    order = rng.sample(range(n), n)
    return [
        [terms[i] for i in order],
        {x: rng.choice([2, 4, 8, 16, 128]) for x in used},
        "".join(rng.sample(used, 2)),
    ]
