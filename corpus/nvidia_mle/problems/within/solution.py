def within(a: str, b: str, k: int) -> int | None:
    """Rows of the usual table, but only the 2 k + 1 diagonals that a path of cost k can reach.

    Cell d of a row is column j = i + d - k, so the diagonal neighbour has the same d, the one above d + 1.
    """
    n, m = len(a), len(b)
    k = min(k, max(n, m))
    if abs(n - m) > k:
        return None
    far = k + 1
    width = 2 * k + 1
    row = [d - k if 0 <= d - k <= m else far for d in range(width)]
    for i in range(1, n + 1):
        new = [far] * width
        left = far
        first, last = max(0, k - i), min(width, m - i + k + 1)
        for d in range(first, last):
            j = i + d - k
            if j == 0:
                best = i
            else:
                best = row[d] + (a[i - 1] != b[j - 1])
                if d + 1 < width and row[d + 1] + 1 < best:
                    best = row[d + 1] + 1
                if left + 1 < best:
                    best = left + 1
            left = new[d] = min(best, far)
        row = new
        if min(row) == far:
            return None
    distance = row[m - n + k]
    return distance if distance <= k else None
