from itertools import pairwise


def bpe_encode(symbols: list[str], rank: dict[tuple[str, str], int]) -> list[str]:
    tokens = list(symbols)
    while True:
        pairs = {pair: rank[pair] for pair in pairwise(tokens) if pair in rank}
        if not pairs:
            return tokens
        best = min(pairs, key=lambda pair: pairs[pair])
        merged = []
        i = 0
        while i < len(tokens):
            if tuple(tokens[i : i + 2]) == best:
                merged.append(tokens[i] + tokens[i + 1])
                i += 2
            else:
                merged.append(tokens[i])
                i += 1
        tokens = merged
