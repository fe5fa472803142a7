"""Cases for within. The oracle fills the whole table from its definition."""

import random


def visible() -> list[tuple[str, list]]:
    return [
        ("example-1", ["kitten", "sitting", 3]),
        ("example-2", ["kitten", "sitting", 2]),
        ("example-3", ["xabcdefgh", "abcdefgh", 1]),
    ]


def hidden(seed: int) -> list[tuple[str, list]]:
    rng = random.Random(f"within-{seed}")
    cases = [
        ("edge-both-empty", ["", "", 0]),
        ("edge-one-empty", ["", "abc", 3]),
        ("edge-one-empty-too-far", ["abc", "", 2]),
        ("edge-equal", ["prompt", "prompt", 0]),
        ("edge-different-k-zero", ["prompt", "promPt", 0]),
        ("edge-k-above-lengths", ["ab", "xyz", 100]),
        ("edge-swap", ["abcd", "acbd", 2]),
        ("edge-all-insertions-in-front", ["wxyz", "abcwxyz", 3]),
        ("edge-all-deletions-at-the-end", ["wxyzabc", "wxyz", 3]),
        ("edge-in-and-out", ["abcdefgh", "cdefghab", 4]),
        ("edge-exactly-k", ["aaaaaaaa", "bbaabbaa", 4]),
        ("edge-one-above-k", ["aaaaaaaa", "bbaabbaa", 3]),
        ("edge-one-letter-runs", ["aaaaaaaaaa", "aaaaaaa", 3]),
        ("edge-code-points", ["na\u00efve \U0001f600", "nai\u0308ve \U0001f601", 3]),
        ("edge-lengths-differ-by-k", ["abcdef", "abcdefghi", 3]),
    ]
    for number in range(1, 41):
        a = "".join(rng.choice("ab") for _ in range(rng.randint(0, 12)))
        b = _edited(a, rng.randint(0, 6), "ab", rng)
        cases.append((f"random-{number:02}", [a, b, rng.randint(0, 6)]))
    cases.append(("large-eight-edits", grow(20_000, seed)))
    a = "".join(rng.choice("ab") for _ in range(20_000))
    cases.append(("large-too-far-at-the-end", [a, a[:-40] + "c" * 40, 8]))
    cases.append(("large-shifted", ["ab" * 10_000, "ba" * 10_000, 8]))
    return cases


def _edited(text: str, edits: int, letters: str, rng: random.Random) -> str:
    characters = list(text)
    for _ in range(edits):
        place = rng.randint(0, len(characters))
        kind = rng.randrange(3)
        if kind == 0:
            characters.insert(place, rng.choice(letters))
        elif place < len(characters):
            characters[place : place + 1] = [rng.choice(letters)] if kind == 1 else []
    return "".join(characters)


def oracle(a: str, b: str, k: int) -> int | None:
    table = {(i, 0): i for i in range(len(a) + 1)} | {(0, j): j for j in range(len(b) + 1)}
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            table[i, j] = min(
                table[i - 1, j] + 1, table[i, j - 1] + 1, table[i - 1, j - 1] + (a[i - 1] != b[j - 1])
            )
    distance = table[len(a), len(b)]
    return distance if distance <= k else None


def grow(n: int, seed: int) -> list:
    rng = random.Random(f"grow-{seed}-{n}")
    letters = "abcdefghijklmnopqrstuvwxyz "
    a = "".join(rng.choice(letters) for _ in range(n))
    return [a, _edited(a, 8, letters, rng), 8]
