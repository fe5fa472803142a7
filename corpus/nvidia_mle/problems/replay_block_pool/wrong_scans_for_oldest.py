class BlockPool:
    def __init__(self, num_blocks: int) -> None:
        self.idle_since = {block: block - num_blocks for block in range(num_blocks)}
        self.clock = 0
        self.head = -num_blocks - 1
        self.count = [0] * num_blocks
        self.key_of: list[int | None] = [None] * num_blocks
        self.block_of: dict[int, int] = {}

    def allocate(self) -> int | None:
        if not self.idle_since:
            return None
        block = min(self.idle_since, key=lambda block: self.idle_since[block])
        del self.idle_since[block]
        key = self.key_of[block]
        if key is not None:
            del self.block_of[key]
            self.key_of[block] = None
        self.count[block] = 1
        return block

    def lookup(self, key: int) -> int | None:
        block = self.block_of.get(key)
        if block is not None:
            self.idle_since.pop(block, None)
            self.count[block] += 1
        return block

    def publish(self, block: int, key: int) -> None:
        if key not in self.block_of and self.key_of[block] is None:
            self.block_of[key] = block
            self.key_of[block] = key

    def release(self, block: int) -> None:
        if self.count[block] == 0:
            raise ValueError(f"block {block} is not in use")
        self.count[block] -= 1
        if self.count[block] == 0 and self.key_of[block] is None:
            self.idle_since[block] = self.head
            self.head -= 1
        elif self.count[block] == 0:
            self.idle_since[block] = self.clock
            self.clock += 1


def replay_block_pool(num_blocks: int, calls: list[list]) -> list[int | None]:
    pool = BlockPool(num_blocks)
    return [getattr(pool, name)(*arguments) for name, *arguments in calls]
