"""From features to calibrated probabilities: a small fitted model that ships as `calibration.json`.

The model was fitted end to end (bench/fit_embedded_judge.py): a criterion's features give probabilities, those give
expected credit, the weighted mean of credits is the predicted score, and that was fitted to human scores.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

import numpy as np

from interviewer.judge.features import FEATURES, Floats

MAX_LOGIT = 12.0


@dataclass(frozen=True)
class Calibration:
    """A fitted model of how humans grade, with everything that it was fitted from under `provenance`.

    A wording's logit is `weights · standardised features + bias`. Half the distance between "partly" and "wholly
    there" on that scale is `step`. `red_flag_shift` moves the logit of red flags, which are rare. `spread` turns the
    model's own variance into the half-width of an 80 % interval: sqrt(spread[0] + spread[1] * variance) * spread[2].
    """

    features: tuple[str, ...]
    mean: Floats
    scale: Floats
    weights: Floats
    bias: float
    step: float
    contradiction: Floats
    contradiction_bias: float
    wordings_shift: float
    red_flag_shift: float
    off_topic_below: float
    gated_uncertainty: float
    spread: tuple[float, float, float]
    embedder: str
    provenance: dict[str, Any]
    identity: str

    def logits(self, values: Floats) -> Floats:
        """How clearly each wording is there; `values` is (n, len(FEATURES))."""
        z = ((values - self.mean) / self.scale) @ self.weights + self.bias
        return np.asarray(np.clip(z, -MAX_LOGIT, MAX_LOGIT))

    def contradicted(self, values: Floats) -> Floats:
        """Probability that what is there says the opposite, given that it is there."""
        z = values @ self.contradiction + self.contradiction_bias
        return np.asarray(1 / (1 + np.exp(-np.clip(z, -MAX_LOGIT, MAX_LOGIT))))

    def met_partial(self, logits: Floats) -> tuple[Floats, Floats]:
        """Probabilities of wholly and of partly there, contradiction aside."""
        met = 1 / (1 + np.exp(self.step - logits))
        return met, 1 / (1 + np.exp(-self.step - logits)) - met

    def half_width(self, variance: float) -> float:
        """Half-width of an 80 % interval on a score, from the variance that the credits have."""
        floor, slope, factor = self.spread
        return float(min(1.0, factor * (floor + slope * variance) ** 0.5))


def read_calibration(text: str) -> Calibration:
    """A calibration from its JSON. Raises ValueError if it was fitted for other features."""
    data = json.loads(text)
    if tuple(data["features"]) != FEATURES:
        raise ValueError("The calibration was fitted for other features; run bench/fit_embedded_judge.py.")
    floor, slope, factor = data["spread"]
    return Calibration(
        features=FEATURES,
        mean=np.array(data["mean"]),
        scale=np.array(data["scale"]),
        weights=np.array(data["weights"]),
        bias=data["bias"],
        step=data["step"],
        contradiction=np.array(data["contradiction"]),
        contradiction_bias=data["contradiction_bias"],
        wordings_shift=data["wordings_shift"],
        red_flag_shift=data["red_flag_shift"],
        off_topic_below=data["off_topic_below"],
        gated_uncertainty=data["gated_uncertainty"],
        spread=(floor, slope, factor),
        embedder=data["embedder"],
        provenance=data["provenance"],
        identity=hashlib.sha256(text.encode()).hexdigest()[:12],
    )


@lru_cache(maxsize=1)
def shipped_calibration() -> Calibration:
    """The calibration in the package, fitted for all-MiniLM-L6-v2."""
    return read_calibration(
        resources.files("interviewer.judge").joinpath("calibration.json").read_text("utf-8")
    )
