from collections import OrderedDict


class BlockPool:
    def __init__(self, num_blocks: int) -> None:
        self.idle = OrderedDict.fromkeys(range(num_blocks))  # the head is handed out next
        self.count = [0] * num_blocks
        self.key_of: list[int | None] = [None] * num_blocks
        self.block_of: dict[int, int] = {}

    def allocate(self) -> int | None:
        if not self.idle:
            return None
        block, _ = self.idle.popitem(last=False)
        self.count[block] = 1
        return block

    def lookup(self, key: int) -> int | None:
        block = self.block_of.get(key)
        if block is not None:
            self.idle.pop(block, None)
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
        if self.count[block] == 0:
            self.idle[block] = None
            if self.key_of[block] is None:  # nothing worth keeping
                self.idle.move_to_end(block, last=False)


def replay_block_pool(num_blocks: int, calls: list[list]) -> list[int | None]:
    pool = BlockPool(num_blocks)
    return [getattr(pool, name)(*arguments) for name, *arguments in calls]
