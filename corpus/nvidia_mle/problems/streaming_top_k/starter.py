def top_k(chunks: list[tuple[int, list[float]]], k: int) -> list[tuple[int, float]]:
    """Return the k largest logits as (token id, value), best first; equal values by smaller id.

    Each chunk is (first token id, values). A NaN raises ValueError.
    """
    raise NotImplementedError
