def stuck(waits_for: dict[int, list[int]]) -> list[int]:
    """Return the processes that can never proceed; each needs all processes on its list."""
    raise NotImplementedError
