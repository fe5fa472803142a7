def within(a: str, b: str, k: int) -> int | None:
    n, m = len(a), len(b)
    if abs(n - m) > k:
        return None
    far = k + 1
    before: list[int] = []
    row = [min(j, far) for j in range(m + 1)]
    for i in range(1, n + 1):
        new = [far] * (m + 1)
        if i <= k:
            new[0] = i
        for j in range(max(1, i - k), min(m, i + k) + 1):
            new[j] = min(row[j - 1] + (a[i - 1] != b[j - 1]), row[j] + 1, new[j - 1] + 1, far)
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                new[j] = min(new[j], before[j - 2] + 1)
        before, row = row, new
    return row[m] if row[m] <= k else None
