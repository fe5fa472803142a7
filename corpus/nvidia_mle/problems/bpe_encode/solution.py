import heapq


def bpe_encode(symbols: list[str], rank: dict[tuple[str, str], int]) -> list[str]:
    """Candidates in a heap by rank and position, symbols in a linked list; stale candidates are skipped."""
    n = len(symbols)
    token = list(symbols)
    alive = [True] * n
    after = list(range(1, n + 1))
    before = list(range(-1, n - 1))
    heap: list[tuple[int, int, str, str]] = []

    def propose(i: int) -> None:
        """Pushes the pair that starts at i, if it has a rank."""
        j = after[i]
        if j < n:
            found = rank.get((token[i], token[j]))
            if found is not None:
                heapq.heappush(heap, (found, i, token[i], token[j]))

    for i in range(n):
        propose(i)
    while heap:
        _, i, left, right = heapq.heappop(heap)
        j = after[i]
        if not alive[i] or j >= n or token[i] != left or token[j] != right:
            continue
        token[i] = left + right
        alive[j] = False
        after[i] = after[j]
        if after[j] < n:
            before[after[j]] = i
        propose(i)
        if before[i] >= 0:
            propose(before[i])
    return [symbol for symbol, lives in zip(token, alive, strict=True) if lives]
