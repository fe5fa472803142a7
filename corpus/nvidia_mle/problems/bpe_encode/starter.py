def bpe_encode(symbols: list[str], rank: dict[tuple[str, str], int]) -> list[str]:
    """Merge the adjacent pair of lowest rank, leftmost among equals, until no pair has a rank.

    rank[left, right] is the position of that merge in the training order.
    """
    raise NotImplementedError
