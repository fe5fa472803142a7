"""Fits interviewer/judge/calibration.json and background.json for the embedded judge.

Run: python bench/fit_embedded_judge.py

It reads the human-graded sets (MOCKROUND_GRADING_DATA, or ../shared/data/grading), the built-in pack and the answers in
bench/answers, fits once on each nine of ten folds to learn how far to trust a score, and once on everything for the file that
ships: a first step on grades and on answers made by rules (bench/fitting.py), a second on readers' verdicts
(bench/readers_step.py). How far the held-out scores miss gives the half-width (bench/conformal.py). Nothing of
the graded text is written. On one machine the same input gives the same bytes; elsewhere the last digits may differ.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import pickle
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np
import torch
from numpy.typing import NDArray

from bench.authored import authored, bank_folds, fitted_questions, statements
from bench.conformal import (
    GATED_UNCERTAINTY,
    Judged,
    constant_width,
    fit_width,
    held_out_widths,
    width_rows,
)
from bench.fitting import Example, authored_examples, fit, head_data, human_examples
from bench.grading import DATA_SETS, FOLDS, ROOT, SEED, data_folder, fold_of, made_up, read_graded
from bench.labelled import answers_sha256, read_labelled
from bench.padding import FITTED
from bench.readers_step import HALF_WAY, cross_fitted, second_step
from interviewer.judge.background import Background, word_weights
from interviewer.judge.calibration import HEADS, Calibration, read_calibration
from interviewer.judge.embedded import EmbeddedJudge, Reading
from interviewer.judge.features import plain_wording
from interviewer.judge.protocol import AnswerToJudge
from interviewer.judge.uncertainty import WIDTH_FEATURES, Known, Width, known_of
from interviewer.packs import BUILT_IN_PACK, RolePack, check_role_pack
from retrieval import Embedder, default_embedder
from retrieval.processors import usable_processors
from rubrics import Assessment

OUT = ROOT / "interviewer" / "judge"
# Features of all examples, which take longer than fitting: for the next script. Git ignores the folder.
KEPT = ROOT / ".mockround" / "bench"
# The data set of the answers in bench/answers.
OWN = "own"
STATEMENT = (
    "Scores of whole answers against a model answer were fitted to human grades of short answers. Credits of single "
    "criteria were fitted to answers that were put together by rules from the bank's own phrases, model answers and "
    "wrong answers, and from the references of the graded sets: authored data, which no human graded. Beside a written rubric "
    "they were then moved towards the verdicts that two readers of this project gave to answers written for the bank: faults by "
    "their verdicts, points half way to what verdicts and scores ask for; the share of a half, the ridge and the weight of scores "
    "were not chosen within folds. Folds are dealt by question; the figures are of questions that a fit had not seen. The mean "
    "vector and the word weights in background.json are of the whole bank."
)
WIDTH_STATEMENT = (
    "The half-width was fitted to how far scores missed, by judges that had not seen the question: human grades of the three "
    "public sets, and what two readers of this project gave to answers written for the bank. What a gate refused has a "
    "constant one."
)


@dataclass(frozen=True)
class Material:
    """What a calibration is fitted from."""

    role: RolePack
    background: Background
    judge: EmbeddedJudge
    examples: tuple[Example, ...]
    files: dict[str, Path]


def read_material(folder: Path, embedder: Embedder) -> Material:
    """The bank and the graded answers, with their features."""
    role, _ = check_role_pack(BUILT_IN_PACK)
    if role is None:
        raise SystemExit("The built-in pack cannot be read; run `mockround corpus check`.")
    background = make_background(role, embedder)
    judge = EmbeddedJudge(embedder, background=background)
    files = {name: path for name in DATA_SETS if (path := folder / f"{name}.jsonl").is_file()}
    kept = KEPT / f"{reading_key(role, files, embedder)}.pickle"
    if kept.is_file():
        examples = pickle.loads(kept.read_bytes())
    else:
        examples = _read_examples(folder, role, background, embedder)
        KEPT.mkdir(parents=True, exist_ok=True)
        for old in KEPT.glob("*.pickle"):
            old.unlink()
        kept.write_bytes(pickle.dumps(examples))
    return Material(role, background, judge, examples, files)


def _read_examples(
    folder: Path, role: RolePack, background: Background, embedder: Embedder
) -> tuple[Example, ...]:
    rows = read_graded(folder)
    with ProcessPoolExecutor(
        usable_processors(), multiprocessing.get_context("spawn"), _start_reader, (background,)
    ) as pool:

        def read(items: list[AnswerToJudge]) -> list[Reading]:
            return list(pool.map(_read, items, chunksize=64))

        return (
            *authored_examples(authored(role, embedder), bank_folds(role), read),
            *human_examples([*rows, *made_up(rows)], fold_of(rows), read),
        )


_reader: EmbeddedJudge | None = None


def _start_reader(background: Background) -> None:
    """In a process of its own: vectors do not depend on who makes them."""
    global _reader
    torch.set_num_threads(1)
    _reader = EmbeddedJudge(default_embedder(), background=background)


def _read(item: AnswerToJudge) -> Reading:
    assert _reader is not None
    return _reader.read(item)


def reading_key(role: RolePack, files: Mapping[str, Path], embedder: Embedder) -> str:
    """Changes with everything that a reading comes from: texts, code and embedder."""
    folders = (ROOT / "interviewer" / "judge", ROOT / "retrieval", ROOT / "rubrics")
    code = [*_bank_files(role), *(path for folder in folders for path in folder.glob("*.py"))]
    code += [ROOT / "bench" / f"{name}.py" for name in ("authored", "fitting", "grading", "padding")]
    digest = hashlib.sha256(embedder.name.encode())
    for path in sorted([*code, *files.values()]):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _bank_files(role: RolePack) -> list[Path]:
    root = role.pack.root
    return [*sorted(root.rglob("*.yaml")), *sorted((ROOT / "rubrics" / root.name).glob("*.yaml"))]


def make_background(role: RolePack, embedder: Embedder) -> Background:
    """Mean vector and word weights of the bank, its rubrics, the guide and the notes; the direction of empty talk."""
    texts: list[str] = []
    documents: list[list[str]] = []
    for question in role.pack.questions:
        if question.id in role.rubrics:
            criteria = role.rubrics[question.id].criteria
            wordings = [text for c in criteria for text in (plain_wording(c.text), *c.shows)]
            texts += [*statements(question.model_answer), *wordings]
            wrong = question.common_wrong_answer.text
            documents.append([question.prompt, question.model_answer, wrong, *wordings])
    for document in (*role.pack.guide, *role.pack.notes):
        documents += [[section.text] for section in document.sections]
    mean = np.round(embedder.embed_passages(texts).mean(axis=0), 4).astype(np.float32)
    talk = Background(mean, {}).centred(embedder.embed_passages(FITTED)).mean(axis=0)
    talk = np.round(talk / np.linalg.norm(talk), 4).astype(np.float32)
    return Background(mean, word_weights(documents), talk)


def background_text(background: Background) -> str:
    """The file of a background."""
    assert background.talk is not None
    data = {
        "provenance": {"script": "bench/fit_embedded_judge.py", "embedder": "all-MiniLM-L6-v2"},
        "mean": [round(float(x), 4) for x in background.mean],
        "talk": [round(float(x), 4) for x in background.talk],
        "weights": dict(background.weights),
    }
    return json.dumps(data, separators=(",", ":")) + "\n"


def calibration_text(fitted: dict[str, Any], width: Width, provenance: dict[str, Any]) -> str:
    """The file of a calibration."""
    data = {
        **fitted,
        "gated_uncertainty": GATED_UNCERTAINTY,
        "width": {
            "features": list(WIDTH_FEATURES),
            "low": width.low.tolist(),
            "high": width.high.tolist(),
            "weights": width.weights.tolist(),
            "bias": width.bias,
            "floor": width.floor,
        },
        "embedder": "all-MiniLM-L6-v2",
        "provenance": provenance,
    }
    return json.dumps(data, indent=1) + "\n"


def held_out_calibrations(examples: Sequence[Example], own: Sequence[Example]) -> list[Calibration]:
    """For each fold a calibration that was fitted without it in both steps, and states no uncertainty yet."""
    return [ways[HALF_WAY] for ways in cross_fitted(held_out_first_steps(examples), own)]


def held_out_first_steps(examples: Sequence[Example]) -> list[Calibration]:
    """For each fold a calibration that was fitted without it and has seen no reader's verdict."""
    return [first_step([e for e in examples if e.fold != fold]) for fold in range(FOLDS)]


def first_step(examples: Sequence[Example]) -> Calibration:
    """A calibration fitted to the examples, which has seen no reader's verdict and states no uncertainty yet."""
    return _without_width(fit(examples))


def _without_width(fitted: dict[str, Any]) -> Calibration:
    return read_calibration(calibration_text(fitted, constant_width(1.0), {}))


def fit_both_steps(examples: Sequence[Example], own: Sequence[Example]) -> dict[str, Any]:
    """The fitted part of a calibration: to the examples, its heads then moved by readers' verdicts on their `own`."""
    fitted = fit(examples)
    moved = second_step(_without_width(fitted), own)[HALF_WAY]
    return {**fitted, "heads": dict(zip(HEADS, map(head_data, moved.heads), strict=True))}


def fold_judges(
    material: Material, embedder: Embedder, calibrations: Sequence[Calibration]
) -> list[EmbeddedJudge]:
    """A judge for each fold, by a calibration that has not seen it."""
    return [EmbeddedJudge(embedder, calibration, material.background) for calibration in calibrations]


def held_out_judges(material: Material, own: Sequence[Example], embedder: Embedder) -> list[EmbeddedJudge]:
    """For each fold a judge that was fitted without it in both steps, and states no uncertainty yet."""
    return fold_judges(material, embedder, held_out_calibrations(material.examples, own))


def held_out(examples: Sequence[Example], judges: Sequence[EmbeddedJudge]) -> list[Assessment]:
    """Every example assessed by the judge that has not seen its question."""
    return [judges[example.fold].conclude(example.reading) for example in examples]


def own_examples(material: Material) -> list[Example]:
    """The answers written for the bank, with the mean of both readers' scores and credits."""
    role, folds = material.role, bank_folds(material.role)
    examples = []
    for row in read_labelled(role):
        question, rubric = role.pack.question(row.question_id), role.rubrics[row.question_id]
        item = AnswerToJudge(question.prompt, row.text, rubric, question.model_answer)
        fold, reading = folds[row.question_id], material.judge.read(item)
        labels = tuple(row.credit(criterion.id) for criterion in rubric.criteria)
        examples.append(Example(OWN, row.kind, row.question_id, fold, reading, row.score(rubric), labels))
    return examples


def held_out_misses(
    material: Material, own: Sequence[Example], judges: Sequence[EmbeddedJudge]
) -> list[Judged]:
    """What the half-width is fitted to: every score beside a person's or two readers', held out by question."""
    examples = [*(e for e in material.examples if e.is_human), *own]
    return [
        Judged(e.source, e.question_id, e.fold, e.score, _known(e, a), e.reading.gated.zero)
        for e, a in zip(examples, held_out(examples, judges), strict=True)
        if e.score is not None and a.score is not None
    ]


def _known(example: Example, assessment: Assessment) -> Known:
    assert assessment.score is not None
    item = example.reading.item
    weights = [criterion.weight for criterion in item.rubric.criteria]
    return known_of(assessment.score, weights, [c.credit for c in assessment.criteria], item.answer)


def figures(examples: Sequence[Example], found: Sequence[Assessment]) -> dict[str, Any]:
    """Held-out agreement with people and with two readers, and the mean score of every kind of made-up answer."""
    scores = np.array([np.nan if a.score is None else a.score for a in found])
    result: dict[str, Any] = {}
    for name in (*DATA_SETS, OWN):
        seen = [e.source == name and (e.is_human or name == OWN) for e in examples]
        here = np.array(seen) & ~np.isnan(scores)
        if here.any():
            human = np.array([e.score for e in examples], dtype=object)[here].astype(np.float64)
            result[f"{name}.pearson"] = round(float(np.corrcoef(human, scores[here])[0, 1]), 3)
            result[f"{name}.rmse"] = round(_rmse(human, scores[here]), 3)
    kinds = sorted({e.kind for e in examples if e.source == "bank"})
    for kind in kinds:
        here = np.array([e.source == "bank" and e.kind == kind for e in examples])
        result[f"bank.{kind}.mean_score"] = round(float(np.nanmean(scores[here])), 3)
    return result


def _rmse(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    return float(np.sqrt(((one - other) ** 2).mean()))


def provenance(
    material: Material, own: Sequence[Example], found: Sequence[Assessment], misses: Sequence[Judged]
) -> dict[str, Any]:
    """Where a calibration comes from; `found` are the assessments of the material's examples and then of the own."""
    bank = _bank_files(material.role)
    answers = Counter(e.source for e in material.examples if e.is_human)
    return {
        "script": "bench/fit_embedded_judge.py",
        "seed": SEED,
        "split": f"{FOLDS} folds by question",
        "statement": STATEMENT,
        "human_graded": {
            name: {"answers": answers[name], "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
            for name, path in material.files.items()
        },
        "bank": {
            "questions": len(fitted_questions(material.role)),
            "sha256": hashlib.sha256(b"".join(path.read_bytes() for path in bank)).hexdigest(),
            "answers": dict(sorted(Counter(e.kind for e in material.examples if e.source == "bank").items())),
        },
        "readers": {
            "answers": len(own),
            "verdicts": 2 * sum(len(e.reading.item.rubric.criteria) for e in own),
            "sha256": answers_sha256(material.role),
        },
        "held_out": figures([*material.examples, *own], found),
        "width": width_provenance(material.role, misses),
    }


def width_provenance(role: RolePack, misses: Sequence[Judged]) -> dict[str, Any]:
    """Where the half-width comes from, and what it holds of each data set when fitted to the other folds' misses."""
    return {
        "script": "bench/conformal.py",
        "seed": SEED,
        "split": f"{FOLDS} folds by question",
        "statement": WIDTH_STATEMENT,
        "misses": dict(Counter(row.data_set for row in misses if not row.is_gated)),
        "refused_by_gates": dict(Counter(row.data_set for row in misses if row.is_gated)),
        "own_sha256": answers_sha256(role),
        "held_out": {
            row.metric: round(row.value, 3)
            for row in width_rows(misses, held_out_widths(misses), "embedded")
            if row.value is not None
        },
    }


def main() -> None:
    """Fit, write both files, and print the held-out figures."""
    folder = data_folder()
    if folder is None:
        raise SystemExit("There is no human-graded data; set MOCKROUND_GRADING_DATA to its folder.")
    embedder = default_embedder()
    material = read_material(folder, embedder)
    print(f"{len(material.examples)} answers read; fitting {FOLDS + 1} times", flush=True)
    own = own_examples(material)
    judges = held_out_judges(material, own, embedder)
    found = held_out([*material.examples, *own], judges)
    misses = held_out_misses(material, own, judges)
    told = provenance(material, own, found, misses)
    text = calibration_text(fit_both_steps(material.examples, own), fit_width(misses), told)
    read_calibration(text)
    (OUT / "background.json").write_text(background_text(material.background), "utf-8")
    (OUT / "calibration.json").write_text(text, "utf-8")
    for name, value in {**told["held_out"], **told["width"]["held_out"]}.items():
        print(f"{name:40s} {value:.3f}")


if __name__ == "__main__":
    main()
