"""From features to calibrated probabilities: a small fitted model that ships as `calibration.json`.

The model was fitted end to end (bench/fit_embedded_judge.py): a wording's features give a logit, the clearest wording
of a criterion gives its expected credit, and the weighted mean of credits is the predicted score. Credits were fitted
to answers that were made from the question bank, and then moved towards readers' verdicts. Where the criteria are the statements of a model answer, the score is
that of the answer as a whole, fitted to human grades, and the credits are moved together until they come to it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interviewer.judge.features import FEATURES, Floats
from interviewer.judge.uncertainty import WIDTH_FEATURES, Width
from interviewer.judge.whole import ABOUT, CLOSENESS, TURNED, Whole

MAX_LOGIT = 12.0
# Standardised features further out say nothing more.
MAX_Z = 4.0
# The bound of `about` is fitted into its bias.
ON_TOPIC = 0.5
# Who speaks: a rubric, a rubric about a fault, or a model answer whose statements serve as criteria.
HEADS = ("criterion", "red_flag", "reference")

_FROM_REFERENCE = FEATURES.index("from_reference")


@dataclass(frozen=True)
class Head:
    """One kind of criterion. The logit of a wording with standardised features z is
    `z · weights + bias + tanh(z @ hidden + hidden_bias) · out`.

    Half the distance between "partly" and "wholly there" on that scale is `step`.
    """

    weights: Floats
    bias: float
    step: float
    hidden_bias: Floats
    out: Floats


@dataclass(frozen=True)
class Factor:
    """A probability from features: `sigmoid(z · weights + bias)` with z standardised and cut off at MAX_Z."""

    mean: Floats
    scale: Floats
    weights: Floats
    bias: float

    def of(self, values: Floats) -> float:
        """The probability."""
        z = np.clip((values - self.mean) / self.scale, -MAX_Z, MAX_Z)
        return float(_sigmoid(np.array(z @ self.weights + self.bias)))


@dataclass(frozen=True)
class Calibration:
    """A fitted model of how answers are graded, with everything that it was fitted from under `provenance`.

    The score of an answer as a whole against a model answer is `closeness`, times the chance `upright` that it does not
    say the opposite; where `about` is less than a half, such an answer is off topic. Beside a written rubric, `topic` and `topic_bias` give the logit that an answer is about its question at all, from the standardised features
    of any wording; below `off_topic_below` it is not, and below `doubtful_below` it is not if it shows nothing either. `width` gives the half-width of a score's 80 %
    interval; what a gate refuses has `gated_uncertainty`.
    """

    features: tuple[str, ...]
    mean: Floats
    scale: Floats
    heads: tuple[Head, ...]
    hidden: Floats
    contradiction: Floats
    contradiction_bias: float
    closeness: Factor
    upright: Factor
    about: Factor
    topic: Floats
    topic_bias: float
    off_topic_below: float
    doubtful_below: float
    gated_uncertainty: float
    width: Width
    embedder: str
    provenance: dict[str, Any]
    identity: str

    def standardised(self, values: Floats) -> Floats:
        """`(n, len(FEATURES))` features around their mean in units of their spread."""
        return np.asarray((values - self.mean) / self.scale)

    def logits(self, values: Floats, kinds: NDArray[np.intp]) -> Floats:
        """How clearly each wording is there; `kinds` are places in HEADS."""
        z = self.standardised(values)
        inner = z @ self.hidden
        found = np.zeros(len(z))
        for kind, head in enumerate(self.heads):
            here = kinds == kind
            bent = np.tanh(inner[here] + head.hidden_bias) @ head.out
            found[here] = z[here] @ head.weights + head.bias + bent
        return np.asarray(np.clip(found, -MAX_LOGIT, MAX_LOGIT))

    def met_partial(self, logits: Floats, kinds: NDArray[np.intp]) -> tuple[Floats, Floats]:
        """Probabilities of wholly and of partly there, contradiction aside."""
        step = np.array([head.step for head in self.heads])[kinds]
        met = _sigmoid(logits - step)
        return met, _sigmoid(logits + step) - met

    def contradicted(self, values: Floats) -> Floats:
        """Probability that what is there says the opposite, given that it is there."""
        return _sigmoid(values @ self.contradiction + self.contradiction_bias)

    def whole_score(self, whole: Whole) -> float:
        """The score 0..1 of an answer as a whole against a model answer."""
        return self.closeness.of(whole.closeness) * self.upright.of(whole.turned) * whole.in_order

    def is_whole_off_topic(self, whole: Whole) -> bool:
        """Whether an answer as a whole is about something else than its question and model answer."""
        return self.about.of(whole.about) < ON_TOPIC

    def is_off_topic(self, values: Floats, shows_something: bool) -> bool:
        """Whether the answer is about something else; `values` are the features of the rubric's wordings."""
        bound = self.off_topic_below if shows_something else max(self.off_topic_below, self.doubtful_below)
        return self.topic_logit(values) < bound

    def topic_logit(self, values: Floats) -> float:
        """How clearly the answer is about the question; it reads features that are the same for all wordings."""
        return round(float(self.standardised(values[:1])[0] @ self.topic) + self.topic_bias, 4)


def kinds_of(values: Floats, flags: NDArray[np.bool_]) -> NDArray[np.intp]:
    """The place in HEADS of each wording; `flags` says which belong to red flags."""
    from_reference = values[:, _FROM_REFERENCE] > 0
    return np.where(
        flags,
        HEADS.index("red_flag"),
        np.where(from_reference, HEADS.index("reference"), HEADS.index("criterion")),
    ).astype(np.intp)


def read_calibration(text: str) -> Calibration:
    """A calibration from its JSON. Raises ValueError if it was fitted for other features."""
    data = json.loads(text)
    whole = data.get("whole", {})
    of_whole = [whole.get(name, {}).get("features") for name in ("closeness", "upright", "about")]
    of_width = data.get("width", {}).get("features")
    if [data["features"], list(data["heads"]), *of_whole, of_width] != [
        list(names) for names in (FEATURES, HEADS, CLOSENESS, TURNED, ABOUT, WIDTH_FEATURES)
    ]:
        raise ValueError("The calibration was fitted for other features; run bench/fit_embedded_judge.py.")
    return Calibration(
        features=FEATURES,
        mean=np.array(data["mean"]),
        scale=np.array(data["scale"]),
        heads=tuple(
            Head(
                np.array(head["weights"]),
                head["bias"],
                head["step"],
                np.array(head["hidden_bias"]),
                np.array(head["out"]),
            )
            for head in data["heads"].values()
        ),
        hidden=np.array(data["hidden"]),
        contradiction=np.array(data["contradiction"]),
        contradiction_bias=data["contradiction_bias"],
        closeness=_factor(whole["closeness"]),
        upright=_factor(whole["upright"]),
        about=_factor(whole["about"]),
        topic=np.array(data["topic"]),
        topic_bias=data["topic_bias"],
        off_topic_below=data["off_topic_below"],
        doubtful_below=data["doubtful_below"],
        gated_uncertainty=data["gated_uncertainty"],
        width=_width(data["width"]),
        embedder=data["embedder"],
        provenance=data["provenance"],
        identity=hashlib.sha256(text.encode()).hexdigest()[:12],
    )


def _factor(data: dict[str, Any]) -> Factor:
    mean, scale, weights = (np.array(data[name]) for name in ("mean", "scale", "weights"))
    return Factor(mean, scale, weights, data["bias"])


def _width(data: dict[str, Any]) -> Width:
    low, high, weights = (np.array(data[name]) for name in ("low", "high", "weights"))
    return Width(low, high, weights, data["bias"], data["floor"])


@lru_cache(maxsize=1)
def shipped_calibration() -> Calibration:
    """The calibration in the package, fitted for all-MiniLM-L6-v2."""
    return read_calibration(
        resources.files("interviewer.judge").joinpath("calibration.json").read_text("utf-8")
    )


def _sigmoid(x: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -2 * MAX_LOGIT, 2 * MAX_LOGIT))))
