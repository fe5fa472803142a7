def within(a: str, b: str, k: int) -> int | None:
    """How far e edits reach on each diagonal (Ukkonen, Myers); equal characters are free slides."""
    n, m = len(a), len(b)
    if abs(n - m) > k:
        return None

    def slide(i: int, diagonal: int) -> int:
        while i < n and i + diagonal < m and a[i] == b[i + diagonal]:
            i += 1
        return i

    reach = {0: slide(0, 0)}  # diagonal j - i -> the largest i that can be reached
    for edits in range(min(k, n + m) + 1):
        if reach.get(m - n, -1) >= n:
            return edits
        further = {}
        for diagonal in range(max(-edits - 1, -n), min(edits + 1, m) + 1):
            options = []
            if diagonal in reach:
                options.append(reach[diagonal] + 1)  # replace
            if diagonal + 1 in reach:
                options.append(reach[diagonal + 1] + 1)  # delete from a
            if diagonal - 1 in reach:
                options.append(reach[diagonal - 1])  # insert into a
            if options:
                further[diagonal] = slide(min(max(options), n, m - diagonal), diagonal)
        reach = further
    return None
