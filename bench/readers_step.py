"""The second step of the embedded judge's calibration: credits are moved towards the verdicts of readers.

The first step (bench/fitting.py) is fitted to answers made by rules, which show hardly any faults and say a point in its own
words or not at all. Here its heads are moved by the answers in bench/answers, on which two readers gave verdicts: first that
of faults is scaled and gets other weights of the features that say how near an answer comes to a wording, by cross entropy on
the verdicts; then that of points is scaled, on the verdicts and on the scores that they come to. `half way` moves points by
half of that. Scaled means a slope and a bias of the logits, and a step that is stretched (Platt scaling; two steps as in a
proportional-odds model). What each way brings: bench/readers_fit.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from bench.fitting import Example
from interviewer.judge.calibration import HEADS, Calibration, Head, kinds_of
from interviewer.judge.features import FEATURES, Floats
from rubrics import Kind, Rubric
from rubrics.scoring import MAX_BONUS

WHOLE_WAY, HALF_WAY = "faults, then points", "half way"
POINTS, FAULTS = HEADS.index("criterion"), HEADS.index("red_flag")
# The features that say how near an answer comes to a wording. Of the others, `echo` and how many wordings there are tell how
# these answers and rubrics were written: moving them let three times as many attacks lift a weak answer (docs/scoring.md).
NEARNESS = (
    "similarity",
    "beyond_question",
    "coverage",
    "coverage_all",
    "matched",
    "margin",
    "numbers_missing",
    "polarity",
    "opposite",
)
# What the squared error of scores weighs beside the cross entropy of credits.
SCORE_WEIGHT = 50.0
# On what the weights of standardised features move by, and on the logarithms of slope and stretch.
RIDGE = 0.01
STEPS = 60


@dataclass(frozen=True)
class Arithmetic:
    """`rubrics.score_credits` of many answers at once, for the credits of all their criteria one behind the other.

    A unit of the base has the sum of its members' credits over what it needs, at most 1. `member`, `extra` and `fault` are
    places of criteria; `unit_of`, `answer_of_unit` and so on say where what they give is added; the shares are weights over
    the sum of the units' weights.
    """

    answers: int
    member: torch.Tensor
    unit_of: torch.Tensor
    need: torch.Tensor
    answer_of_unit: torch.Tensor
    unit_share: torch.Tensor
    bonus: tuple[torch.Tensor, torch.Tensor, torch.Tensor]
    faults: tuple[torch.Tensor, torch.Tensor, torch.Tensor]

    @staticmethod
    def of(rubrics: Sequence[Rubric]) -> Arithmetic:
        """For answers to questions with these rubrics."""
        members: list[tuple[int, int]] = []
        units: list[tuple[int, float, int]] = []
        extras: dict[Kind, list[tuple[int, int, float]]] = {Kind.BONUS: [], Kind.RED_FLAG: []}
        start = 0
        for answer, rubric in enumerate(rubrics):
            place = {c.id: start + i for i, c in enumerate(rubric.criteria)}
            found = _units(rubric)
            total = sum(weight for _, weight, _ in found)
            for names, weight, need in found:
                members += [(place[name], len(units)) for name in names]
                units.append((answer, weight / total, need))
            for c in rubric.criteria:
                if c.kind in extras:
                    extras[c.kind].append((place[c.id], answer, c.weight / total))
            start += len(rubric.criteria)
        return Arithmetic(
            len(rubrics),
            torch.tensor([criterion for criterion, _ in members]),
            torch.tensor([unit for _, unit in members]),
            torch.tensor([need for _, _, need in units], dtype=torch.float64),
            torch.tensor([answer for answer, _, _ in units]),
            torch.tensor([share for _, share, _ in units], dtype=torch.float64),
            _table(extras[Kind.BONUS]),
            _table(extras[Kind.RED_FLAG]),
        )

    def scores(self, credits: torch.Tensor) -> torch.Tensor:
        """The scores 0..1 of all answers."""
        units = torch.zeros(len(self.need), dtype=torch.float64).index_add(
            0, self.unit_of, credits[self.member]
        )
        earned = self._sum(self.answer_of_unit, (units / self.need).clamp(max=1) * self.unit_share)
        bonus, faults = (
            self._sum(answer, credits[place] * share) for place, answer, share in (self.bonus, self.faults)
        )
        return (earned + bonus.clamp(max=MAX_BONUS) - faults).clamp(0, 1)

    def _sum(self, answer: torch.Tensor, given: torch.Tensor) -> torch.Tensor:
        return torch.zeros(self.answers, dtype=torch.float64).index_add(0, answer, given)


def _units(rubric: Rubric) -> list[tuple[list[str], float, int]]:
    """Ids, weight and how many are needed, of every unit that a base is made of."""
    found = [([c.id], c.weight, 1) for c in rubric.criteria if c.kind is Kind.REQUIRED and c.group is None]
    for group in rubric.groups:
        members = rubric.members(group.id)
        if members:
            weight = sum(member.weight for member in members) / len(members)
            found.append(([member.id for member in members], weight, group.need))
    return found


def _table(rows: Sequence[tuple[int, int, float]]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    place, answer, share = zip(*rows, strict=True) if rows else ((), (), ())
    return (
        torch.tensor(place, dtype=torch.int64),
        torch.tensor(answer, dtype=torch.int64),
        torch.tensor(share, dtype=torch.float64),
    )


@dataclass(frozen=True)
class Read:
    """Answers that readers saw, flattened: `n` wordings of `m` criteria of some answers.

    `values` `(n, len(FEATURES))` and `kinds` `(n,)`, places in HEADS, are of wordings; `criterion[i]` is the place of wording
    `i`'s criterion. `credits` 0..1 and `of_faults` `(m,)` are of criteria, `scores` 0..1 of answers.
    """

    values: Floats
    kinds: NDArray[np.intp]
    criterion: NDArray[np.intp]
    credits: Floats
    of_faults: NDArray[np.bool_]
    arithmetic: Arithmetic
    scores: Floats


def flattened(examples: Sequence[Example]) -> Read:
    """What is fitted of examples with scores and labels; those that a gate refused are left out, since no fit moves them."""
    values, kinds, criterion = [], [], []
    credits: list[float] = []
    faults: list[bool] = []
    rubrics: list[Rubric] = []
    scores: list[float] = []
    for example in examples:
        compared, wordings = example.reading.compared, example.reading.wordings
        if compared is None or wordings is None:
            continue
        if example.labels is None or example.score is None:
            raise ValueError("an example without readers' verdicts cannot be fitted")
        rubric = example.reading.item.rubric
        values.append(compared.values)
        kinds.append(kinds_of(compared.values, wordings.flags))
        criterion.append(wordings.owner + len(credits))
        credits += example.labels
        faults += [c.kind is Kind.RED_FLAG for c in rubric.criteria]
        rubrics.append(rubric)
        scores.append(example.score)
    return Read(
        np.concatenate(values),
        np.concatenate(kinds),
        np.concatenate(criterion),
        np.array(credits),
        np.array(faults),
        Arithmetic.of(rubrics),
        np.array(scores),
    )


@dataclass(frozen=True)
class _Move:
    """Parameters: a head's logits become `logit * exp(slope) + bias + z @ weights`, its step `exp(stretch)` as large."""

    slope: torch.Tensor
    bias: torch.Tensor
    stretch: torch.Tensor
    weights: torch.Tensor

    @staticmethod
    def none(features: int) -> _Move:
        """Changes nothing yet."""
        sizes = (1, 1, 1, features)
        return _Move(*(torch.zeros(size, dtype=torch.float64, requires_grad=True) for size in sizes))

    @property
    def parameters(self) -> list[torch.Tensor]:
        return [self.slope, self.bias, self.stretch, *([self.weights] if len(self.weights) else [])]

    def of(self, head: Head, columns: Sequence[int]) -> Head:
        """The moved head; `columns` are the places in FEATURES of what `weights` are of."""
        slope, bias, stretch = (float(x.detach()) for x in (self.slope.exp(), self.bias, self.stretch.exp()))
        weights = head.weights * slope
        weights[list(columns)] += self.weights.detach().numpy()
        return Head(
            weights, head.bias * slope + bias, head.step * stretch, head.hidden_bias, head.out * slope
        )


class _Expected:
    """Expected credits of all criteria when one head moves, as the judge has them (interviewer/judge/embedded.py)."""

    def __init__(self, calibration: Calibration, read: Read, place: int, columns: Sequence[int]) -> None:
        self._logits = torch.tensor(calibration.logits(read.values, read.kinds))
        self._z = torch.tensor(calibration.standardised(read.values)[:, list(columns)])
        turned = np.where(read.kinds == FAULTS, 0.0, calibration.contradicted(read.values))
        self._turned = torch.tensor(turned)
        self._criterion = torch.tensor(read.criterion)
        self._moves = torch.tensor(read.kinds == place)
        self._step_moves = torch.tensor(read.of_faults == (place == FAULTS))
        steps = [calibration.heads[kind].step for kind in (POINTS, FAULTS)]
        self._steps = torch.tensor(np.where(read.of_faults, steps[1], steps[0]))

    def credits(self, move: _Move) -> torch.Tensor:
        """`(m,)`, at least 1e-6 away from 0 and 1."""
        to = self._logits * move.slope.exp() + move.bias + self._z @ move.weights
        logits = torch.where(self._moves, to, self._logits)
        lowest = torch.full((len(self._steps),), -1e9, dtype=torch.float64)
        best = lowest.scatter_reduce(0, self._criterion, logits, "amax")
        step = torch.where(self._step_moves, self._steps * move.stretch.exp(), self._steps)
        there = 0.5 * torch.sigmoid(best - step) + 0.5 * torch.sigmoid(best + step)
        of_best = self._turned * (logits == best[self._criterion])
        turned = torch.zeros_like(best).scatter_reduce(0, self._criterion, of_best, "amax")
        return (there * (1 - turned)).clamp(1e-6, 1 - 1e-6)


def moved(
    calibration: Calibration,
    read: Read,
    place: int,
    features: Sequence[str] = (),
    score_weight: float = 0.0,
) -> Calibration:
    """The calibration with the head at that place in HEADS moved to fit the readers' credits, and scores if these weigh.

    Besides slope, bias and step, the weights of the `features` move.
    """
    torch.set_num_threads(1)
    columns = [FEATURES.index(name) for name in features]
    expected, move = _Expected(calibration, read, place, columns), _Move.none(len(columns))
    given, wanted = torch.tensor(read.credits), torch.tensor(read.scores)
    optimiser = torch.optim.LBFGS(
        move.parameters, max_iter=STEPS, history_size=20, line_search_fn="strong_wolfe"
    )

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        credit = expected.credits(move)
        cross = -(given * torch.log(credit) + (1 - given) * torch.log(1 - credit)).mean()
        missed = ((read.arithmetic.scores(credit) - wanted) ** 2).mean()
        held = sum((x**2).sum() for x in (move.weights, move.slope, move.stretch))
        total = cross + score_weight * missed + RIDGE * held
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    return with_head(calibration, place, move.of(calibration.heads[place], columns))


def with_head(calibration: Calibration, place: int, head: Head) -> Calibration:
    """The calibration with another head at that place in HEADS. Its identity stays that of the first."""
    heads = list(calibration.heads)
    heads[place] = head
    return replace(calibration, heads=tuple(heads))


def half_way(one: Head, other: Head) -> Head:
    """The mean of two heads that share their hidden biases."""
    if not np.array_equal(one.hidden_bias, other.hidden_bias):
        raise ValueError("the mean of heads with other hidden biases is not half way between their logits")
    return Head(
        (one.weights + other.weights) / 2,
        (one.bias + other.bias) / 2,
        (one.step + other.step) / 2,
        one.hidden_bias,
        (one.out + other.out) / 2,
    )


def second_step(calibration: Calibration, examples: Sequence[Example]) -> dict[str, Calibration]:
    """What the examples move a calibration to, all the way (WHOLE_WAY) and with points HALF_WAY."""
    read = flattened(examples)
    faults = moved(calibration, read, FAULTS, NEARNESS)
    whole = moved(faults, read, POINTS, score_weight=SCORE_WEIGHT)
    points = half_way(calibration.heads[POINTS], whole.heads[POINTS])
    return {WHOLE_WAY: whole, HALF_WAY: with_head(faults, POINTS, points)}


def cross_fitted(first: Sequence[Calibration], examples: Sequence[Example]) -> list[dict[str, Calibration]]:
    """The second steps of each fold's first, which have not seen its questions either."""
    return [
        second_step(calibration, [e for e in examples if e.fold != fold])
        for fold, calibration in enumerate(first)
    ]
