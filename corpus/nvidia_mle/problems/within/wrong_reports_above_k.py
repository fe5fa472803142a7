def within(a: str, b: str, k: int) -> int | None:
    n, m = len(a), len(b)
    if abs(n - m) > k:
        return None
    far = n + m + 1
    row = {j: j for j in range(min(m, k) + 1)}
    for i in range(1, n + 1):
        new = {}
        for j in range(max(0, i - k), min(m, i + k) + 1):
            if j == 0:
                new[0] = i
                continue
            replace = row.get(j - 1, far) + (a[i - 1] != b[j - 1])
            new[j] = min(replace, row.get(j, far) + 1, new.get(j - 1, far) + 1)
        row = new
    return row.get(m)
