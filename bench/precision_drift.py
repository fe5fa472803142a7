"""How far the embedded judge's scores move where embeddings are computed in bfloat16 and not in float32.

The judge is the shipped one, fitted with float32. It judges the same answers with both: those written for the bank
(`own`), and a sample of each human-graded set, which it was fitted with: that is no matter where two are compared.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.common import Row
from bench.fitting import item_of
from bench.grading import DATA_SETS, SEED, read_graded
from bench.judge import pearson
from bench.labelled import read_labelled
from interviewer.judge.embedded import EmbeddedJudge
from interviewer.judge.protocol import AnswerToJudge
from interviewer.packs import RolePack
from rubrics import Assessment

GRADED = 100
_QUANTILES = {"median": 0.5, "p99": 0.99, "max": 1.0}


@dataclass(frozen=True)
class _Answer:
    """An answer of one set, and what people gave it, 0..1."""

    item: AnswerToJudge
    people: float


def drift(
    role: RolePack, graded: Path | None, float32: EmbeddedJudge, bfloat16: EmbeddedJudge
) -> Iterator[Row]:
    """How far scores, bands and verdicts of each set move, and the judge's agreement with people."""
    for name, answers in _sets(role, graded):
        pairs = [(float32.assess_sync(one.item), bfloat16.assess_sync(one.item)) for one in answers]
        yield from moved_rows(f"drift.{name}", pairs, np.array([one.people for one in answers]))


def _sets(role: RolePack, graded: Path | None) -> Iterator[tuple[str, list[_Answer]]]:
    own = []
    for row in read_labelled(role):
        question, rubric = role.pack.question(row.question_id), role.rubrics[row.question_id]
        item = AnswerToJudge(question.prompt, row.text, rubric, question.model_answer)
        own.append(_Answer(item, row.score(rubric)))
    yield "own", own
    rows = read_graded(graded) if graded is not None else []
    for name in DATA_SETS:
        of_set = [row for row in rows if row.data_set == name]
        if of_set:
            drawn = random.Random(SEED).sample(of_set, min(GRADED, len(of_set)))
            yield name, [_Answer(item_of(row), row.score) for row in drawn]


def moved_rows(
    prefix: str, pairs: Sequence[tuple[Assessment, Assessment]], people: np.ndarray
) -> Iterator[Row]:
    """What each answer's two assessments differ in, and how far agreement with `people` and the error against them move."""

    def share(metric: str, changed: Sequence[bool]) -> Row:
        return Row(f"{prefix}.{metric}", float(np.mean(changed)), "share", n=len(changed))

    yield share("flags_changed", [before.flags != after.flags for before, after in pairs])
    yield share("unscored_changed", [(one.score is None) != (other.score is None) for one, other in pairs])
    yield share("bands_changed", [before.band != after.band for before, after in pairs])
    verdicts = [
        (one.verdict, other.verdict)
        for before, after in pairs
        for one, other in zip(before.criteria, after.criteria, strict=False)
    ]
    yield share("verdicts_changed", [before is not after for before, after in verdicts])
    scored = [
        (before.score, after.score, given)
        for (before, after), given in zip(pairs, people, strict=True)
        if before.score is not None and after.score is not None
    ]
    before, after, given = np.array(scored).T
    moved = np.abs(after - before)
    found = {f"score_{name}": np.quantile(moved, place) for name, place in _QUANTILES.items()}
    found["agreement_moved"] = pearson(given, after) - pearson(given, before)
    found["error_moved"] = np.abs(given - after).mean() - np.abs(given - before).mean()
    for metric, value in found.items():
        yield Row(f"{prefix}.{metric}", 1000 * float(value), "thousandths", n=len(moved))
