"""Sentence embeddings behind one small protocol; torch is imported when the first text is embedded."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import EmbedderError

Vectors = NDArray[np.float32]
# What an embedding model computes in.
Precision = Literal["float32", "bfloat16"]
# How many are done, of how many.
Progress = Callable[[int, int], None]

_CHUNK = 32  # texts between two reports of progress
_WORD = re.compile(r"[a-z0-9]+")


class Embedder(Protocol):
    """Text to vectors. Queries and passages are different calls because some models prefix them differently."""

    @property
    def name(self) -> str:
        """What an index or a calibration made with this embedder is keyed by."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """`(n, dimension)` float32, L2-normalised, in the order given."""

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """`(n, dimension)` float32, L2-normalised, in the order given."""

    def embed_spans(self, text: str, spans: Sequence[tuple[int, int]]) -> Vectors:
        """`(len(spans), dimension)` float32, L2-normalised: parts of a text, each as it is meant in its context.

        Spans are `(start, end)` in Python string indices, in the text's order and not overlapping.
        """


def default_embedder(model: str | None = None, precision: Precision = "float32") -> Embedder:
    """The packaged all-MiniLM-L6-v2, or any sentence-transformers model by folder or hub name.

    Nothing is loaded yet. Raises EmbedderError when the packaged model is missing or `model` is empty.
    """
    from retrieval.sentence_transformer import SentenceTransformerEmbedder

    if model is None:
        return SentenceTransformerEmbedder.packaged(precision)
    return SentenceTransformerEmbedder(model, precision=precision)


def is_native(precision: Precision) -> bool:
    """Whether the processor has instructions for it; where it has none, bfloat16 is slower than float32."""
    from retrieval.sentence_transformer import has_bfloat16

    return precision == "float32" or has_bfloat16()


def embed_with_progress(
    embedder: Embedder, texts: Sequence[str], progress: Progress | None = None
) -> Vectors:
    """What `embed_passages` gives, with `progress` told after every few texts how many are embedded of how many.

    Without texts nothing is told and no model is loaded, so the vectors are `(0, 0)`: only a model knows a dimension.

    Raises EmbedderError where the model gives vectors that are none.
    """
    if not texts:
        return np.empty((0, 0), dtype=np.float32)
    parts: list[Vectors] = []
    for start in range(0, len(texts), _CHUNK):
        chunk = texts[start : start + _CHUNK]
        vectors = embedder.embed_passages(chunk)
        if vectors.shape != (len(chunk), embedder.dimension) or not np.isfinite(vectors).all():
            raise EmbedderError(
                f"The embedding model {embedder.name} gave no usable vectors; choose another."
            )
        parts.append(vectors)
        if progress is not None:
            progress(start + len(chunk), len(texts))
    return np.concatenate(parts)


class HashEmbedder:
    """A fake for tests: a text's vector is the signed sum of its words' hashed places.

    Texts that share words are similar, texts without a word in common are almost orthogonal; no model, no
    state, the same on every machine (feature hashing, Weinberger et al. 2009, doi:10.1145/1553374.1553516).
    """

    def __init__(self, dimension: int = 256) -> None:
        self._dimension = dimension

    @property
    def name(self) -> str:
        """`hash-<dimension>`."""
        return f"hash-{self._dimension}"

    @property
    def dimension(self) -> int:
        """As given."""
        return self._dimension

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """`(n, dimension)` float32, L2-normalised, in the order given; a text without words gets the first axis."""
        vectors = np.zeros((len(texts), self._dimension), dtype=np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for word in _WORD.findall(text.lower()):
                digest = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "little")
                row[(digest >> 1) % self._dimension] += 1.0 if digest & 1 else -1.0
            norm = float(np.linalg.norm(row))
            if norm == 0.0:
                row[0] = 1.0
            else:
                row /= norm
        return vectors

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """As `embed_queries`: this embedder has no prompts."""
        return self.embed_queries(texts)

    def embed_spans(self, text: str, spans: Sequence[tuple[int, int]]) -> Vectors:
        """As `embed_queries` of each span: this embedder knows no context."""
        return self.embed_queries([text[start:end] for start, end in spans])
