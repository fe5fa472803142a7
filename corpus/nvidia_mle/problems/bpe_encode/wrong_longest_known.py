def bpe_encode(symbols: list[str], rank: dict[tuple[str, str], int]) -> list[str]:
    known = {left + right for left, right in rank}
    result = []
    i = 0
    while i < len(symbols):
        length = 1
        for end in range(len(symbols), i + 1, -1):
            if "".join(symbols[i:end]) in known:
                length = end - i
                break
        result.append("".join(symbols[i : i + length]))
        i += length
    return result
