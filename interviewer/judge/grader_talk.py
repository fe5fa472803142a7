"""Whether a statement talks to or about the grading of its answer, by its embedding.

`injection` knows attacks by their words; this knows them by what they are like. `grader_talk.json` holds a support
vector machine over sentence vectors of the packaged embedder, fitted by bench/fit_grader_talk.py to lines written for it
(bench/grader_talk.yaml) and to the bank's own statements. Its threshold was set on honest answers that it had not
seen. With another embedder it says nothing.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from interviewer.judge.gates import Gated
from interviewer.judge.words import tokens
from retrieval import Embedder, Vectors

# What is shorter says too little to be sure of.
LEAST_WORDS = 4
# Support vectors are kept as whole numbers of a byte; no component of one is larger than 127 of these.
STEP = 1 / 400


@dataclass(frozen=True)
class GraderTalk:
    """Support vectors and their weights; a vector whose margin reaches `threshold` is talk about grading."""

    embedder: str
    support: NDArray[np.float64]
    weights: NDArray[np.float64]
    intercept: float
    gamma: float
    threshold: float

    @cached_property
    def _lengths(self) -> NDArray[np.float64]:
        return np.asarray((self.support**2).sum(axis=1))

    def margins(self, vectors: Vectors) -> NDArray[np.float64]:
        """One a vector of length 1, rounded: what lies behind the fourth decimal is the arithmetic's, not the text's."""
        squares = 1 + self._lengths - 2 * (vectors.astype(np.float64) @ self.support.T)
        return np.round(np.exp(-self.gamma * squares) @ self.weights + self.intercept, 4)

    def places(self, texts: Sequence[str], embedder: Embedder) -> list[int]:
        """The places of the texts that talk about grading. Raises EmbedderError."""
        # In bfloat16 the same model computes.
        if not texts or embedder.name.removesuffix("-bfloat16") != self.embedder:
            return []
        margins = self.margins(embedder.embed_passages(list(texts)))
        return [i for i in np.flatnonzero(margins >= self.threshold).tolist() if is_long(texts[i])]


def is_long(text: str) -> bool:
    """Whether a statement has the words that it takes to be sure of it."""
    return len(tokens(text)) >= LEAST_WORDS


def without_grader_talk(gated: Gated, embedder: Embedder) -> Gated:
    """What a gate left, without statements about grading; they are injected text like what the gate took out.

    Raises EmbedderError.
    """
    if gated.zero or gated.unscored is not None:
        return gated
    found = set(shipped_grader_talk().places([s.text for s in gated.sentences], embedder))
    if not found:
        return gated
    left = tuple(s for place, s in enumerate(gated.sentences) if place not in found)
    others = tuple(flag for flag in gated.flags if flag != "injection")
    if left:
        return replace(gated, sentences=left, flags=("injection", *others))
    # The last flag is the reason for a score of nothing.
    return replace(gated, sentences=(), flags=(*others, "injection"), zero=True)


@lru_cache(maxsize=1)
def shipped_grader_talk() -> GraderTalk:
    """The one in the package, made for all-MiniLM-L6-v2."""
    return read_grader_talk(
        resources.files("interviewer.judge").joinpath("grader_talk.json").read_text("utf-8")
    )


def read_grader_talk(text: str) -> GraderTalk:
    """From the JSON that bench/fit_grader_talk.py writes."""
    data = json.loads(text)
    weights = np.array(data["weights"], dtype=np.float64)
    whole = np.frombuffer(base64.b64decode(data["support"]), dtype=np.int8).astype(np.float64)
    support = whole.reshape(len(weights), -1) * STEP
    return GraderTalk(
        data["provenance"]["embedder"], support, weights, data["intercept"], data["gamma"], data["threshold"]
    )


def packed(support: NDArray[np.float64]) -> str:
    """Support vectors as they are kept."""
    return base64.b64encode(np.round(support / STEP).astype(np.int8).tobytes()).decode()
