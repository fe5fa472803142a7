def max_overlapping_kernels(spans: list[tuple[int, int]]) -> int:
    """Return the largest number of kernels that run at the same microsecond.

    Spans are half-open [start, end) and unordered; one with end < start raises ValueError.
    """
    raise NotImplementedError
