def fattest_route(links: list[tuple[int, int, float]], src: int, dst: int) -> tuple[float, list[int]]:
    """Return (speed, route): a route whose slowest link is as fast as possible, and that speed.

    (0, []) if there is no route, (inf, [src]) if src == dst.
    """
    raise NotImplementedError
