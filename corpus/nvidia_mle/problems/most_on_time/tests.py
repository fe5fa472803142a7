"""Cases for most_on_time. The oracle tries every set of jobs, in order of deadlines."""

import random
from itertools import combinations


def visible() -> list[tuple[str, list]]:
    return [
        ("example-1", [[[60, 60], [30, 70], [30, 80], [40, 100]]]),
        ("example-2", [[[10, 100], [20, 20]]]),
        ("example-3", [[[5, 4], [3, 3]]]),
    ]


def hidden(seed: int) -> list[tuple[str, list]]:
    rng = random.Random(f"most_on_time-{seed}")
    cases = [
        ("edge-no-jobs", [[]]),
        ("edge-one-exactly", [[[7, 7]]]),
        ("edge-one-too-long", [[[8, 7]]]),
        ("edge-due-zero", [[[1, 0], [1, 1]]]),
        ("edge-all-the-same", [[[3, 10]] * 6]),
        ("edge-all-hopeless", [[[9, 4], [5, 3], [7, 6]]]),
        ("edge-hopeless-in-front", [[[50, 2], [2, 3], [2, 5], [2, 7]]]),
        ("edge-drop-the-longest-not-the-first", [[[1, 1], [9, 10], [3, 11], [3, 12]]]),
        ("edge-replace-twice", [[[8, 8], [7, 9], [2, 10], [2, 11], [2, 12], [2, 13]]]),
        ("edge-same-deadline", [[[5, 12], [4, 12], [6, 12], [3, 12], [1, 12]]]),
        ("edge-same-length", [[[4, 3], [4, 4], [4, 8], [4, 8], [4, 13]]]),
        ("edge-late-room", [[[10, 10], [1, 10], [1, 10], [5, 1000]]]),
    ]
    for number in range(1, 31):
        top = rng.choice([6, 12, 25])
        jobs = [[rng.randint(1, top), rng.randint(0, 3 * top)] for _ in range(rng.randint(1, 10))]
        cases.append((f"random-{number:02}", [jobs]))
    cases.append(
        ("large-most-fit", [[[rng.randint(1, 60), rng.randint(0, 2_000_000)] for _ in range(50_000)]])
    )
    cases.append(("large-crowded", grow(50_000, seed)))
    return cases


def oracle(jobs: list) -> int:
    if len({tuple(job) for job in jobs}) == 1 and len(jobs) > 1:
        minutes, due = jobs[0]
        return min(len(jobs), due // minutes)
    for count in range(len(jobs), 0, -1):
        for chosen in combinations(sorted(jobs, key=lambda job: job[1]), count):
            clock = 0
            for minutes, due in chosen:
                clock += minutes
                if clock > due:
                    break
            else:
                return count
    return 0


def grow(n: int, seed: int) -> list:
    rng = random.Random(f"grow-{seed}-{n}")
    return [[[rng.randint(1, 600), rng.randint(1, 60 * n)] for _ in range(n)]]
