"""Embedding many texts while somebody watches."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from index_world import CountingEmbedder

from retrieval import HashEmbedder, Vectors, embed_with_progress


class NoModel(HashEmbedder):
    """An embedder whose model is not there."""

    @property
    def dimension(self) -> int:
        """Refused: it would load the model."""
        raise AssertionError("the model was loaded")

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Refused: it would load the model."""
        raise AssertionError("the model was loaded")


def test_many_texts_are_embedded_as_if_at_once() -> None:
    texts = [f"text number {number}" for number in range(70)]
    told: list[tuple[int, int]] = []
    embedder = CountingEmbedder()
    vectors = embed_with_progress(embedder, texts, lambda *at: told.append(at))
    assert np.array_equal(vectors, HashEmbedder().embed_passages(texts))
    assert embedder.embedded == texts, "each once"
    assert told == [(32, 70), (64, 70), (70, 70)]


def test_nothing_is_loaded_and_nothing_told_where_there_is_no_text() -> None:
    told: list[tuple[int, int]] = []
    assert embed_with_progress(NoModel(), [], lambda *at: told.append(at)).shape == (0, 0)
    assert told == []
