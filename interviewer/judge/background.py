"""What texts of the domain have in common, so that it does not count as knowledge of one question.

`background.json` holds the mean vector of the domain's sentences and, for every stem that more than one document has,
a weight between 0 and 1 that falls with the number of documents (inverse document frequency, Spärck Jones 1972,
doi:10.1108/eb026526). Taking the mean out of sentence vectors spreads their cosines (Mu and Viswanath 2018,
"All-but-the-Top"). `talk` is the direction of sentences that say nothing (`bench/padding.py`). All of it comes from
bench/fit_embedded_judge.py.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from interviewer.judge.words import stems
from retrieval import Vectors


@dataclass(frozen=True)
class Background:
    """The domain's mean vector and its word weights; a stem that is not listed has weight 1.

    `talk` is the mean of centred vectors of empty talk, of length 1; None where it is not known.
    """

    mean: NDArray[np.float32]
    weights: Mapping[str, float]
    talk: NDArray[np.float32] | None = None

    def centred(self, vectors: Vectors) -> Vectors:
        """Vectors around the domain's mean, of length 1. An embedder of another dimension has no known mean."""
        if vectors.shape[1] != len(self.mean):
            return vectors
        rest = vectors - self.mean
        return np.asarray(
            rest / np.maximum(np.linalg.norm(rest, axis=1, keepdims=True), 1e-6), dtype=np.float32
        )

    def likeness_to_talk(self, centred: Vectors) -> NDArray[np.float32]:
        """`(n,)` cosines of centred vectors with empty talk; -1 where that is not known for the embedder."""
        if self.talk is None or centred.shape[1] != len(self.talk):
            return np.full(len(centred), -1.0, dtype=np.float32)
        return np.asarray(centred @ self.talk, dtype=np.float32)

    def weight(self, word: str) -> float:
        """Weight of a stem, 0..1."""
        return self.weights.get(word, 1.0)


def word_weights(documents: Iterable[Sequence[str]]) -> dict[str, float]:
    """Stem -> inverse document frequency over that of a stem of one document; those are left out (weight 1)."""
    found: Counter[str] = Counter()
    count = 0
    for document in documents:
        found.update({word for text in document for word in stems(text)})
        count += 1
    return {
        word: round(math.log((count + 1) / (seen + 0.5)) / math.log((count + 1) / 1.5), 3)
        for word, seen in sorted(found.items())
        if seen > 1
    }


def read_background(text: str) -> Background:
    """A background from its JSON."""
    data = json.loads(text)
    mean, talk = (np.array(data[name], dtype=np.float32) for name in ("mean", "talk"))
    return Background(mean, data["weights"], talk)


@lru_cache(maxsize=1)
def shipped_background() -> Background:
    """The background in the package, made for all-MiniLM-L6-v2 from the built-in pack."""
    return read_background(
        resources.files("interviewer.judge").joinpath("background.json").read_text("utf-8")
    )
