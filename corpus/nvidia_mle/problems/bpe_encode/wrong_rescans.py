def bpe_encode(symbols: list[str], rank: dict[tuple[str, str], int]) -> list[str]:
    tokens = list(symbols)
    while True:
        best = None
        for i in range(len(tokens) - 1):
            found = rank.get((tokens[i], tokens[i + 1]))
            if found is not None and (best is None or found < best[0]):
                best = found, i
        if best is None:
            return tokens
        i = best[1]
        tokens[i : i + 2] = [tokens[i] + tokens[i + 1]]
