def min_microbatches(lengths: list[int], memory_budget: int, bytes_per_token: int) -> int:
    """Return the minimum number of order-preserving microbatches under a memory budget.

    Each microbatch must satisfy bytes_per_token * sum(its lengths) <= memory_budget.
    Return -1 if any single sequence cannot fit.
    """
    raise NotImplementedError
