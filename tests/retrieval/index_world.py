"""Passages and an embedder that counts, for tests of the index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from corpus import Passage, PassageKind
from retrieval import HashEmbedder, Vectors

TEXTS = {
    "nccl": "The watchdog names the rank that never joined the collective.",
    "cache": "The key-value cache grows with every token of every sequence.",
    "paging": "Pages are handed out on demand, so little of the cache is lost.",
    "offer": "Stock vests over four years and moves with the share price.",
}


def passage(name: str, text: str, **changes: object) -> Passage:
    made = Passage(
        passage_id=f"note:{name}",
        item_id=name,
        kind=PassageKind.NOTE,
        title=f"About {name}",
        text=text,
        source=f"{name}:1",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def passages(**changed: str) -> tuple[Passage, ...]:
    """Four passages, some with another text than usual."""
    return tuple(passage(name, text) for name, text in (TEXTS | changed).items())


class CountingEmbedder(HashEmbedder):
    """Hashed words; remembers every text that it embedded as a passage."""

    def __init__(self, dimension: int = 256) -> None:
        super().__init__(dimension)
        self.embedded: list[str] = []

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """As the base class."""
        self.embedded.extend(texts)
        return super().embed_passages(texts)
