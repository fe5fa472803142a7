"""How far the judges agree with people, and what they make of answers whose worth is known.

Run: python bench/judge.py

Everything is held out by question, ten folds, seed 0. Judges: `constant` (mean of the training folds), `cosine` (answer
against reference, as it is), `ridge_gbm` (ridge and gradient boosting on similarity features, fitted on each data set;
the mean of both), `embedded` (the shipped judge, refitted without the fold, its half-width fitted to the other folds' misses),
`embedded_on_other_sets` (refitted without any answer of the data set that it is measured on). `by_variance` are intervals for
the scores of `embedded` that know the variance of the credits alone (bench/conformal.py). Without the graded data the script says so and does nothing.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from dataclasses import replace

import numpy as np
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.linear_model import RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bench.authored import bank_folds, statements
from bench.common import Row, write_results
from bench.conformal import by_variance_rows, fit_width
from bench.diagrams import diagram, intervals
from bench.fit_embedded_judge import (
    Material,
    first_step,
    fold_judges,
    held_out,
    held_out_calibrations,
    held_out_misses,
    own_examples,
    read_material,
)
from bench.fitting import item_of
from bench.grading import DATA_SETS, FOLDS, SEED, Graded, data_folder, fold_of, probes, read_graded
from bench.labelled import read_labelled
from bench.laws import laws
from bench.padding import MEASURED, padded
from bench.resampling import Scores, difference, interval, resampled
from interviewer.judge.embedded import EmbeddedJudge
from interviewer.judge.protocol import AnswerToJudge
from interviewer.judge.words import stems, tokens
from retrieval import Embedder, default_embedder
from rubrics import Assessment, band_of

OTHER_ANSWERS = 4
REFUSALS = ("gibberish", "off_topic", "injection", "dont_know", "question_echo")
GIBBERISH = "blarg flimp the zonk quaddle of wibble and snorf up the dringle with plonk for grubbish tizzle"


def qwk(human: Scores, judged: Scores) -> float:
    """Quadratic weighted kappa on scores rounded to 0-4 (Cohen 1968, doi:10.1037/h0026256)."""
    one, other = (np.rint(4 * np.clip(x, 0, 1)).astype(int) for x in (human, judged))
    seen = np.zeros((5, 5))
    np.add.at(seen, (one, other), 1)
    expected = np.outer(seen.sum(axis=1), seen.sum(axis=0)) / len(human)
    distance = np.subtract.outer(np.arange(5), np.arange(5)) ** 2
    by_chance = float((distance * expected).sum())
    return 1.0 - float((distance * seen).sum()) / by_chance if by_chance else 0.0


def pearson(human: Scores, judged: Scores) -> float:
    """Pearson's r; 0 where one side does not vary."""
    if human.std() < 1e-12 or judged.std() < 1e-12:
        return 0.0
    return float(np.corrcoef(human, judged)[0, 1])


def rmse(human: Scores, judged: Scores) -> float:
    """Root mean squared error of scores 0..1."""
    return float(np.sqrt(((human - judged) ** 2).mean()))


METRICS = {"pearson": pearson, "qwk": qwk, "rmse": rmse}


def features_of(row: Graded, embedder: Embedder) -> list[float]:
    """Similarity features of the baselines; the first is the cosine of answer and reference."""
    answer, reference, question = embedder.embed_passages([row.answer or "?", row.reference, row.question])
    said = embedder.embed_passages(statements(row.answer) or ["?"])
    wanted = embedder.embed_passages(statements(row.reference) or ["?"])
    near = wanted @ said.T
    words, known, asked = set(stems(row.answer)), set(stems(row.reference)), set(stems(row.question))
    lengths = [len(tokens(text)) for text in (row.answer, row.reference)]
    return [
        float(answer @ reference),
        float(answer @ question),
        float(reference @ question),
        float(near.max(axis=1).mean()),
        float(near.max(axis=1).min()),
        float(near.max(axis=0).mean()),
        float(near.max()),
        len(words & known) / max(1, len(known)),
        len(words & known) / max(1, len(words)),
        len((words & known) - asked) / max(1, len(known - asked)),
        len(words & asked) / max(1, len(words)),
        float(np.log1p(lengths[0])),
        float(np.log1p(lengths[1])),
        float(np.log1p(lengths[0]) - np.log1p(lengths[1])),
    ]


def baselines(rows: Sequence[Graded], folds: Sequence[int], embedder: Embedder) -> dict[str, Scores]:
    """Held-out scores of the judges that the embedded one is compared with, on one data set."""
    x = np.array([features_of(row, embedder) for row in rows])
    y = np.array([row.score for row in rows])
    fold = np.array(folds)
    constant, learned = np.zeros(len(y)), np.zeros(len(y))
    for held in range(FOLDS):
        test = fold == held
        if not test.any():
            continue
        ridge = make_pipeline(StandardScaler(), RidgeCV(np.logspace(-1, 3, 9)))
        boosted = GradientBoostingRegressor(
            n_estimators=150, max_depth=3, learning_rate=0.05, subsample=0.7, random_state=0
        )
        constant[test] = y[~test].mean()
        for model in (ridge, boosted):
            learned[test] += model.fit(x[~test], y[~test]).predict(x[test]) / 2
    return {"constant": constant, "cosine": x[:, 0], "ridge_gbm": learned}


def agreement(
    material: Material, found: Sequence[Assessment], embedder: Embedder, rows: Sequence[Graded]
) -> Iterator[Row]:
    """Pearson, QWK and RMSE of every judge on every data set, the paired difference, and interval coverage."""
    folds = fold_of(rows)
    people = [(e, a) for e, a in zip(material.examples, found, strict=True) if e.is_human]
    for name in DATA_SETS:
        graded = [row for row in rows if row.data_set == name]
        if not graded:
            continue
        mine = [a for e, a in people if e.source == name]
        judged = baselines(graded, [folds[row.question_id] for row in graded], embedder)
        scored = np.array([a.score is not None for a in mine])
        human = np.array([row.score for row in graded])[scored]
        asked = [row.question_id for row, is_scored in zip(graded, scored, strict=True) if is_scored]
        # Answers in other languages are unscored by the embedded judge; every judge is measured on the rest.
        judged = {judge: scores[scored] for judge, scores in judged.items()}
        judged["embedded"] = np.array([a.score for a in mine if a.score is not None])
        draws = resampled(asked)
        for judge, scores in judged.items():
            for metric, statistic in METRICS.items():
                low, high = interval(statistic, draws, human, scores)
                yield Row(
                    f"{name}.{judge}.{metric}", statistic(human, scores), "", low=low, high=high, n=len(human)
                )
        ours = judged["embedded"]
        yield difference(
            f"{name}.embedded_minus_ridge_gbm.pearson",
            pearson,
            draws,
            human,
            ours,
            ("ridge_gbm", judged["ridge_gbm"]),
        )
        width = np.array([a.uncertainty for a in mine if a.score is not None])
        yield from intervals(f"{name}.embedded", human, ours, width, asked)
        yield from diagram(f"{name}.embedded", ours, human, asked)
        fair = [a for a, row in zip(mine, graded, strict=True) if row.score >= 0.5]
        for flag in REFUSALS:
            refused = sum(a.score == 0 and flag in a.flags for a in fair) / len(fair)
            yield Row(f"{name}.embedded.refused_though_half_right.{flag}", refused, "share", n=len(fair))
        yield Row(f"{name}.embedded.unscored", float((~scored).sum()), "answers", n=len(mine))
        judged_at_all = ours > 0
        value = pearson(human[judged_at_all], ours[judged_at_all])
        count = int(judged_at_all.sum())
        yield Row(f"{name}.embedded.agreement_on_what_is_not_refused", value, "r", n=count)


def on_other_sets(material: Material, embedder: Embedder) -> Iterator[Row]:
    """Agreement with people on each data set when the judge was fitted without any of its answers."""
    for name in DATA_SETS:
        people = [e for e in material.examples if e.is_human and e.source == name]
        if not people:
            continue
        calibration = first_step([e for e in material.examples if e.source != name])
        judge = EmbeddedJudge(embedder, calibration, material.background)
        scored = [(e, s) for e in people if (s := judge.conclude(e.reading).score) is not None]
        human, ours = np.array([(e.score, s) for e, s in scored], dtype=np.float64).T
        draws = resampled([e.question_id for e, _ in scored])
        for metric, statistic in METRICS.items():
            low, high = interval(statistic, draws, human, ours)
            value = statistic(human, ours)
            yield Row(f"{name}.embedded_on_other_sets.{metric}", value, "", low=low, high=high, n=len(human))


def known_faults(rows: Sequence[Graded], judges: Sequence[EmbeddedJudge]) -> Iterator[Row]:
    """Mean held-out score of answers by which learned graders are fooled."""
    folds = fold_of(rows)
    found: dict[str, list[float]] = {}
    for probe in probes(rows):
        score = judges[folds[probe.question_id]].assess_sync(item_of(probe)).score
        found.setdefault(probe.kind, []).append(np.nan if score is None else score)
    for kind, scores in found.items():
        yield Row(f"graded.probe.{kind}.mean_score", float(np.nanmean(scores)), "score", n=len(scores))


def bank_answers(material: Material) -> Iterator[tuple[str, str, AnswerToJudge]]:
    """(kind, question id, item): for every bank question answers whose worth is known."""
    questions = [q for q in material.role.pack.questions if q.id in material.role.rubrics]
    for question in questions:
        rubric = material.role.rubrics[question.id]
        said = statements(question.model_answer)
        half = said[: max(1, len(said) // 2)]
        item = AnswerToJudge(
            question.prompt, "", rubric, question.model_answer, bands=material.role.bands(question.id)
        )
        answers = [
            ("model_answer", question.model_answer),
            ("half_answer", " ".join(half)),
            ("half_answer_padded", padded(half, MEASURED, random.Random(f"{SEED}:{question.id}"))),
            ("padding", " ".join(random.Random(f"{SEED}:{question.id}").sample(MEASURED, 6))),
            ("wrong_answer", question.common_wrong_answer.text),
            ("gibberish", GIBBERISH),
            ("question_echo", question.prompt),
            ("dont_know", "Honestly, I don't know."),
        ]
        near = [q for q in questions if q.category == question.category and q.id != question.id]
        far = [q for q in questions if q.category != question.category]
        chance = random.Random(f"{SEED}:{question.id}")
        for kind, others in (("same_category", near), ("other_category", far)):
            chosen = chance.sample(others, min(OTHER_ANSWERS, len(others)))
            answers += [(kind, other.model_answer) for other in chosen]
        for kind, answer in answers:
            yield kind, question.id, replace(item, answer=answer)


def bank(judges: Sequence[EmbeddedJudge], material: Material) -> Iterator[Row]:
    """Mean held-out score and bands of answers to the bank's questions. Authored answers, not graded by people."""
    folds = bank_folds(material.role)
    found: dict[str, list[tuple[str, float, int]]] = {}
    for kind, question, item in bank_answers(material):
        score = judges[folds[question]].assess_sync(item).score
        if score is not None:
            found.setdefault(kind, []).append((question, score, band_of(score, item.bands)))
    for kind, results in found.items():
        scores = np.array([score for _, score, _ in results])
        low, high = interval(np.mean, resampled([question for question, _, _ in results]), scores)
        yield Row(f"bank.{kind}.mean_score", float(scores.mean()), "score", low=low, high=high, n=len(scores))
        counts = np.bincount([band for _, _, band in results], minlength=5) / len(results)
        for band, share in enumerate(counts):
            yield Row(f"bank.{kind}.band_{band}", float(share), "share", n=len(scores))
    plain, padding = (
        np.array([s for _, s, _ in found[kind]]) for kind in ("half_answer", "half_answer_padded")
    )
    low, high = interval(
        np.mean, resampled([question for question, _, _ in found["half_answer"]]), padding - plain
    )
    gained = float((padding - plain).mean())
    yield Row("bank.padding_gains.mean_score", gained, "score", "half_answer", None, low, high, len(plain))


def own_answers(own: Sequence[Assessment], material: Material) -> Iterator[Row]:
    """Agreement with two readers on answers that were written for the bank, by score and by verdict."""
    role = material.role
    rows = read_labelled(role)
    judged, labelled, widths = [], [], []
    credits: list[tuple[str, str, float, float]] = []
    verdicts: Counter[str] = Counter()
    for row, found in zip(rows, own, strict=True):
        rubric = role.rubrics[row.question_id]
        assert found.score is not None
        judged.append(found.score)
        widths.append(found.uncertainty)
        labelled.append(row.score(rubric))
        by_id = {one.id: one for one in found.criteria}
        for criterion in rubric.criteria:
            pair = (row.credit(criterion.id), by_id[criterion.id].credit)
            credits.append((criterion.kind.value, row.question_id, *pair))
            one, other = row.first[criterion.id], row.second[criterion.id]
            verdicts["readers"] += one == other
            verdicts["judge"] += by_id[criterion.id].verdict in (one, other)
            verdicts["all"] += 1
    human, ours = np.array(labelled), np.array(judged)
    draws = resampled([row.question_id for row in rows])
    for metric, statistic in METRICS.items():
        low, high = interval(statistic, draws, human, ours)
        yield Row(f"own.embedded.{metric}", statistic(human, ours), "", low=low, high=high, n=len(rows))
    asked = [row.question_id for row in rows]
    yield from intervals("own.embedded", human, ours, np.array(widths), asked)
    yield Row("own.verdicts.readers_agree", verdicts["readers"] / verdicts["all"], "share", n=verdicts["all"])
    yield Row("own.verdicts.judge_agrees", verdicts["judge"] / verdicts["all"], "share", n=verdicts["all"])
    for kind in ("required", "red_flag", "bonus"):
        pairs = np.array([(a, b) for name, _, a, b in credits if name == kind])
        asked = [question for name, question, _, _ in credits if name == kind]
        low, high = interval(pearson, resampled(asked), *pairs.T)
        value = pearson(*pairs.T)
        yield Row(f"own.credits.{kind}.agreement", value, "r", low=low, high=high, n=len(pairs))
    for name, kinds in (("points", ("required", "bonus")), ("faults", ("red_flag",))):
        pairs = np.array([(a, b) for kind, _, a, b in credits if kind in kinds])
        asked = [question for kind, question, _, _ in credits if kind in kinds]
        yield from diagram(f"own.{name}", pairs[:, 1], pairs[:, 0], asked)
    for name in dict.fromkeys(row.kind for row in rows):
        here = np.array([row.kind == name for row in rows])
        yield Row(f"own.readers.{name}.mean_score", float(human[here].mean()), "score", n=int(here.sum()))
        draws = resampled([row.question_id for row in rows if row.kind == name])
        low, high = interval(np.mean, draws, ours[here])
        mean = float(ours[here].mean())
        yield Row(f"own.judge.{name}.mean_score", mean, "score", "readers", None, low, high, int(here.sum()))


def main() -> None:
    """Measure and write bench/results/judge.json."""
    folder = data_folder()
    if folder is None:
        print("Skipped: there is no human-graded data; set MOCKROUND_GRADING_DATA to its folder.")
        return
    embedder = default_embedder()
    rows = read_graded(folder)
    material = read_material(folder, embedder)
    own = own_examples(material)
    without_width = held_out_calibrations(material.examples, own)
    misses = held_out_misses(material, own, fold_judges(material, embedder, without_width))
    calibrations = [
        replace(calibration, width=fit_width([row for row in misses if row.fold != fold]))
        for fold, calibration in enumerate(without_width)
    ]
    judges = fold_judges(material, embedder, calibrations)
    found = held_out(material.examples, judges)
    result = [
        *agreement(material, found, embedder, rows),
        *by_variance_rows(misses),
        *on_other_sets(material, embedder),
        *known_faults(rows, judges),
        *bank(judges, material),
        *own_answers(held_out(own, judges), material),
        *laws(material.role, rows, embedder, calibrations, material.background),
    ]
    write_results("judge", result)


if __name__ == "__main__":
    main()
