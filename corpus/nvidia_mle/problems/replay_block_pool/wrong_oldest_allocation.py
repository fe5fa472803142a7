class BlockPool:
    def __init__(self, num_blocks: int) -> None:
        self.order = list(range(num_blocks))  # by the time of allocation
        self.count = [0] * num_blocks
        self.key_of: list[int | None] = [None] * num_blocks
        self.block_of: dict[int, int] = {}

    def allocate(self) -> int | None:
        for place, block in enumerate(self.order):
            if self.count[block] == 0:
                self.order.append(self.order.pop(place))
                key, self.key_of[block] = self.key_of[block], None
                if key is not None:
                    del self.block_of[key]
                self.count[block] = 1
                return block
        return None

    def lookup(self, key: int) -> int | None:
        block = self.block_of.get(key)
        if block is not None:
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
            self.order.remove(block)
            self.order.insert(0, block)


def replay_block_pool(num_blocks: int, calls: list[list]) -> list[int | None]:
    pool = BlockPool(num_blocks)
    return [getattr(pool, name)(*arguments) for name, *arguments in calls]
