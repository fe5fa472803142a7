"""How the embedded judge's calibration is fitted: examples in, the numbers of `calibration.json` out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from bench.authored import Authored
from bench.grading import DATA_SETS, SEED, Graded
from interviewer.judge.calibration import HEADS, MAX_Z, Head, kinds_of
from interviewer.judge.derive import rubric_from_reference
from interviewer.judge.embedded import Reading
from interviewer.judge.features import FEATURES, TOPIC
from interviewer.judge.protocol import AnswerToJudge
from interviewer.judge.whole import ABOUT, CLOSENESS, TURNED
from rubrics import Kind

HIDDEN = 6
PENALTY = 1e-3
STEPS = 60
AUTHORED_WEIGHTS = {
    "show": 1.0,
    "show_bare": 0.5,
    "negated": 0.5,
    "composed": 1.0,
    "model_answer": 1.5,
    "shuffled": 0.5,
    "dropped": 0.5,
    "padding": 0.3,
    "padded": 0.5,
    "padded_dropped": 0.3,
    "same_category": 1.0,
    "other_category": 1.0,
    "same_category_shows": 1.0,
    "other_category_shows": 1.0,
    "wrong": 0.7,
    "derived_model_answer": 0.5,
    "derived_half": 0.7,
    "derived_same_category": 0.5,
    "derived_other_category": 0.5,
    "derived_wrong": 0.5,
}
# The score of a whole answer is fitted to grades; made-up answers only teach what no graded answer shows. The bank's long
# answers are left out: whether one is about its question is told apart by `about`, and at a twentieth of a data set's weight
# they cost .02 of r on sets that are not fitted with (.49 without refusals, .51 without them).
WHOLE_WEIGHTS = {
    "human": 1.0,
    "reference": 0.3,
    "without_one": 0.3,
    "negated": 0.25,
    "other_reference": 0.25,
    "other_answer": 0.12,
    "question_echo": 0.1,
    "shuffled": 0.1,
}
UPRIGHT_PENALTY = 3e-4
UPRIGHT_AT_FIRST = 3.0
WHOLE_STEPS = 150
# What every criterion of such an answer deserves.
MADE_UP_CREDIT = {"reference": 1.0, "other_reference": 0.0, "other_answer": 0.0}
MADE_UP_LABEL_WEIGHT = 0.3
OFF_TARGET = (
    "same_category",
    "other_category",
    "derived_same",
    "derived_other",
    "other_answer",
    "other_ref",
    "padding",
)
# What `about` tells apart, and how much the bank's answers weigh beside a data set's.
ABOUT_IT = ("human", "reference", "without_one", "derived_model_answer", "derived_half")
ABOUT_ANOTHER = ("other_reference", "other_answer", "derived_same_category", "derived_other_category")
ABOUT_BANK_WEIGHT = 0.3
# Of each kind and data set, as many answers of weight 1: how much they count beside the penalty.
ABOUT_WEIGHT = 300.0
# The bound: this share of answers that people gave half of the points or more stays under it.
ABOUT_SHARE, FAIR = 0.01, 0.5
# An answer is off topic below the logit that this share of answers to the question stays under.
OFF_TOPIC_SHARE = 0.005
OFF_TOPIC_AT_MOST = -1.5
# At this logit an answer to another question is e times as likely, both kinds being equally frequent.
DOUBTFUL_BELOW = -1.0


@dataclass(frozen=True)
class Example:
    """A read answer with what it deserves: a score (human), or credits (NaN where unknown)."""

    source: str
    kind: str
    question_id: str
    fold: int
    reading: Reading
    score: float | None = None
    labels: tuple[float, ...] | None = None

    @property
    def is_human(self) -> bool:
        """Whether a person graded it."""
        return self.kind == "human"


def human_examples(
    rows: Sequence[Graded], folds: Mapping[str, int], read: Callable[[list[AnswerToJudge]], list[Reading]]
) -> list[Example]:
    """Graded and made-up answers, judged against criteria derived from their reference."""
    return [
        Example(
            row.data_set,
            row.kind,
            row.question_id,
            folds[row.question_id],
            reading,
            row.score,
            _labels(row, reading),
        )
        for row, reading in zip(rows, read([item_of(row) for row in rows]), strict=True)
    ]


def _labels(row: Graded, reading: Reading) -> tuple[float, ...] | None:
    """Credits of a made-up answer's criteria, where its making says what they are."""
    known = MADE_UP_CREDIT.get(row.kind)
    return row.credits if known is None else (known,) * len(reading.item.rubric.criteria)


def authored_examples(
    rows: Sequence[Authored], folds: Mapping[str, int], read: Callable[[list[AnswerToJudge]], list[Reading]]
) -> list[Example]:
    """Answers made from the bank."""
    return [
        Example("bank", row.kind, row.question_id, folds[row.question_id], reading, labels=row.labels)
        for row, reading in zip(rows, read([row.item for row in rows]), strict=True)
    ]


def item_of(row: Graded) -> AnswerToJudge:
    """A graded answer as bulk scoring would ask for it."""
    return AnswerToJudge(row.question, row.answer, rubric_from_reference(row.reference), row.reference)


@dataclass(frozen=True)
class _Batch:
    """Examples flattened: wordings -> criteria -> examples."""

    values: NDArray[np.float64]
    kinds: torch.Tensor
    criterion: torch.Tensor
    criteria: int
    label: torch.Tensor
    label_weight: torch.Tensor
    is_flag: torch.Tensor


def fit(examples: Sequence[Example]) -> dict[str, Any]:
    """The fitted part of a calibration; the same numbers whenever the examples and the machine are the same."""
    whole = {**fit_whole(examples), "about": fit_about(examples)}
    examples = [example for example in examples if example.reading.compared is not None]
    batch = _flatten(examples)
    mean, scale = batch.values.mean(axis=0), batch.values.std(axis=0)
    scale[scale < 1e-3] = 1.0
    parameters = _optimise(batch, torch.tensor((batch.values - mean) / scale))
    topic, topic_bias, below = _fit_topic(examples, mean, scale)
    hidden = parameters["hidden"].copy()
    hidden[_IN_NO_HEAD] = 0.0
    against = np.zeros(len(FEATURES))
    against[_TURNED] = np.log1p(np.exp(parameters["against"]))
    return {
        "features": list(FEATURES),
        "mean": _rounded(mean),
        "scale": _rounded(scale),
        "heads": {
            name: head_data(
                Head(
                    parameters["weights"][place],
                    float(parameters["bias"][place]),
                    float(np.log1p(np.exp(parameters["step"][place]))),
                    parameters["hidden_bias"][place],
                    parameters["out"][place] * (name != "reference"),
                )
            )
            for place, name in enumerate(HEADS)
        },
        "hidden": _rounded(hidden),
        "contradiction": _rounded(against),
        "contradiction_bias": round(float(parameters["against_bias"][0]), 5),
        "whole": whole,
        "topic": _rounded(topic),
        "topic_bias": round(topic_bias, 5),
        "off_topic_below": round(below, 4),
        "doubtful_below": DOUBTFUL_BELOW,
    }


def head_data(head: Head) -> dict[str, Any]:
    """A head as `calibration.json` has it."""
    return {
        "weights": _rounded(head.weights),
        "bias": round(head.bias, 5),
        "step": round(head.step, 5),
        "hidden_bias": _rounded(head.hidden_bias),
        "out": _rounded(head.out),
    }


def fit_whole(examples: Sequence[Example]) -> dict[str, Any]:
    """The score of a whole answer: how close it is, times the chance that it does not say the opposite."""
    read = [(e, e.reading.whole, _whole_score(e)) for e in examples if e.source in DATA_SETS]
    rows = [(e, whole, score) for e, whole, score in read if whole is not None and score is not None]
    weight = torch.tensor(_whole_weights([e for e, _, _ in rows]))
    score = torch.tensor([score for _, _, score in rows], dtype=torch.float64)
    tables = [np.array([w.closeness for _, w, _ in rows]), np.array([w.turned for _, w, _ in rows])]
    known = weight.numpy() > 0
    centre = [table[known].mean(axis=0) for table in tables]
    scale = [np.maximum(table[known].std(axis=0), 1e-3) for table in tables]
    z = [
        torch.tensor(np.clip((table - mean) / spread, -MAX_Z, MAX_Z))
        for table, mean, spread in zip(tables, centre, scale, strict=True)
    ]
    weights = [torch.zeros(part.shape[1], dtype=torch.float64, requires_grad=True) for part in z]
    bias = torch.tensor([0.0, UPRIGHT_AT_FIRST], dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS(
        [*weights, bias], max_iter=WHOLE_STEPS, history_size=20, line_search_fn="strong_wolfe"
    )

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        predicted = torch.sigmoid(z[0] @ weights[0] + bias[0]) * torch.sigmoid(z[1] @ weights[1] + bias[1])
        total = ((predicted - score) ** 2 * weight).sum()
        total = total + PENALTY * (weights[0] ** 2).sum() + UPRIGHT_PENALTY * (weights[1] ** 2).sum()
        total.backward()  # type: ignore[no-untyped-call]
        return total

    torch.set_num_threads(1)
    optimiser.step(loss)  # type: ignore[no-untyped-call]
    return {
        name: {
            "features": list(features),
            "mean": _rounded(centre[place]),
            "scale": _rounded(scale[place]),
            "weights": _rounded(weights[place].detach().numpy()),
            "bias": round(float(bias.detach()[place]), 5),
        }
        for place, (name, features) in enumerate((("closeness", CLOSENESS), ("upright", TURNED)))
    }


def _whole_score(example: Example) -> float | None:
    """What the whole answer deserves: its grade, or the mean of credits that are all known."""
    if example.score is not None:
        return example.score
    if example.labels is None or np.isnan(example.labels).any():
        return None
    weights = np.array([criterion.weight for criterion in example.reading.item.rubric.criteria])
    return float(np.array(example.labels) @ weights / weights.sum())


def _whole_weights(examples: Sequence[Example]) -> NDArray[np.float64]:
    """Every data set weighs the same; the sum is 1."""
    weights = np.array([WHOLE_WEIGHTS[e.kind] for e in examples])
    source = np.array([e.source for e in examples])
    for name in DATA_SETS:
        here = source == name
        if here.any():
            weights[here] /= weights[here].sum()
    return np.asarray(weights / weights.sum())


def fit_about(examples: Sequence[Example]) -> dict[str, Any]:
    """The chance that a whole answer is about its question: below a half it is refused as off topic.

    A logistic regression that tells fair answers to the question from answers to others. Its bias is moved so that the
    half lies at the bound.
    """
    rows = [(e, e.reading.whole.about) for e in examples if e.reading.whole is not None and _tells_about(e)]
    values = np.array([about for _, about in rows])
    source = np.array([e.source for e, _ in rows])
    is_human = np.array([e.is_human for e, _ in rows])
    is_about = np.array([e.kind in ABOUT_IT for e, _ in rows])
    weights = np.zeros(len(rows))
    for name in (*DATA_SETS, "bank"):
        for side in (is_about, ~is_about):
            here = (source == name) & side
            if here.any():
                weights[here] = ABOUT_WEIGHT * (ABOUT_BANK_WEIGHT if name == "bank" else 1.0) / here.sum()
    mean, scale = values.mean(axis=0), np.maximum(values.std(axis=0), 1e-3)
    z = np.clip((values - mean) / scale, -MAX_Z, MAX_Z)
    model = LogisticRegression(max_iter=3000).fit(z, is_about, weights)
    bound = float(np.quantile(model.decision_function(z[is_human]), ABOUT_SHARE))
    return {
        "features": list(ABOUT),
        "mean": _rounded(mean),
        "scale": _rounded(scale),
        "weights": _rounded(model.coef_[0]),
        "bias": round(float(model.intercept_[0]) - bound, 5),
    }


def _tells_about(example: Example) -> bool:
    """Whether it is known what question the answer is about; a poor answer might be about any."""
    if example.is_human:
        return example.score is not None and example.score >= FAIR
    return example.kind in (*ABOUT_IT, *ABOUT_ANOTHER)


_TURNED = [FEATURES.index("polarity"), FEATURES.index("opposite")]
# Who speaks decides which head it is. And what is the same for all criteria of an answer says nothing of any one of them:
# in the heads it gave fluent text about the subject half of the credit, whatever it said.
_IN_NO_HEAD = [FEATURES.index(name) for name in ("from_reference", *TOPIC)]


def _flatten(examples: Sequence[Example]) -> _Batch:
    values, kinds, criterion, label, label_weight, flag = [], [], [], [], [], []
    count = 0
    for example in examples:
        compared, wordings = example.reading.compared, example.reading.wordings
        if compared is None or wordings is None:
            raise ValueError("an example without features cannot be fitted")
        criteria = example.reading.item.rubric.criteria
        values.append(compared.values)
        kinds.append(kinds_of(compared.values, wordings.flags))
        criterion.append(wordings.owner + count)
        count += len(criteria)
        label += example.labels or [float("nan")] * len(criteria)
        each = AUTHORED_WEIGHTS[example.kind] if example.source == "bank" else MADE_UP_LABEL_WEIGHT
        label_weight += [each / len(criteria) ** 0.5] * len(criteria)
        flag += [c.kind is Kind.RED_FLAG for c in criteria]
    labels = torch.tensor(label, dtype=torch.float64)
    known = ~torch.isnan(labels)
    return _Batch(
        np.concatenate(values),
        torch.tensor(np.concatenate(kinds)),
        torch.tensor(np.concatenate(criterion)),
        count,
        torch.nan_to_num(labels),
        torch.tensor(label_weight, dtype=torch.float64) * known,
        torch.tensor(flag),
    )


def _optimise(batch: _Batch, z: torch.Tensor) -> dict[str, NDArray[np.float64]]:
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(SEED)
    heads, size = len(HEADS), len(FEATURES)
    z = z.clone()
    z[:, _IN_NO_HEAD] = 0.0
    rubric = batch.kinds != HEADS.index("reference")

    def normal(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    parameters = {
        "weights": torch.zeros(heads, size, dtype=torch.float64),
        "bias": torch.full((heads,), -1.0, dtype=torch.float64),
        "step": torch.zeros(heads, dtype=torch.float64),
        "hidden": normal(size, HIDDEN) * 0.3 / size**0.5,
        "hidden_bias": normal(heads, HIDDEN) * 0.1,
        "out": normal(heads, HIDDEN) * 0.1,
        "against": torch.ones(2, dtype=torch.float64),
        "against_bias": torch.full((1,), -3.0, dtype=torch.float64),
    }
    parameters["weights"][:, 0] = 1.0
    for value in parameters.values():
        value.requires_grad_(True)
    against = torch.tensor(batch.values[:, _TURNED])
    criterion_kind = torch.zeros(batch.criteria, dtype=torch.int64).scatter_reduce(
        0, batch.criterion, batch.kinds, "amax", include_self=False
    )
    optimiser = torch.optim.LBFGS(
        list(parameters.values()), max_iter=STEPS, history_size=20, line_search_fn="strong_wolfe"
    )

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        p = parameters
        bent = torch.tanh(z @ p["hidden"] + p["hidden_bias"][batch.kinds]) * p["out"][batch.kinds]
        logit = (z * p["weights"][batch.kinds]).sum(1) + p["bias"][batch.kinds] + bent.sum(1) * rubric
        floor = torch.full((batch.criteria,), -1e9, dtype=torch.float64)
        best = floor.scatter_reduce(0, batch.criterion, logit, "amax")
        step = torch.nn.functional.softplus(p["step"])[criterion_kind]
        credit = 0.5 * torch.sigmoid(best - step) + 0.5 * torch.sigmoid(best + step)
        turned = torch.sigmoid(against @ torch.nn.functional.softplus(p["against"]) + p["against_bias"])
        chosen = turned * (logit == best[batch.criterion])
        turned = torch.zeros(batch.criteria, dtype=torch.float64).scatter_reduce(
            0, batch.criterion, chosen, "amax"
        )
        credit = (credit * (1 - turned * (~batch.is_flag))).clamp(1e-6, 1 - 1e-6)
        cross = -(batch.label * torch.log(credit) + (1 - batch.label) * torch.log(1 - credit))
        total = (cross * batch.label_weight).sum() / batch.label_weight.sum().clamp(min=1e-9)
        penalty = sum((p[name] ** 2).sum() for name in ("weights", "hidden", "out"))
        total = total + PENALTY * penalty
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    return {name: value.detach().numpy() for name, value in parameters.items()}


def _fit_topic(
    examples: Sequence[Example], mean: NDArray[np.float64], scale: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float, float]:
    """A logistic regression that tells answers to the question from answers to others, and where to cut."""
    known = [e for e in examples if e.kind not in ("question_echo", "shuffled")]
    columns = [FEATURES.index(name) for name in TOPIC]
    rows = np.array([e.reading.compared.values[0] for e in known if e.reading.compared is not None])
    x = ((rows - mean) / scale)[:, columns]
    on_topic = np.array([not e.kind.startswith(OFF_TARGET) for e in known])
    # A single phrase is often too little to tell; it counts for less.
    weight = np.array([0.2 if e.kind.startswith(("show", "negated")) else 1.0 for e in known])
    model = LogisticRegression(class_weight="balanced", C=1.0, max_iter=500).fit(x, on_topic, weight)
    logits = model.decision_function(x)[on_topic]
    below = min(OFF_TOPIC_AT_MOST, float(np.quantile(logits, OFF_TOPIC_SHARE)))
    topic = np.zeros(len(FEATURES))
    topic[columns] = model.coef_[0]
    return topic, float(model.intercept_[0]), below


def _rounded(array: NDArray[np.float64]) -> Any:
    return np.round(array, 5).tolist()
