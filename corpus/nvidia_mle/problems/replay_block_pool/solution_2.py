def replay_block_pool(num_blocks: int, calls: list[list]) -> list[int | None]:
    """The queue is a doubly linked list in two arrays; cell num_blocks is its sentinel."""
    ring = num_blocks
    after = [*range(1, num_blocks + 1), 0]
    before = [num_blocks, *range(num_blocks)]
    users = [0] * num_blocks
    key_of: dict[int, int] = {}
    block_of: dict[int, int] = {}

    def unlink(block: int) -> None:
        after[before[block]] = after[block]
        before[after[block]] = before[block]

    def link(block: int, left: int) -> None:
        right = after[left]
        after[left] = before[right] = block
        before[block], after[block] = left, right

    results: list[int | None] = []
    for call in calls:
        answer = None
        if call[0] == "allocate":
            if after[ring] != ring:
                answer = after[ring]
                unlink(answer)
                users[answer] = 1
                if answer in key_of:
                    del block_of[key_of.pop(answer)]
        elif call[0] == "lookup":
            answer = block_of.get(call[1])
            if answer is not None:
                if users[answer] == 0:
                    unlink(answer)
                users[answer] += 1
        elif call[0] == "publish":
            _, block, key = call
            if block not in key_of and key not in block_of:
                key_of[block], block_of[key] = key, block
        else:
            block = call[1]
            if users[block] < 1:
                raise ValueError("released more often than taken")
            users[block] -= 1
            if users[block] == 0:
                link(block, before[ring] if block in key_of else ring)
        results.append(answer)
    return results
