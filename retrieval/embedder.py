"""Sentence embeddings behind one small protocol; torch is imported when the first text is embedded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


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
