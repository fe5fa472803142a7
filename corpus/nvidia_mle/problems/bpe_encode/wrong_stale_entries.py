import heapq


def bpe_encode(symbols: list[str], rank: dict[tuple[str, str], int]) -> list[str]:
    n = len(symbols)
    token = list(symbols)
    alive = [True] * n
    after = list(range(1, n + 1))
    before = list(range(-1, n - 1))
    heap: list[tuple[int, int]] = []

    def propose(i: int) -> None:
        j = after[i]
        if j < n and (token[i], token[j]) in rank:
            heapq.heappush(heap, (rank[token[i], token[j]], i))

    for i in range(n):
        propose(i)
    while heap:
        _, i = heapq.heappop(heap)
        j = after[i]
        if not alive[i] or j >= n:
            continue
        token[i] += token[j]
        alive[j] = False
        after[i] = after[j]
        if after[j] < n:
            before[after[j]] = i
        propose(i)
        if before[i] >= 0:
            propose(before[i])
    return [symbol for symbol, lives in zip(token, alive, strict=True) if lives]
