"""Laws that a judge of answers should keep, as measured rates: how often it breaks them, and by how much.

`adding`: a correct key point more never lowers a score. `deleting`: a sentence less, of those that carry something, never
raises it. Both are one comparison, of an answer with a point against the same answer without it, from different starts:
half a model answer or a person's own answer here, a whole one there. Which sentence carries something is not asked of the
judge: it is the one nearest to a criterion of the rubric, or to a statement of the reference.

`order`: the order of the criteria changes neither score nor verdicts. `repeated`: a row of bulk scoring has the same bytes
when it is scored again, in another order and beside other rows.
"""

from __future__ import annotations

import asyncio
import json
import random
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from bench.authored import bank_folds, spoken, statements
from bench.common import Row
from bench.fitting import item_of
from bench.grading import DATA_SETS, SEED, Graded, fold_of, references
from bench.resampling import interval, resampled
from corpus import Question
from interviewer.judge.background import Background
from interviewer.judge.bulk import assess_file
from interviewer.judge.calibration import Calibration
from interviewer.judge.embedded import EmbeddedJudge
from interviewer.judge.protocol import AnswerToJudge
from interviewer.packs import RolePack
from retrieval import Embedder, default_embedder
from rubrics import Assessment, Kind, Rubric

T = TypeVar("T")

BROKEN_BY = 0.05
"""Above which move of the score a law is broken; the narrowest band is .15 wide."""
SAME_SCORE = 1e-4
# Of the bank: reading a rubric takes longer than judging an answer.
QUESTIONS = 120
POINTS_A_QUESTION = 4
ANSWERS_A_QUESTION = 6
REPEATED_A_QUESTION = 2
# A person's sentence carries something if people gave the answer at least this much.
FAIR = 0.5


@dataclass(frozen=True)
class Pair:
    """The same answer without and with something; the second should not score less."""

    law: str
    data: str
    question_id: str
    fold: int
    less: AnswerToJudge
    more: AnswerToJudge


def bank_pairs(role: RolePack, embedder: Embedder) -> Iterator[Pair]:
    """Model answers of the bank: half of one and a key point of the other half, and a whole one without a key point."""
    folds = bank_folds(role)
    for question in bank_questions(role):
        rubric = role.rubrics[question.id]
        item = AnswerToJudge(question.prompt, "", rubric, question.model_answer)
        said = statements(question.model_answer)
        keys = key_places(rubric, said, embedder)
        chance = random.Random(f"{SEED}:{question.id}:laws")
        half = said[: max(1, len(said) // 2)]
        later = [place for place in keys if place >= len(half)]

        def pair(
            law: str,
            less: Sequence[str],
            more: Sequence[str],
            item: AnswerToJudge = item,
            question_id: str = question.id,
        ) -> Pair:
            without, within = (replace(item, answer=" ".join(texts)) for texts in (less, more))
            return Pair(law, "bank", question_id, folds[question_id], without, within)

        for place in _some(later, POINTS_A_QUESTION, chance):
            yield pair("adding", half, [*half, said[place]])
        for place in _some(keys if len(said) > 1 else [], POINTS_A_QUESTION, chance):
            yield pair("deleting", _without(said, place), said)


def bank_questions(role: RolePack) -> list[Question]:
    """Some questions of the bank, in its order, the same ones every time."""
    return _some([q for q in role.pack.questions if q.id in role.rubrics], QUESTIONS, random.Random(SEED))


def key_places(rubric: Rubric, said: Sequence[str], embedder: Embedder) -> list[int]:
    """The places of the statements that are nearest to a required or a bonus criterion, each once, in their order."""
    if not said:
        return []
    spoken_of = embedder.embed_passages(list(said))
    places = set()
    for criterion in rubric.criteria:
        if criterion.kind is not Kind.RED_FLAG:
            wordings = embedder.embed_passages([criterion.text, *criterion.shows])
            places.add(int((wordings @ spoken_of.T).max(axis=0).argmax()))
    return sorted(places)


def graded_pairs(rows: Sequence[Graded], embedder: Embedder) -> Iterator[Pair]:
    """Answers that people graded and a statement of the reference; such answers, and references, without one sentence."""
    folds = fold_of(rows)

    def pair(law: str, row: Graded, less: Sequence[str], more: Sequence[str]) -> Pair:
        without, within = (item_of(replace(row, answer=spoken(texts))) for texts in (less, more))
        return Pair(law, row.data_set, row.question_id, folds[row.question_id], without, within)

    for row in references(rows):
        said = statements(row.reference)
        chance = random.Random(f"{SEED}:{row.question_id}:laws")
        for place in _some(range(len(said)) if len(said) > 1 else (), POINTS_A_QUESTION, chance):
            yield pair("deleting", row, _without(said, place), said)
    for row, chance in _sampled(rows, ANSWERS_A_QUESTION):
        said, points = statements(row.answer), statements(row.reference)
        if not said or not points:
            continue
        yield pair("adding", row, said, [*said, chance.choice(points)])
        if row.score >= FAIR and len(said) > 1:
            near = embedder.embed_passages(points) @ embedder.embed_passages(said).T
            yield pair("deleting", row, _without(said, int(near.max(axis=0).argmax())), said)


def laws(
    role: RolePack,
    rows: Sequence[Graded],
    embedder: Embedder,
    calibrations: Sequence[Calibration],
    background: Background,
) -> Iterator[Row]:
    """All four, of the judge with the calibration that had not seen the question."""
    judges = [EmbeddedJudge(embedder, calibration, background) for calibration in calibrations]
    items = whole_items(role, rows)
    yield from law_rows([*bank_pairs(role, embedder), *graded_pairs(rows, embedder)], judges)
    yield from order_rows(items, judges)
    # An embedder remembers what it embedded, so each of the two has one of its own.
    one, other = (EmbeddedJudge(default_embedder(), calibrations[0], background) for _ in range(2))
    yield from repeated_rows(items, one, other)


def law_rows(pairs: Iterable[Pair], judges: Sequence[EmbeddedJudge]) -> Iterator[Row]:
    """For each law and data set how often it is broken, what a point is worth on average, and the largest fall."""
    scores: dict[tuple[str, str], float | None] = {}
    found: dict[str, list[tuple[str, float]]] = {}

    def score(pair: Pair, item: AnswerToJudge) -> float | None:
        key = (pair.question_id, f"{item.reference}\n{item.answer}")
        if key not in scores:
            scores[key] = judges[pair.fold].assess_sync(item).score
        return scores[key]

    for pair in pairs:
        less, more = score(pair, pair.less), score(pair, pair.more)
        if less is not None and more is not None:
            found.setdefault(f"laws.{pair.law}.{pair.data}", []).append((pair.question_id, more - less))
    for name, moves in found.items():
        questions = [question for question, _ in moves]
        gained = np.array([move for _, move in moves])
        yield rate(f"{name}.broken", gained < -BROKEN_BY, questions)
        low, high = interval(np.mean, resampled(questions), gained)
        mean, count = float(gained.mean()), len(gained)
        yield Row(f"{name}.mean_gain", mean, "score", low=low, high=high, n=count)
        yield Row(f"{name}.largest_fall", float(max(0.0, -gained.min())), "score", n=count)


def order_rows(
    items: Mapping[str, Sequence[tuple[str, int, AnswerToJudge]]], judges: Sequence[EmbeddedJudge]
) -> Iterator[Row]:
    """How often turning the criteria round changes a score or a verdict; items are (question, fold, item) by data set."""
    for data, those in items.items():
        changed = [_differs(judges[fold], item) for _, fold, item in those]
        yield rate(f"laws.order.{data}.broken", np.array(changed), [question for question, _, _ in those])


def _differs(judge: EmbeddedJudge, item: AnswerToJudge) -> bool:
    turned = item.rubric.model_copy(update={"criteria": item.rubric.criteria[::-1]})
    one, other = judge.assess_sync(item), judge.assess_sync(replace(item, rubric=turned))
    if one.score is None or other.score is None:
        return one.score != other.score
    return abs(one.score - other.score) > SAME_SCORE or _verdicts(one) != _verdicts(other)


def _verdicts(assessment: Assessment) -> dict[str, str]:
    return {criterion.id: criterion.verdict.value for criterion in assessment.criteria}


def repeated_rows(
    items: Mapping[str, Sequence[tuple[str, int, AnswerToJudge]]],
    one: EmbeddedJudge,
    other: EmbeddedJudge,
) -> Iterator[Row]:
    """How many rows of bulk scoring have other bytes when another judge scores them backwards, four at a time.

    Both judges are the same in all that they were fitted to; neither may remember what the other has read.
    """
    rows = [(data, question, item) for data, those in items.items() for question, _, item in those]
    lines = [
        json.dumps(
            {
                "item_id": str(place),
                "question": item.question,
                "answer": item.answer,
                "rubric": item.rubric.model_dump(mode="json"),
                "reference": item.reference,
            }
        )
        for place, (_, _, item) in enumerate(rows)
    ]
    first = _scored(lines, one, 1)
    second = _scored(lines[::-1], other, 4)[::-1]
    changed = np.array([a != b for a, b in zip(first, second, strict=True)])
    for data in items:
        here = [place for place, (name, _, _) in enumerate(rows) if name == data]
        yield rate(f"laws.repeated.{data}.broken", changed[here], [rows[place][1] for place in here])


def _scored(lines: Sequence[str], judge: EmbeddedJudge, at_once: int) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        given, found = Path(folder, "in.jsonl"), Path(folder, "out.jsonl")
        given.write_text("\n".join(lines) + "\n", encoding="utf-8")
        asyncio.run(assess_file(given, found, judge, lambda _: None, rows_at_once=at_once))
        return found.read_text(encoding="utf-8").splitlines()


def whole_items(role: RolePack, rows: Sequence[Graded]) -> dict[str, list[tuple[str, int, AnswerToJudge]]]:
    """Some answers of every data set as (question, fold, item): the bank's model answers, and people's answers."""
    folds, of_bank = fold_of(rows), bank_folds(role)
    items: dict[str, list[tuple[str, int, AnswerToJudge]]] = {
        "bank": [
            (
                question.id,
                of_bank[question.id],
                AnswerToJudge(
                    question.prompt,
                    " ".join(statements(question.model_answer)[::2]),
                    role.rubrics[question.id],
                    question.model_answer,
                ),
            )
            for question in bank_questions(role)
        ]
    }
    for row, _ in _sampled(rows, REPEATED_A_QUESTION):
        items.setdefault(row.data_set, []).append((row.question_id, folds[row.question_id], item_of(row)))
    return items


def rate(metric: str, broken: np.ndarray, questions: Sequence[str]) -> Row:
    """A share with its interval over questions; where nothing was broken, at most 3 in as many questions could be.

    (Hanley and Lippman-Hand 1983, doi:10.1001/jama.1983.03330370053031.)
    """
    values = broken.astype(float)
    low, high = interval(np.mean, resampled(questions), values)
    if not broken.any():
        high = min(1.0, 3 / len(set(questions)))
    return Row(metric, float(values.mean()), "share", low=low, high=high, n=len(values))


def _sampled(rows: Sequence[Graded], count: int) -> Iterator[tuple[Graded, random.Random]]:
    """Up to `count` answers to each question, and the question's own source of chance."""
    by_question: dict[tuple[str, str], list[Graded]] = {}
    for row in rows:
        if row.data_set in DATA_SETS:
            by_question.setdefault((row.data_set, row.question_id), []).append(row)
    for (_, question), answers in by_question.items():
        chance = random.Random(f"{SEED}:{question}:answers")
        for row in _some(answers, count, chance):
            yield row, chance


def _some(items: Sequence[T], count: int, chance: random.Random) -> list[T]:
    """Up to `count` of the items in their order, drawn without replacement."""
    return [items[place] for place in sorted(chance.sample(range(len(items)), min(count, len(items))))]


def _without(said: Sequence[str], place: int) -> list[str]:
    return [text for at, text in enumerate(said) if at != place]
