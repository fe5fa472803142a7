"""Cases for bpe_encode. The oracle is the old code of the statement."""

import itertools
import random


def visible() -> list[tuple[str, list]]:
    return [
        ("example-1", [list("lower"), {("l", "o"): 0, ("lo", "w"): 2, ("e", "r"): 1, ("w", "e"): 3}]),
        ("example-2", [list("aaaaa"), {("a", "a"): 0, ("aa", "aa"): 1}]),
        ("example-3", [list("abab"), {("a", "b"): 5, ("ab", "a"): 2}]),
    ]


def hidden(seed: int) -> list[tuple[str, list]]:
    rng = random.Random(f"bpe_encode-{seed}")
    cases = [
        ("edge-no-symbols", [[], {("a", "b"): 0}]),
        ("edge-one-symbol", [["a"], {("a", "a"): 0}]),
        ("edge-no-merges", [list("abc"), {}]),
        ("edge-nothing-fits", [list("abc"), {("b", "a"): 0, ("c", "b"): 1}]),
        ("edge-order-beats-length", [list("abc"), {("b", "c"): 0, ("a", "b"): 1, ("ab", "c"): 2}]),
        ("edge-three-equal", [list("aaa"), {("a", "a"): 0}]),
        ("edge-merges-to-the-left", [list("xyzz"), {("z", "z"): 0, ("y", "zz"): 1, ("x", "yzz"): 2}]),
        (
            "edge-whole-word",
            [
                list("tokens"),
                {("t", "o"): 0, ("k", "e"): 1, ("n", "s"): 2, ("to", "ke"): 3, ("toke", "ns"): 4},
            ],
        ),
        (
            "edge-two-ways-to-a-symbol",
            [
                list("abcabc"),
                {("a", "b"): 3, ("a", "bc"): 1, ("b", "c"): 2, ("ab", "c"): 0, ("abc", "abc"): 4},
            ],
        ),
        (
            "edge-lower-rank-later",
            [list("abxabx"), {("a", "b"): 9, ("ab", "x"): 0, ("x", "a"): 4, ("b", "x"): 7}],
        ),
        ("edge-long-symbols", [["the", "re", "the", "re"], {("the", "re"): 0, ("re", "the"): 1}]),
        ("edge-rank-zero", [list("abba"), {("b", "b"): 0, ("a", "b"): 1, ("bb", "a"): 2}]),
    ]
    for number in range(1, 41):
        cases.append(
            (f"random-{number:02}", _problem(rng.randint(1, 24), rng.choice(["ab", "abc"]), 14, rng))
        )
    cases.append(("large-one-letter", [["a"] * 40_000, {("a" * 2**i, "a" * 2**i): i for i in range(12)}]))
    cases.append(("large-base64", grow(30_000, seed)))
    return cases


def _problem(n: int, letters: str, merges: int, rng: random.Random) -> list:
    """Merges of symbols that exist, in an order that is not always the order in which they arise."""
    known = list(letters)
    pairs: list[tuple] = []
    while len(pairs) < merges:
        pair = (rng.choice(known), rng.choice(known))
        if pair not in pairs and len(pair[0] + pair[1]) <= 8:
            pairs.append(pair)
            known.append(pair[0] + pair[1])
    if rng.random() < 0.5:
        rng.shuffle(pairs)
    rank = {pair: place for place, pair in enumerate(pairs)}
    return [[rng.choice(letters) for _ in range(n)], rank]


def oracle(symbols: list, rank: dict) -> list:
    symbols = list(symbols)
    while True:
        pairs = [
            (rank[pair], place) for place, pair in enumerate(itertools.pairwise(symbols)) if pair in rank
        ]
        if not pairs:
            return symbols
        _, place = min(pairs)
        symbols = [*symbols[:place], symbols[place] + symbols[place + 1], *symbols[place + 2 :]]


def grow(n: int, seed: int) -> list:
    return _problem(n, "abcdefghij", 300, random.Random(f"grow-{seed}-{n}"))
