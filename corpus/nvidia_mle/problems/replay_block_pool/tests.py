"""Cases for replay_block_pool. The oracle keeps the queue as a plain list and searches it."""

import random


def visible() -> list[tuple[str, list]]:
    return [
        (
            "example-1",
            [2, [["allocate"], ["publish", 0, 111], ["release", 0], ["lookup", 111], ["lookup", 222]]],
        ),
        (
            "example-2",
            [
                2,
                [
                    ["allocate"],
                    ["publish", 0, 7],
                    ["release", 0],
                    ["allocate"],
                    ["allocate"],
                    ["lookup", 7],
                    ["allocate"],
                ],
            ],
        ),
    ]


def hidden(seed: int) -> list[tuple[str, list]]:
    rng = random.Random(f"replay_block_pool-{seed}")
    cases = [
        ("edge-no-calls", [3, []]),
        ("edge-no-blocks", [0, [["allocate"], ["lookup", 1]]]),
        ("edge-exhausted", _log(2, "a a a r1 a a")),
        ("edge-shared-block", _log(2, "a p0:5 l5 r0 a a r0 a")),
        ("edge-release-twice", _log(2, "a p0:5 l5 r0 r0 l5 a")),
        ("edge-revived-is-pinned", _log(2, "a a p0:5 r0 r1 l5 a a")),
        ("edge-least-recently-released", _log(3, "a a a p0:1 p1:2 p2:3 r2 r0 r1 a a a")),
        ("edge-revived-moves-to-the-tail", _log(3, "a a a p0:1 p1:2 p2:3 r0 r1 r2 l1 r0 a a a")),
        ("edge-without-key-to-the-head", _log(3, "a a a p0:1 r0 r1 r2 a a a")),
        ("edge-key-taken", _log(3, "a a p0:4 p1:4 r0 r1 a l4 a l4")),
        ("edge-block-has-a-key", _log(2, "a p0:4 p0:5 l5 l4")),
        ("edge-key-free-again", _log(1, "a p0:4 r0 a p0:4 r0 l4")),
        ("edge-key-zero", _log(2, "a p0:0 r0 l0 a a")),
        ("edge-released-too-often", _log(2, "a r0 r0")),
        ("edge-released-never-taken", _log(2, "a r1")),
        ("edge-released-idle-with-key", _log(2, "a p0:9 r0 r0")),
    ]
    for number in range(1, 31):
        blocks = rng.randint(1, 5)
        calls = _play(blocks, 40, rng.choice([4, 8]), rng)
        if number % 10 == 0:
            calls += [["release", 0]] * (len(calls) + 1)
        cases.append((f"random-{number:02}", [blocks, calls]))
    cases.append(("large-many-idle", [60_000, _play(60_000, 45_000, 3000, rng)]))
    cases.append(("large-mixed", grow(45_000, seed)))
    return cases


def _log(num_blocks: int, text: str) -> list:
    """A short hand: a, l5 = lookup 5, p0:5 = publish block 0 as 5, r0 = release block 0."""
    names = {"a": "allocate", "l": "lookup", "p": "publish", "r": "release"}
    return [num_blocks, [[names[w[0]], *(int(x) for x in w[1:].split(":") if x)] for w in text.split()]]


def _play(num_blocks: int, length: int, keys: int, rng: random.Random) -> list:
    """A log in which only blocks in use are published and released."""
    pool, calls, held = _Pool(num_blocks), [], []
    while len(calls) < length:
        kind = rng.choice("aallppr") if held else rng.choice("al")
        if kind == "a":
            call = ["allocate"]
        elif kind == "l":
            call = ["lookup", rng.randrange(keys)]
        elif kind == "p":
            call = ["publish", rng.choice(held[-4:]), rng.randrange(keys)]
        else:
            call = ["release", held.pop(rng.randrange(len(held)))]
        block = pool.do(call)
        if block is not None:
            held.append(block)
        calls.append(call)
        while len(held) > num_blocks + 3 or (len(held) > 2000 and len(calls) < length):
            call = ["release", held.pop(0)]
            pool.do(call)
            calls.append(call)
    return calls


class _Pool:
    """Follows the table of the statement line by line; the queue is a plain list."""

    def __init__(self, num_blocks: int) -> None:
        self.queue = list(range(num_blocks))
        self.count = [0] * num_blocks
        self.key_of: dict[int, int] = {}
        self.block_of: dict[int, int] = {}

    def do(self, call: list) -> int | None:
        if call[0] == "allocate":
            if not self.queue:
                return None
            block = self.queue.pop(0)
            self.block_of.pop(self.key_of.pop(block, None), None)
            self.count[block] = 1
            return block
        if call[0] == "lookup":
            block = self.block_of.get(call[1])
            if block is not None:
                if self.count[block] == 0:
                    self.queue.remove(block)
                self.count[block] += 1
            return block
        if call[0] == "publish":
            if call[1] not in self.key_of and call[2] not in self.block_of:
                self.key_of[call[1]] = call[2]
                self.block_of[call[2]] = call[1]
            return None
        block = call[1]
        if self.count[block] == 0:
            raise ValueError("the block is not in use")
        self.count[block] -= 1
        if self.count[block] == 0:
            self.queue.insert(len(self.queue) if block in self.key_of else 0, block)
        return None


def oracle(num_blocks: int, calls: list) -> list:
    pool = _Pool(num_blocks)
    return [pool.do(call) for call in calls]


def grow(n: int, seed: int) -> list:
    rng = random.Random(f"grow-{seed}-{n}")
    return [n // 8, _play(n // 8, n, 400, rng)]
