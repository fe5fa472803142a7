"""An embedder that remembers what it embedded, for benchmarks that compare many texts with the same ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from retrieval import Embedder
from retrieval.embedder import Vectors


class Remembered:
    """What another embedder gives, each text embedded once. Every vector is kept."""

    def __init__(self, embedder: Embedder) -> None:
        """Remember what that embedder gives."""
        self._embedder = embedder
        self._queries: dict[str, np.ndarray] = {}
        self._passages: dict[str, np.ndarray] = {}

    @property
    def name(self) -> str:
        """The other embedder's."""
        return self._embedder.name

    @property
    def dimension(self) -> int:
        """The other embedder's."""
        return self._embedder.dimension

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """As the other embedder."""
        return self._recalled(texts, self._queries, self._embedder.embed_queries)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """As the other embedder."""
        return self._recalled(texts, self._passages, self._embedder.embed_passages)

    def embed_spans(self, text: str, spans: Sequence[tuple[int, int]]) -> Vectors:
        """As the other embedder, not remembered."""
        return self._embedder.embed_spans(text, spans)

    def _recalled(
        self, texts: Sequence[str], known: dict[str, np.ndarray], embed: Callable[[Sequence[str]], Vectors]
    ) -> Vectors:
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new:
            known |= zip(new, embed(new), strict=True)
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        return np.stack([known[text] for text in texts])
