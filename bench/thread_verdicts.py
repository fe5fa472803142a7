"""What an answer to a follow-up is worth to its question: read for its target alone, beside the whole rubric, or wholly.

The answers written for the bank (bench/answers/) are cut in the middle: the first half answers the question, the second
a follow-up on the weightiest point that the first left open at IC3. What two readers made of the whole text is compared with what
the thread comes to, which takes the best credit of each criterion. `alone` reads the second half for the follow-up's
target only, as mockround did before; `beside` reads it beside the whole rubric and takes the target's verdict only;
`unasked` (ships) takes what else it shows as well. `opening` is the first half by itself, `at_once` the whole text as one answer.

`target.*` compares credits of single criteria on the whole texts: read alone, and beside the rubric's others.

Each question's answers are judged by a calibration that was fitted without them (bench/fit_embedded_judge.py), to the
human-graded sets too (MOCKROUND_GRADING_DATA, or ../shared/data/grading).

    .venv/bin/python bench/thread_verdicts.py
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np
from numpy.typing import NDArray

from bench.authored import bank_folds
from bench.common import Row, write_results
from bench.fit_embedded_judge import held_out_judges, own_examples, read_material
from bench.grading import data_folder
from bench.judge import pearson, rmse
from bench.labelled import Labelled, read_labelled
from bench.resampling import difference, interval, resampled
from interviewer.judge.embedded import EmbeddedJudge
from interviewer.judge.protocol import AnswerToJudge
from interviewer.judge.sentences import split_sentences
from interviewer.judge.targets import restrict
from interviewer.packs import RolePack
from interviewer.policy import open_entries
from retrieval import default_embedder
from rubrics import Assessment, CriterionAssessment, Kind, Rubric, score_credits

LEVEL = "IC3"
WAYS = ("opening", "alone", "beside", "unasked", "at_once")
SHIPS, BEFORE = "unasked", "alone"
Scores = NDArray[np.float64]
# Of each question, the judge that has not seen it.
Judges = Mapping[str, EmbeddedJudge]


@dataclass(frozen=True)
class Threads:
    """Per answer: its question, its kind, what readers gave, and what each way comes to."""

    questions: list[str]
    kinds: list[str]
    human: Scores
    ways: dict[str, Scores]


def main() -> None:
    """Measure, and write bench/results/thread_verdicts.json."""
    folder = data_folder()
    if folder is None:
        print("Skipped: there is no human-graded data; set MOCKROUND_GRADING_DATA to its folder.")
        return
    embedder = default_embedder()
    material = read_material(folder, embedder)
    role, folds = material.role, bank_folds(material.role)
    by_fold = held_out_judges(material, own_examples(material), embedder)
    judges = {question: by_fold[fold] for question, fold in folds.items()}
    rows = read_labelled(role)
    write_results(
        "thread_verdicts", [*thread_rows(threads(rows, role, judges)), *target_rows(rows, role, judges)]
    )


def threads(rows: list[Labelled], role: RolePack, judges: Judges) -> Threads:
    """Every answer as a thread of two; one that cannot be cut, or leaves nothing open, has an opening alone."""
    found = [_thread(row, role, judges[row.question_id]) for row in rows]
    return Threads(
        [row.question_id for row in rows],
        [row.kind for row in rows],
        np.array([row.score(role.rubrics[row.question_id]) for row in rows]),
        {way: np.array([one[way] for one in found]) for way in WAYS},
    )


def thread_rows(measured: Threads) -> Iterator[Row]:
    """Agreement and error of each way, what ships less what was before, and means by kind of answer."""
    human, draws = measured.human, resampled(measured.questions)
    for way, scores in measured.ways.items():
        for name, statistic in (("pearson", pearson), ("rmse", rmse)):
            low, high = interval(statistic, draws, human, scores)
            yield Row(f"thread.{way}.{name}", statistic(human, scores), "", low=low, high=high, n=len(human))
    for name, statistic in (("pearson", pearson), ("rmse", rmse)):
        pair = (BEFORE, measured.ways[BEFORE])
        yield difference(
            f"thread.{SHIPS}_minus_{BEFORE}.{name}", statistic, draws, human, measured.ways[SHIPS], pair
        )
    for kind in dict.fromkeys(measured.kinds):
        here = np.array([item == kind for item in measured.kinds])
        yield Row(f"mean.{kind}.readers", float(human[here].mean()), "score", n=int(here.sum()))
        for way, scores in measured.ways.items():
            yield Row(f"mean.{kind}.{way}", float(scores[here].mean()), "score", n=int(here.sum()))


def target_rows(rows: list[Labelled], role: RolePack, judges: Judges) -> Iterator[Row]:
    """Credits of single points beside the readers': each read alone, and beside the whole rubric."""
    questions: list[str] = []
    pairs: list[tuple[float, float, float]] = []
    for row in rows:
        item, judge = _item(row, role), judges[row.question_id]
        beside = _credits(judge.assess_sync(item).criteria)
        for criterion in item.rubric.criteria:
            if criterion.kind is Kind.RED_FLAG:
                continue
            alone = _credits(
                judge.assess_sync(restrict(replace(item, criterion_ids=(criterion.id,)))).criteria
            )
            questions.append(row.question_id)
            pairs.append((row.credit(criterion.id), alone[criterion.id], beside[criterion.id]))
    human, alone_all, beside_all = np.array(pairs).T
    draws = resampled(questions)
    for way, credits in (("alone", alone_all), ("beside", beside_all)):
        for name, statistic in (("pearson", pearson), ("rmse", rmse)):
            low, high = interval(statistic, draws, human, credits)
            yield Row(f"target.{way}.{name}", statistic(human, credits), "", low=low, high=high, n=len(human))
    yield difference(
        "target.beside_minus_alone.pearson", pearson, draws, human, beside_all, ("alone", alone_all)
    )


def _thread(row: Labelled, role: RolePack, judge: EmbeddedJudge) -> dict[str, float]:
    item = _item(row, role)
    first, second = _halves(row.text)
    opening = judge.assess_sync(replace(item, answer=first))
    scores = {
        "opening": _score(item.rubric, opening),
        "at_once": _score(item.rubric, judge.assess_sync(item)),
    }
    still_open = open_entries(item.rubric, _credits(opening.criteria), LEVEL)
    if not second or not still_open:
        return dict.fromkeys(WAYS, scores["opening"]) | scores
    ids = tuple(criterion.id for criterion in item.rubric.members(still_open[0]))
    prompt = _follow_up(role, row.question_id, (still_open[0], *ids))
    asked = replace(
        item,
        question=f"{item.question}\n\n{prompt}",
        answer=second,
        asides=(prompt,),
        criterion_ids=ids,
    )
    alone, beside = judge.assess_sync(restrict(asked)), judge.assess_sync(asked)
    without = replace(beside, unasked=())
    return scores | {
        "alone": _score(item.rubric, opening, alone),
        "beside": _score(item.rubric, opening, without),
        "unasked": _score(item.rubric, opening, beside),
    }


def _item(row: Labelled, role: RolePack) -> AnswerToJudge:
    question = role.pack.question(row.question_id)
    return AnswerToJudge(question.prompt, row.text, role.rubrics[question.id], question.model_answer)


def _halves(text: str) -> tuple[str, str]:
    """The text cut before the sentence in its middle; the second is empty where there is one sentence only."""
    sentences = split_sentences(text)
    cut = sentences[len(sentences) // 2].start if len(sentences) > 1 else len(text)
    return text[:cut], text[cut:]


def _follow_up(role: RolePack, question_id: str, entries: tuple[str, ...]) -> str:
    """The ladder's own step on the target, or else the criterion's text."""
    steps = (step for step in role.pack.question(question_id).follow_ups if step.criterion in entries)
    step = next(steps, None)
    return step.text if step is not None else role.rubrics[question_id].criterion(entries[1]).text


def _score(rubric: Rubric, *answers: Assessment) -> float:
    best: dict[str, float] = {}
    for answer in answers:
        for name, credit in _credits(answer.shown).items():
            best[name] = max(best.get(name, 0.0), credit)
    return score_credits(rubric, best).score


def _credits(criteria: tuple[CriterionAssessment, ...]) -> Mapping[str, float]:
    return {one.id: one.credit for one in criteria}


if __name__ == "__main__":
    main()
