"""How a language model should be asked to judge, measured one factor at a time against people; then with the blend.

Run: python bench/model_judge.py --url http://HOST:PORT/v1 [--model NAME] [--parts factors,final] [--label NAME]

`factors`: about 120 human-graded answers (forty of each data set, spread over its questions). Every way of asking differs from
its form's first in one factor; what is compared is the mean of the three data sets' Pearson r, paired, with intervals
over questions. No score is fitted, so nothing is held out.
`final`: ten answers of every question, each with one grade for the whole answer and one for every criterion, as the factors
chose; `model` and `blend` are then fitted on nine folds of questions and measured on the tenth, beside the embedded
judge and ridge + boosting on the same answers (seed 0, folds as in bench/judge.py).

Calls are kept in .mockround/bench, so that a run resumes, and can be evaluated again without the server (no --url). Without the graded data the script says so and does nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bench.common import RESULTS, Row, write_results
from bench.fit_embedded_judge import (
    held_out,
    held_out_judges,
    own_examples,
    read_material,
    reading_key,
)
from bench.grading import DATA_SETS, SEED, Graded, data_folder, fold_of, read_graded
from bench.judge import METRICS, baselines, pearson
from bench.model_calls import KeptCalls
from bench.model_prompts import Case, Way, credit_of, evidence_messages, labels_of, messages_of
from bench.model_tables import PAIRS
from bench.resampling import Scores, difference, interval, resampled
from interviewer.judge.derive import rubric_from_reference
from interviewer.judge.model import NO_PART, likeliest_part, parts_of
from interviewer.judge.sentences import split_sentences
from interviewer.llm.connect import Connection, connect
from interviewer.llm.errors import ModelUnavailable
from interviewer.llm.protocol import ChatModel
from interviewer.llm.scripted import ScriptedModel
from interviewer.llm.server_calls import Timeouts
from interviewer.packs import load_role_pack
from retrieval import default_embedder

KEPT = Path(__file__).parent.parent / ".mockround" / "bench" / "model-calls.sqlite"
ANSWERS = 40
PER_QUESTION = 10
PATIENCE_S = 900.0

WHOLE = Way()
POINT = Way(unit="point")
# What each differs in from the first of its form.
WAYS: dict[str, Way] = {
    "whole": WHOLE,
    "whole.answer_first": replace(WHOLE, order="first"),
    "whole.yes_no": replace(WHOLE, labels="yes_no"),
    "whole.verdicts": replace(WHOLE, labels="verdicts"),
    "whole.turned": replace(WHOLE, turned=True),
    "whole.wording_2": replace(WHOLE, wording=1),
    "whole.wording_3": replace(WHOLE, wording=2),
    "whole.examples": replace(WHOLE, examples=True),
    "whole.no_reference": replace(WHOLE, reference="hidden"),
    "point": POINT,
    "point.answer_first": replace(POINT, order="first"),
    "point.parts": replace(POINT, parts=True),
    "point.yes_no": replace(POINT, labels="yes_no"),
    "point.verdicts": replace(POINT, labels="verdicts"),
    "point.answer_between": replace(POINT, order="between"),
    "point.evidence_before": replace(POINT, evidence="before"),
    "point.examples": replace(POINT, examples=True),
    "point.turned": replace(POINT, turned=True),
    "point.wording_2": replace(POINT, wording=1),
    "point.wording_3": replace(POINT, wording=2),
}


@dataclass(frozen=True)
class Asked:
    """What one answer got: None where the model did not choose for one of its criteria."""

    row: Graded
    score: float | None


def sample(rows: Sequence[Graded], name: str, count: int, per_question: int) -> list[Graded]:
    """`count` answers of a data set, dealt out evenly over its questions, drawn with the seed."""
    questions: dict[str, list[Graded]] = {}
    for row in rows:
        if row.data_set == name:
            questions.setdefault(row.question_id, []).append(row)
    chance = random.Random(f"{SEED}:{name}")
    ids = sorted(questions)
    chance.shuffle(ids)
    drawn = {question: chance.sample(questions[question], len(questions[question])) for question in ids}
    dealt = [
        drawn[question][place]
        for place in range(per_question)
        for question in ids
        if place < len(drawn[question])
    ]
    return dealt[:count]


def cases_of(row: Graded, way: Way) -> list[tuple[float, Case]]:
    """(weight, case) of one answer: one for the whole, or one for every criterion of its reference."""
    rubric = rubric_from_reference(row.reference)
    parts = parts_of(split_sentences(row.answer))
    texts = tuple(criterion.text for criterion in rubric.criteria)
    if way.unit == "whole":
        return [(1.0, Case(row.question, row.reference, texts, None, row.answer, parts))]
    return [
        (c.weight, Case(row.question, row.reference, texts, c.text, row.answer, parts))
        for c in rubric.criteria
    ]


async def credit(calls: KeptCalls, way: Way, case: Case) -> float | None:
    """The expected credit of one case, None where the model did not choose."""
    if way.evidence == "before":
        case = replace(case, pointed_at=await pointed_at(calls, case))
    found = []
    for turned in (False, True) if way.turned else (False,):
        shares = await calls.choose(messages_of(way, case, turned), labels_of(way))
        if shares is None:
            return None
        found.append(credit_of(way, shares, turned))
    return sum(found) / len(found)


async def pointed_at(calls: KeptCalls, case: Case) -> str:
    """The words that the model points at; `none` where it rather points at none, or nowhere."""
    labels = "".join(part.label for part in case.parts) + NO_PART
    shares = await calls.choose(evidence_messages(case), labels)
    if shares is None:
        return "none"
    part = likeliest_part(case.parts, shares)
    return "none" if part is None else part.text


async def ask(calls: KeptCalls, way: Way, rows: Sequence[Graded]) -> list[Asked]:
    """Every answer judged one way. Answers without a word are 0, as the gates have it."""

    async def one(row: Graded) -> Asked:
        if not split_sentences(row.answer):
            return Asked(row, 0.0)
        weights, cases = zip(*cases_of(row, way), strict=True)
        credits = await asyncio.gather(*(credit(calls, way, case) for case in cases))
        if any(found is None for found in credits):
            return Asked(row, None)
        return Asked(row, float(np.average([found or 0.0 for found in credits], weights=weights)))

    return list(await asyncio.gather(*(one(row) for row in rows)))


def mean_pearson(human: Scores, judged: Scores, data_set: NDArray[np.str_]) -> float:
    """The mean over the data sets of r."""
    return float(np.mean([pearson(human[data_set == n], judged[data_set == n]) for n in np.unique(data_set)]))


def filled(asked: Sequence[Asked]) -> tuple[Scores, int]:
    """Scores, with the data set's mean where there is none, and how many that are."""
    known: dict[str, list[float]] = {}
    for one in asked:
        if one.score is not None:
            known.setdefault(one.row.data_set, []).append(one.score)
    scores = [
        one.score if one.score is not None else float(np.mean(known.get(one.row.data_set, [0.5])))
        for one in asked
    ]
    return np.array(scores), sum(one.score is None for one in asked)


def compared(label: str, rows: Sequence[Graded], found: Mapping[str, list[Asked]]) -> Iterator[Row]:
    """Every way's r by data set and their mean, and its paired difference from the first of its form."""
    human = np.array([row.score for row in rows])
    data_set = np.array([row.data_set for row in rows])
    draws = resampled([row.question_id for row in rows], [row.data_set for row in rows])
    judged = {name: filled(asked) for name, asked in found.items()}
    for name, (scores, unread) in judged.items():
        for each in DATA_SETS:
            here = data_set == each
            yield Row(
                f"{label}.{name}.{each}.pearson", pearson(human[here], scores[here]), "", n=int(here.sum())
            )
        low, high = interval(mean_pearson, draws, human, scores, data_set)
        mean = mean_pearson(human, scores, data_set)
        yield Row(f"{label}.{name}.mean.pearson", mean, "", low=low, high=high, n=len(rows))
        yield Row(f"{label}.{name}.unread", float(unread), "answers", n=len(rows))
        first = name.split(".")[0]
        if name == first or first not in judged:
            continue
        yield difference(
            f"{label}.{name}.minus_first.mean.pearson",
            mean_pearson,
            draws,
            human,
            scores,
            (first, judged[first][0]),
            data_set,
        )


async def factors(calls: KeptCalls, label: str, rows: Sequence[Graded], ways: Sequence[str]) -> list[Row]:
    """The ways one after the other, with progress."""
    found: dict[str, list[Asked]] = {}
    for name in ways:
        found[name] = await ask(calls, WAYS[name], rows)
        scores, unread = filled(found[name])
        human = np.array([row.score for row in rows])
        data_set = np.array([row.data_set for row in rows])
        by_set = " ".join(
            f"{n} {pearson(human[data_set == n], scores[data_set == n]):.3f}" for n in DATA_SETS
        )
        print(f"{name}: {by_set}, unread {unread}, {calls.asked} calls so far", flush=True)
    return list(compared(label, rows, found))


async def final(
    calls: KeptCalls, label: str, rows: Sequence[Graded], ways: Sequence[str], others: Mapping[str, Heard]
) -> list[Row]:
    """Model and blend, fitted on nine folds of questions, beside the judges that ask no model, on the same answers."""
    grades = np.column_stack([filled(await ask(calls, WAYS[name], rows))[0] for name in ways])
    heard = [others[row.data_set] for row in rows]
    keys = [(row.question_id, row.answer) for row in rows]
    judged = {
        name: np.array([getattr(one, name)[key] for one, key in zip(heard, keys, strict=True)])
        for name in ("embedded", "ridge_gbm")
    }
    known = ~np.isnan(judged["embedded"])
    rows = [row for row, is_known in zip(rows, known, strict=True) if is_known]
    grades, judged = grades[known], {name: scores[known] for name, scores in judged.items()}
    human = np.array([row.score for row in rows])
    data_set = np.array([row.data_set for row in rows])
    folds = fold_of(rows)
    fold = np.array([folds[row.question_id] for row in rows])
    weight = 1 / np.array([(data_set == name).sum() for name in data_set])
    judged["model"] = fitted(grades, human, fold, weight)
    judged["blend"] = fitted(np.column_stack([grades, judged["embedded"]]), human, fold, weight)
    return [*agreements(label, rows, judged), *coverage(label, rows, judged["blend"], fold)]


def fitted(x: Scores, y: Scores, fold: NDArray[np.int64], weight: Scores) -> Scores:
    """Held-out predictions of one linear calibrator over all data sets, each with the same weight."""
    found = np.zeros(len(y))
    for held in np.unique(fold):
        test = fold == held
        model = make_pipeline(StandardScaler(), RidgeCV(np.logspace(-4, 2, 13)))
        model.fit(x[~test], y[~test], ridgecv__sample_weight=weight[~test] / weight[~test].mean())
        found[test] = np.clip(model.predict(x[test]), 0, 1)
    return found


def agreements(label: str, rows: Sequence[Graded], judged: Mapping[str, Scores]) -> Iterator[Row]:
    """Pearson, QWK, RMSE and mean signed error by data set, and paired differences in r, over questions."""
    human = np.array([row.score for row in rows])
    data_set = np.array([row.data_set for row in rows])
    draws = resampled([row.question_id for row in rows], [row.data_set for row in rows])
    for name in DATA_SETS:
        here = data_set == name
        # Places among the answers of this data set alone.
        place = np.cumsum(here) - 1
        drawn = [place[d[here[d]]] for d in draws]
        graded = human[here]
        for judge, scores in judged.items():
            for metric, statistic in METRICS.items():
                low, high = interval(statistic, drawn, graded, scores[here])
                value = statistic(graded, scores[here])
                yield Row(
                    f"{label}.final.{name}.{judge}.{metric}", value, "", low=low, high=high, n=len(graded)
                )
            error = float((scores[here] - graded).mean())
            yield Row(f"{label}.final.{name}.{judge}.mean_signed_error", error, "score", n=len(graded))
        for ours, theirs in PAIRS:
            metric = f"{label}.final.{name}.{ours}_minus_{theirs}.pearson"
            against = (theirs, judged[theirs][here])
            yield difference(metric, pearson, drawn, graded, judged[ours][here], against)
    for ours, theirs in PAIRS:
        metric = f"{label}.final.mean.{ours}_minus_{theirs}.pearson"
        against = (theirs, judged[theirs])
        yield difference(metric, mean_pearson, draws, human, judged[ours], against, data_set)


def coverage(label: str, rows: Sequence[Graded], scores: Scores, fold: NDArray[np.int64]) -> Iterator[Row]:
    """What an interval of constant width holds, its half-width being the 80 % quantile of the other folds' errors."""
    human = np.array([row.score for row in rows])
    data_set = np.array([row.data_set for row in rows])
    error = np.abs(human - scores)
    width = np.array([float(np.quantile(error[fold != held], 0.8)) for held in fold])
    for name in DATA_SETS:
        here = data_set == name
        inside = float((error[here] <= width[here]).mean())
        yield Row(f"{label}.final.{name}.blend.coverage_of_80", inside, "share", n=int(here.sum()))
    yield Row(f"{label}.final.blend.half_width", float(width.mean()), "score", n=len(rows))


@dataclass(frozen=True)
class Heard:
    """Held-out scores of one data set's answers by (question id, answer); NaN where a judge leaves one unscored."""

    embedded: Mapping[tuple[str, str], float]
    ridge_gbm: Mapping[tuple[str, str], float]


def kept_scores(folder: Path) -> dict[str, Heard]:
    """Data set -> what the judges that ask no model say of its answers, held out by question, as in bench/judge.py."""
    embedder = default_embedder()
    rows = read_graded(folder)
    files = {name: folder / f"{name}.jsonl" for name in DATA_SETS}
    kept = KEPT.parent / f"heard-{reading_key(load_role_pack(), files, embedder)}.json"
    if kept.is_file():
        told = json.loads(kept.read_text("utf-8"))
        return {name: Heard(*(_by_key(rows, name, scores) for scores in told[name])) for name in DATA_SETS}
    material = read_material(folder, embedder)
    judges = held_out_judges(material, own_examples(material), embedder)
    found = held_out(material.examples, judges)
    folds = fold_of(rows)
    people = [(e, a) for e, a in zip(material.examples, found, strict=True) if e.is_human]
    told = {}
    for name in DATA_SETS:
        graded = [row for row in rows if row.data_set == name]
        ours = [a.score for e, a in people if e.source == name]
        told[name] = (
            ours,
            baselines(graded, [folds[row.question_id] for row in graded], embedder)["ridge_gbm"].tolist(),
        )
    kept.write_text(json.dumps(told), "utf-8")
    return {name: Heard(*(_by_key(rows, name, scores) for scores in told[name])) for name in DATA_SETS}


def _by_key(
    rows: Sequence[Graded], name: str, scores: Sequence[float | None]
) -> dict[tuple[str, str], float]:
    keys = [(row.question_id, row.answer) for row in rows if row.data_set == name]
    return dict(zip(keys, (np.nan if score is None else score for score in scores), strict=True))


def beside_kept(rows: Sequence[Row], path: Path = RESULTS / "model_judge.json") -> list[Row]:
    """The rows with those of an earlier run behind them that they do not measure anew."""
    new = {row.metric for row in rows}
    kept = [Row(**row) for row in json.loads(path.read_text(encoding="utf-8"))["rows"]]
    return [*rows, *(row for row in kept if row.metric not in new)]


async def main() -> None:
    """Measure and write bench/results/model_judge.json."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--url", help="the model server; without it only kept calls of --model are used")
    parser.add_argument("--model")
    parser.add_argument("--label", help="the model's name in the results; its own by default")
    parser.add_argument("--parts", default="factors,final")
    parser.add_argument("--ways", default=",".join(WAYS))
    parser.add_argument(
        "--final", default="whole,point", help="the ways whose grades `model` and `blend` are made of"
    )
    parser.add_argument(
        "--per-question", type=int, default=PER_QUESTION, help="answers of each question in `final`"
    )
    parser.add_argument(
        "--add",
        action="store_true",
        help="keep the rows of the results so far that this run does not measure",
    )
    given = parser.parse_args()
    folder = data_folder()
    if folder is None:
        print("Skipped: there is no human-graded data; set MOCKROUND_GRADING_DATA to its folder.")
        return
    unasked = ModelUnavailable(f"{given.model} was not asked all of this yet: give its server with --url.")
    model: ChatModel = ScriptedModel(choices=lambda _messages, _labels: unasked, name=given.model or "")
    if given.url is not None:
        connection = Connection("server", given.url, given.model)
        patient = Timeouts(first_token_s=PATIENCE_S, stall_s=PATIENCE_S, total_s=PATIENCE_S)
        model = (await connect(connection, must_answer=True, timeouts=patient)).model or model
    calls = KeptCalls(model, KEPT)
    label = given.label or model.name
    everything = read_graded(folder)
    few = [row for name in DATA_SETS for row in sample(everything, name, ANSWERS, PER_QUESTION)]
    result: list[Row] = []
    if "factors" in given.parts:
        result += await factors(calls, label, few, given.ways.split(","))
    if "final" in given.parts:
        many = [
            row for name in DATA_SETS for row in sample(everything, name, len(everything), given.per_question)
        ]
        result += await final(calls, label, many, given.final.split(","), kept_scores(folder))
    await model.aclose()
    write_results("model_judge", beside_kept(result) if given.add else result)


if __name__ == "__main__":
    asyncio.run(main())
