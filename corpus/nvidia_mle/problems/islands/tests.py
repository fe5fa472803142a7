"""Cases for islands. The oracle closes the relation step by step."""

import random


def visible() -> list[tuple[str, list]]:
    return [
        ("example-1", [6, [[4, 1], [1, 4], [3, 0], [0, 5]]]),
        ("example-2", [3, [[2, 2], [1, 2]]]),
    ]


def hidden(seed: int) -> list[tuple[str, list]]:
    rng = random.Random(f"islands-{seed}")
    cases = [
        ("edge-no-ranks", [0, []]),
        ("edge-one-rank", [1, [[0, 0]]]),
        ("edge-no-links", [5, []]),
        ("edge-all-joined", [5, [[0, 1], [1, 2], [2, 3], [3, 4]]]),
        ("edge-only-self-links", [3, [[0, 0], [2, 2], [0, 0]]]),
        ("edge-joins-inner-members", [8, [[0, 1], [2, 1], [4, 5], [6, 5], [1, 5], [0, 7]]]),
        ("edge-ring", [6, [[i, (i + 1) % 6] for i in range(6)]]),
        ("edge-last-link-joins-all", [6, [[0, 2], [2, 4], [1, 3], [3, 5], [5, 0]]]),
        ("edge-order-by-smallest", [7, [[6, 0], [1, 5], [5, 2], [4, 3]]]),
    ]
    for number in range(1, 26):
        ranks = rng.randint(2, 14)
        links = [[rng.randrange(ranks), rng.randrange(ranks)] for _ in range(rng.randint(0, ranks))]
        links += [link[::-1] for link in links if rng.random() < 0.3]
        cases.append((f"random-{number:02}", [ranks, links]))
    ranks = 60_000
    cases.append(("large-long-chain", [ranks, [[i, i + 1] for i in range(ranks - 1)]]))
    cases.append(("large-scattered", grow(50_000, seed)))
    return cases


def oracle(num_ranks: int, links: list) -> list:
    groups = [{rank} for rank in range(num_ranks)]
    for a, b in links:
        touched = [group for group in groups if a in group or b in group]
        groups = [group for group in groups if group not in touched] + [set().union(*touched)]
    return sorted(sorted(group) for group in groups)


def grow(n: int, seed: int) -> list:
    rng = random.Random(f"grow-{seed}-{n}")
    return [n, [[rng.randrange(n), rng.randrange(n)] for _ in range(n)]]
