"""How near a proposed follow-up is to everything that the guard holds it against."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from interviewer.followup_guard import NEAR_TOPIC, Nearness, Situation
from interviewer.judge.sentences import split_sentences
from retrieval import Embedder

MAX_GROUNDS = 2
MAX_SENTENCES = 40


class Scale:
    """Vectors of everything that proposals for one aim are compared with."""

    def __init__(self, situation: Situation, embedder: Embedder) -> None:
        """Embed what the situation holds."""
        self.situation = situation
        self._embedder = embedder
        sentences = [sentence.text for sentence in split_sentences(situation.answer)][:MAX_SENTENCES]
        self._target = self._embed(situation.target.phrases if situation.target is not None else ())
        self._vectors = {
            "others": self._embed([text for hidden in situation.others for text in hidden.phrases]),
            "question": self._embed([situation.question]),
            "answer": self._embed(sentences),
            "asked": self._embed(situation.asked),
            "bank": self._embed(situation.bank),
            "passages": self._embed(situation.passages),
        }
        said = np.concatenate([self._vectors[name] for name in ("question", "answer", "asked")])
        self._said = (self._target @ said.T).max(axis=1)

    def nearness(self, vector: np.ndarray, admitted: Sequence[str]) -> Nearness:
        """Cosines of a proposal; what has been admitted already counts as asked."""
        near = {
            name: float((vectors @ vector).max()) if len(vectors) else 0.0
            for name, vectors in self._vectors.items()
        }
        if admitted:
            near["asked"] = max(near["asked"], float((self._embed(admitted) @ vector).max()))
        target = self._target @ vector
        return Nearness(
            target=float(target.max(initial=0.0)),
            unsaid=float(target[target > self._said].max(initial=0.0)),
            **near,
        )

    def nearest_passages(self, vector: np.ndarray) -> list[int]:
        """Places of the passages that a proposal stands on, nearest first."""
        vectors = self._vectors["passages"]
        if not len(vectors):
            return []
        cosines = vectors @ vector
        return [int(i) for i in np.argsort(-cosines)[:MAX_GROUNDS] if cosines[i] >= NEAR_TOPIC]

    def _embed(self, texts: Sequence[str]) -> np.ndarray:
        if not texts:
            return np.zeros((0, self._embedder.dimension), dtype=np.float32)
        return self._embedder.embed_passages(list(texts))
