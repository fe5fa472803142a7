def best_order(terms: list[str], sizes: dict[str, int], out: str) -> tuple[int, int | list]:
    """Return (cost, tree): the fewest multiplications to contract all terms, and a pairwise order that has them.

    A tree is the number of a tensor or [tree, tree].
    """
    raise NotImplementedError
