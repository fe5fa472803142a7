"""How far credits moved towards readers' verdicts agree with readers: three calibrations of the embedded judge.

Run: python bench/readers_fit.py

`first step` is fitted to answers made by rules and to grades of whole answers; `faults, then points` moves it by the readers'
verdicts (bench/readers_step.py), and `half way`, which ships, moves points by half of that. Each answer of bench/answers is
judged by a calibration that has not seen its question in either step. It reads the human-graded sets
(MOCKROUND_GRADING_DATA, or ../shared/data/grading), which the first step is fitted to. The verdict is in docs/scoring.md.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np

from bench.common import Row
from bench.fit_embedded_judge import OWN, held_out_first_steps, own_examples, read_material
from bench.fitting import Example
from bench.grading import FOLDS, data_folder
from bench.judge import pearson, rmse
from bench.readers_step import HALF_WAY, WHOLE_WAY, cross_fitted
from bench.resampling import Scores, difference, resampled
from interviewer.judge.calibration import Calibration
from interviewer.judge.embedded import EmbeddedJudge
from retrieval import Embedder, default_embedder

FIRST_STEP = "first step"


def judged(examples: Sequence[Example], calibrations: Sequence[Calibration], embedder: Embedder) -> Scores:
    """The score of each example by its fold's calibration. Raises ValueError where one cannot be scored."""
    judges = [EmbeddedJudge(embedder, calibration) for calibration in calibrations]
    scores = [judges[example.fold].conclude(example.reading).score for example in examples]
    if None in scores:
        raise ValueError("an answer of bench/answers cannot be scored")
    return np.array(scores, dtype=np.float64)


def figures(examples: Sequence[Example], ours: Scores, first: Scores) -> list[Row]:
    """r, RMSE and mean scores by kind; each is followed by its paired difference from the first step's."""
    human = np.array([example.score for example in examples], dtype=np.float64)
    kinds = np.array([example.kind for example in examples])
    questions = np.array([example.question_id for example in examples])
    everything = np.full(len(kinds), True)
    parts = [("pearson", pearson, everything), ("rmse", rmse, everything), ("mean", _mean, everything)]
    parts += [(f"{kind}.mean", _mean, kinds == kind) for kind in dict.fromkeys(kinds.tolist())]
    rows = []
    for name, statistic, here in parts:
        found, theirs = ours[here], (FIRST_STEP, first[here])
        rows.append(Row(f"{OWN}.{name}", statistic(human[here], found), "", n=int(here.sum())))
        draws = resampled(questions[here].tolist())
        rows.append(difference(f"{OWN}.{name}.difference", statistic, draws, human[here], found, theirs))
    return rows


def _mean(human: Scores, ours: Scores) -> float:
    return float(ours.mean())


def table(name: str, rows: Sequence[Row]) -> str:
    """The figures of one way as lines."""
    lines = [name]
    for row in rows:
        between = "" if row.low is None else f"  [{row.low:+.3f}, {row.high:+.3f}] against {row.against}"
        lines.append(f"  {row.metric:28s} {row.value:.3f}{between}  n={row.n}")
    return "\n".join(lines)


def main() -> None:
    """Print the held-out figures of every way."""
    folder = data_folder()
    if folder is None:
        raise SystemExit("There is no human-graded data; set MOCKROUND_GRADING_DATA to its folder.")
    embedder = default_embedder()
    material = read_material(folder, embedder)
    own = own_examples(material)
    print(f"{len(material.examples) + len(own)} answers read; fitting {FOLDS} times", flush=True)
    first = held_out_first_steps(material.examples)
    moved = cross_fitted(first, own)
    ways = {FIRST_STEP: first} | {way: [found[way] for found in moved] for way in (WHOLE_WAY, HALF_WAY)}
    scores = {way: judged(own, calibrations, embedder) for way, calibrations in ways.items()}
    for way, ours in scores.items():
        rows = figures(own, ours, scores[FIRST_STEP])
        print(table(way, [row for row in rows if way != FIRST_STEP or row.low is None]))


if __name__ == "__main__":
    main()
