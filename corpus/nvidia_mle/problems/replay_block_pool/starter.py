def replay_block_pool(num_blocks: int, calls: list[list]) -> list[int | None]:
    """Replay allocate, lookup, publish and release on a fresh pool; one result per call."""
    raise NotImplementedError
