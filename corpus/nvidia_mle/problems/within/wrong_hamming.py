def within(a: str, b: str, k: int) -> int | None:
    different = abs(len(a) - len(b)) + sum(x != y for x, y in zip(a, b, strict=False))
    return different if different <= k else None
