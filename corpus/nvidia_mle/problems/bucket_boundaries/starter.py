def bucket_boundaries(lengths: list[int], num_buckets: int) -> tuple[list[int], int]:
    """Return (bounds, pad): at most num_buckets ascending bounds with the least padding, and that padding."""
    raise NotImplementedError
