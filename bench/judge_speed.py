"""How long the embedded judge takes for an answer of 200 words and eight criteria, and how many short answers it scores a second.

Run: python bench/judge_speed.py

Beside it, in the same run and by turns: embedding the answer's sentences and nothing else, without which no judge of this
kind can do, `ridge_gbm`, the baseline of bench/judge.py (its features and both of its models), and the judge with
embeddings in bfloat16, with how far its scores move (bench/precision_drift.py). An embedder remembers
what it embedded, so every answer is timed once and each of the four has an embedder of its own. The bulk part scores
answers of the set `saf` through the door of `mockround assess`; without the graded data it is left out, and said to be.
Wall times: run it on a machine that does nothing else.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.linear_model import RidgeCV

from bench.authored import statements
from bench.common import Row, bootstrap, write_results
from bench.grading import SEED, Graded, data_folder, read_graded
from bench.judge import features_of
from bench.precision_drift import drift
from interviewer.judge.bulk import CONCURRENT_ROWS, assess_file
from interviewer.judge.embedded import EmbeddedJudge
from interviewer.judge.protocol import AnswerToJudge
from interviewer.packs import BUILT_IN_PACK, RolePack, load_role_pack
from retrieval import Embedder, default_embedder
from rubrics import Rubric

WORDS, CRITERIA = 200, 8
QUESTIONS, FITTED = 120, 20
CHUNKS, CHUNK = 12, 30


@dataclass(frozen=True)
class Took:
    """Seconds by the clock and of processor time."""

    wall_s: float
    cpu_s: float


def timed(work: Callable[..., Any], *given: Any) -> Took:
    """How long some work on what is given takes."""
    wall, cpu = time.perf_counter(), time.process_time()
    work(*given)
    return Took(time.perf_counter() - wall, time.process_time() - cpu)


def long_items(role: RolePack) -> list[tuple[AnswerToJudge, str]]:
    """Model answers of the bank as answers of 200 words against eight criteria of their rubrics; and another answer to each."""
    items = []
    for question in role.pack.questions:
        rubric = role.rubrics.get(question.id)
        words = question.model_answer.split()
        if rubric is None or len(words) < WORDS or len(rubric.criteria) < CRITERIA:
            continue
        criteria = tuple(
            criterion.model_copy(update={"group": None}) for criterion in rubric.criteria[:CRITERIA]
        )
        answer = " ".join(words[:WORDS])
        item = AnswerToJudge(question.prompt, answer, Rubric(criteria=criteria))
        items.append((item, question.common_wrong_answer.text))
    return random.Random(SEED).sample(items, min(QUESTIONS, len(items)))


class Baseline:
    """`ridge_gbm` as bench/judge.py has it. What it was fitted to does not change how long it takes."""

    def __init__(self, embedder: Embedder, rows: Sequence[Graded]) -> None:
        """Fit both models to some rows."""
        self._embedder = embedder
        x, y = np.array([features_of(row, embedder) for row in rows]), np.array([row.score for row in rows])
        boosted = GradientBoostingRegressor(n_estimators=150, max_depth=3, random_state=SEED)
        self._models = (RidgeCV(np.logspace(-1, 3, 9)).fit(x, y), boosted.fit(x, y))

    def score(self, row: Graded) -> float:
        """The mean of both models' scores."""
        features = np.array([features_of(row, self._embedder)])
        return float(sum(model.predict(features)[0] for model in self._models)) / 2

    def score_all(self, rows: Sequence[Graded]) -> list[float]:
        """The scores of several rows."""
        return [self.score(row) for row in rows]


def one_by_one(role: RolePack) -> Iterator[Row]:
    """Medians over questions. To every second question another answer was judged before, as in a round or in bulk."""
    chosen = long_items(role)
    graded = [
        Graded(
            "bank", "", item.question, " ".join(c.text for c in item.rubric.criteria), item.answer, place % 2
        )
        for place, (item, _) in enumerate(chosen)
    ]
    judges = {"judge": EmbeddedJudge(default_embedder()), "bfloat16": _bfloat16_judge()}
    sentences, baseline = default_embedder(), Baseline(default_embedder(), graded[:FITTED])
    # The models are loaded with the first text.
    for judge in judges.values():
        judge.assess_sync(chosen[0][0])
    sentences.embed_passages([chosen[0][1]])
    parts = (*judges, *(f"{name}_new_rubric" for name in judges), "sentences", "ridge_gbm")
    took: dict[str, list[Took]] = {name: [] for name in parts}
    for place, ((item, other), row) in enumerate(zip(chosen[FITTED:], graded[FITTED:], strict=True)):
        if place % 2:
            baseline.score(replace(row, answer=other))
        for name, judge in judges.items():
            if place % 2:
                judge.assess_sync(replace(item, answer=other))
            took[name if place % 2 else f"{name}_new_rubric"].append(timed(judge.assess_sync, item))
        if place % 2:
            took["sentences"].append(timed(sentences.embed_passages, statements(item.answer)))
            took["ridge_gbm"].append(timed(baseline.score, row))
    wall = {name: np.array([1000 * one.wall_s for one in times]) for name, times in took.items()}
    for name, times in took.items():
        yield _median(f"answer.{name}.ms", wall[name], "ms")
        yield _median(f"answer.{name}.cpu_ms", np.array([1000 * one.cpu_s for one in times]), "ms")
    for name in ("sentences", "ridge_gbm"):
        yield _median(f"answer.judge_over_{name}", wall["judge"] / wall[name], "ratio", name)
    yield _median("answer.bfloat16_over_judge", wall["bfloat16"] / wall["judge"], "ratio", "judge")


def bulk(folder: Path) -> Iterator[Row]:
    """Answers a second over chunks of answers to `saf`, judges and baseline by turns; one chunk more warms all up."""
    rows = [row for row in read_graded(folder) if row.data_set == "saf"]
    rows = random.Random(SEED).sample(rows, (CHUNKS + 1) * CHUNK)
    baseline = Baseline(default_embedder(), rows[:CHUNK])
    scorers: dict[str, Callable[[Sequence[Graded]], object]] = {
        "judge": partial(_score_file, EmbeddedJudge(default_embedder())),
        "bfloat16": partial(_score_file, _bfloat16_judge()),
        "ridge_gbm": baseline.score_all,
    }
    for score in scorers.values():
        score(rows[:CHUNK])
    rows = rows[CHUNK:]
    speeds: dict[str, list[float]] = {name: [] for name in scorers}
    for start in range(0, len(rows), CHUNK):
        for name, score in scorers.items():
            speeds[name].append(CHUNK / timed(score, rows[start : start + CHUNK]).wall_s)
    for name, values in speeds.items():
        yield _median(f"bulk.{name}.answers_per_s", np.array(values), "answers/s", count=len(rows))
    for name, other in (("judge", "ridge_gbm"), ("bfloat16", "judge")):
        ratios = np.array(speeds[name]) / np.array(speeds[other])
        yield _median(f"bulk.{name}_over_{other}", ratios, "ratio", other, len(rows))


def _bfloat16_judge() -> EmbeddedJudge:
    return EmbeddedJudge(default_embedder(precision="bfloat16"))


def _score_file(judge: EmbeddedJudge, rows: Sequence[Graded]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        given = Path(folder, "in.jsonl")
        lines = [
            json.dumps(
                {
                    "item_id": str(place),
                    "question": row.question,
                    "answer": row.answer,
                    "reference": row.reference,
                }
            )
            for place, row in enumerate(rows)
        ]
        given.write_text("\n".join(lines), encoding="utf-8")
        found = Path(folder, "out.jsonl")
        asyncio.run(assess_file(given, found, judge, lambda _: None, rows_at_once=CONCURRENT_ROWS))


def _median(
    metric: str, values: np.ndarray, unit: str, against: str | None = None, count: int | None = None
) -> Row:
    def median(some: np.ndarray) -> float:
        return float(np.median(some))

    low, high = bootstrap(values.astype(float), median)
    return Row(metric, median(values), unit, against, None, low, high, count or len(values))


def main() -> None:
    """Measure and write bench/results/judge_speed.json."""
    role = load_role_pack(BUILT_IN_PACK)
    rows = list(one_by_one(role))
    folder = data_folder()
    if folder is None:
        print("No bulk part: there is no human-graded data; set MOCKROUND_GRADING_DATA to its folder.")
    else:
        rows += bulk(folder)
    rows += drift(role, folder, EmbeddedJudge(default_embedder()), _bfloat16_judge())
    write_results("judge_speed", rows)


if __name__ == "__main__":
    main()
