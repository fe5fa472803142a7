"""Cases for stuck. The oracle grows the set of processes that can proceed until it stays the same."""

import random


def visible() -> list[tuple[str, list]]:
    return [
        ("example-1", [{0: [1], 1: [2], 2: [3], 3: [0], 4: [0, 1, 2, 3], 5: [6]}]),
        ("example-2", [{0: [1, 2], 1: [], 2: [3]}]),
    ]


def hidden(seed: int) -> list[tuple[str, list]]:
    rng = random.Random(f"stuck-{seed}")
    cases = [
        ("edge-no-processes", [{}]),
        ("edge-one-running", [{7: []}]),
        ("edge-needs-itself", [{3: [3], 4: [5]}]),
        ("edge-pair", [{0: [1], 1: [0]}]),
        ("edge-one-of-two-is-stuck", [{0: [1, 2], 1: [1], 2: []}]),
        ("edge-feeds-a-cycle", [{0: [1], 1: [0, 2], 2: [], 3: [2]}]),
        ("edge-diamond-on-a-late-one", [{0: [1, 2], 1: [3], 2: [3], 3: [4]}]),
        ("edge-behind-a-chain", [{9: [8], 8: [7], 7: [6], 6: [5], 5: [6], 4: [3], 3: []}]),
        ("edge-two-cycles", [{0: [1], 1: [0], 2: [3], 3: [2, 9], 4: [2, 0], 5: [9]}]),
        ("edge-large-numbers", [{10**9: [10**9 + 1], 10**9 + 1: [10**9], 2**40: [5]}]),
        ("edge-barrier-behind-a-cycle", [{p: [(p + 1) % 4] if p < 4 else [0, 1, 2, 3] for p in range(64)}]),
    ]
    for number in range(1, 31):
        n = rng.randint(2, 12)
        waits_for = {
            p: rng.sample(range(n + 3), rng.choice([0, 1, 1, 2, 3])) for p in rng.sample(range(n + 3), n)
        }
        cases.append((f"random-{number:02}", [waits_for]))
    n = 50_000
    cases.append(("large-chain-that-resolves", [{i: [i + 1] for i in range(n)}]))
    cases.append(("large-chain-into-a-cycle", [{i: [i + 1 if i + 1 < n else n - 9] for i in range(n)}]))
    cases.append(("large-table", grow(25_000, seed)))
    return cases


def oracle(waits_for: dict) -> list:
    can_proceed: set = set()
    while True:
        more = {
            process
            for process, needed in waits_for.items()
            if all(other in can_proceed or other not in waits_for for other in needed)
        }
        if more == can_proceed:
            return [process for process in waits_for if process not in can_proceed]
        can_proceed = more


def grow(n: int, seed: int) -> list:
    rng = random.Random(f"grow-{seed}-{n}")
    names = rng.sample(range(n), n)
    waits_for = {}
    for place, name in enumerate(names):
        later = [names[min(n - 1, place + rng.randint(1, 50))] for _ in range(rng.randint(0, 3))]
        waits_for[name] = sorted(set(later) - {name})
    for _ in range(n // 100):
        place = rng.randrange(n // 2)
        waits_for[names[place + rng.randint(1, 50)]].append(names[place])
    return [{name: sorted(set(needed)) for name, needed in waits_for.items()}]
