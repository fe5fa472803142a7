def within(a: str, b: str, k: int) -> int | None:
    """Return the edit distance of a and b if it is at most k, otherwise None."""
    raise NotImplementedError
