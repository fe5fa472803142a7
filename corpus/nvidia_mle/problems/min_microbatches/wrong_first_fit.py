def min_microbatches(lengths: list[int], memory_budget: int, bytes_per_token: int) -> int:
    if bytes_per_token <= 0:
        raise ValueError("bytes_per_token must be positive")
    capacity = memory_budget // bytes_per_token
    room: list[int] = []
    for length in lengths:
        if length > capacity:
            return -1
        for batch, left in enumerate(room):
            if length <= left:
                room[batch] -= length
                break
        else:
            room.append(capacity - length)
    return len(room)
