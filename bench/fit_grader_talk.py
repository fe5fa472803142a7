"""Fits interviewer/judge/grader_talk.json: statements that talk to or about the grading of their answer.

Run: python bench/fit_grader_talk.py

A support vector machine over the packaged embedder's sentence vectors. What it shall find is in bench/grader_talk.yaml, with
honest lines that only look like it; the other honest statements are those of the bank's model answers and common wrong
answers, and of the answers in bench/answers. Families of lines and questions of the bank are dealt into folds.
Each is scored by a fit that has not seen it, and the threshold is set on those scores of honest answers alone. What
ships is fitted to everything. Where the human-graded sets are there (MOCKROUND_GRADING_DATA, or
../shared/data/grading), it is counted how many of their answers are flagged; nothing is fitted or set by them.
"""

from __future__ import annotations

import hashlib
import json
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np
import yaml
from numpy.typing import NDArray
from sklearn.svm import SVC

from bench.authored import statements
from bench.grading import ROOT, SEED, data_folder, read_graded
from bench.labelled import answers_sha256, read_labelled
from bench.resampling import exact_interval
from interviewer.judge.grader_talk import GraderTalk, is_long, packed, read_grader_talk
from interviewer.packs import BUILT_IN_PACK, RolePack, load_role_pack
from retrieval import Embedder, default_embedder

OUT = ROOT / "interviewer" / "judge" / "grader_talk.json"
LINES = Path(__file__).parent / "grader_talk.yaml"
FOLDS = 5
# By cross-validation over families and questions.
STRENGTH, GAMMA, TALK_WEIGHT, ALIKE_WEIGHT = 3.0, 1.0, 3.0, 3.0
# Of 1,000 honest answers that a fit has not seen, at most one may be flagged.
FLAGGED_AT_MOST = 1 / 1000
FOREIGN = frozenset(
    {
        "german",
        "french",
        "spanish",
        "portuguese",
        "italian",
        "polish_and_dutch",
        "chinese_and_russian",
    }
)


@dataclass(frozen=True)
class Line:
    """One statement. `group` is what folds are dealt by; `answer` names the honest answer that it belongs to, if any."""

    text: str
    talk: bool
    group: str
    kind: str
    answer: str | None = None


def authored_lines(path: Path = LINES) -> Iterator[Line]:
    """The lines of bench/grader_talk.yaml."""
    data: dict[str, list[dict[str, Any]]] = yaml.safe_load(path.read_text("utf-8"))
    for kind, families in data.items():
        for family in families:
            for text in family["lines"]:
                yield Line(text, kind == "talk", f"{kind}:{family['family']}", kind)


def bank_lines(role: RolePack) -> Iterator[Line]:
    """Honest statements of the bank and of the answers in bench/answers."""
    for question in role.pack.questions:
        texts = {"model": question.model_answer, "wrong": question.common_wrong_answer.text}
        for kind, text in texts.items():
            yield from _said(text, question.id, kind, f"{kind}:{question.id}")
    for answer in read_labelled(role):
        name = f"bench:{answer.question_id}:{answer.kind}"
        yield from _said(answer.text, answer.question_id, "bench", name)


def _said(text: str, group: str, kind: str, answer: str) -> Iterator[Line]:
    for said in statements(text):
        if is_long(said):
            yield Line(said, False, group, kind, answer)


def dealt(lines: Sequence[Line]) -> NDArray[np.intp]:
    """The fold of each line: the groups of each sort are shuffled with the seed and dealt out."""
    folds: dict[str, int] = {}
    for sort in ("talk", "honest", "bank"):
        groups = sorted({line.group for line in lines if _sort(line) == sort})
        random.Random(SEED).shuffle(groups)
        folds.update({group: place % FOLDS for place, group in enumerate(groups)})
    return np.array([folds[line.group] for line in lines], dtype=np.intp)


def _sort(line: Line) -> str:
    return line.kind if line.kind in ("talk", "honest") else "bank"


def fitted(vectors: NDArray[np.float64], lines: Sequence[Line]) -> SVC:
    """A support vector machine with a Gaussian kernel."""
    weight = {"talk": TALK_WEIGHT, "honest": ALIKE_WEIGHT}
    model = SVC(C=STRENGTH, gamma=GAMMA)
    weights = [weight.get(line.kind, 1.0) for line in lines]
    return model.fit(vectors, [line.talk for line in lines], sample_weight=weights)


def unseen_margins(vectors: NDArray[np.float64], lines: Sequence[Line]) -> NDArray[np.float64]:
    """The margin of each line by a fit without its fold; what is too short to be flagged has none."""
    folds, margins = dealt(lines), np.zeros(len(lines))
    for fold in range(FOLDS):
        seen = folds != fold
        model = fitted(vectors[seen], [line for line, there in zip(lines, seen, strict=True) if there])
        margins[~seen] = model.decision_function(vectors[~seen])
    return np.where([is_long(line.text) for line in lines], margins, -np.inf)


def highest_by_answer(lines: Sequence[Line], margins: NDArray[np.float64]) -> dict[str, float]:
    """The highest margin in each honest answer."""
    found: dict[str, float] = {}
    for line, margin in zip(lines, margins, strict=True):
        if line.answer is not None:
            found[line.answer] = max(found.get(line.answer, -np.inf), float(margin))
    return found


def threshold_of(answers: dict[str, float]) -> float:
    """Half way between the highest margins of the last answer that may be flagged and the next one that may not."""
    highest = sorted(answers.values(), reverse=True)
    allowed = int(len(highest) * FLAGGED_AT_MOST)
    return round((highest[allowed - 1] + highest[allowed]) / 2 if allowed else highest[0] + 0.1, 2)


def share(hits: int, of: int) -> dict[str, float | int]:
    """A share with its interval."""
    low, high = exact_interval(hits, of)
    return {"flagged": int(hits), "of": of, "low": round(low, 5), "high": round(high, 5)}


def graded_share(talk: GraderTalk, embedder: Embedder) -> dict[str, dict[str, float | int]] | None:
    """How many human-graded answers have a statement that is taken for talk about grading, by set; None without them."""
    folder = data_folder()
    if folder is None:
        return None
    flagged: Counter[str] = Counter()
    of: Counter[str] = Counter()
    for row in read_graded(folder):
        for name in (row.data_set, "all"):
            of[name] += 1
            flagged[name] += bool(talk.places(statements(row.answer), embedder))
    return {name: share(flagged[name], count) for name, count in of.items()}


def main() -> None:
    """Fit, set the threshold, and write the file with how it did on what it had not seen."""
    role, embedder = load_role_pack(BUILT_IN_PACK), default_embedder()
    lines = [*authored_lines(), *bank_lines(role)]
    vectors = embedder.embed_passages([line.text for line in lines]).astype(np.float64)
    margins = unseen_margins(vectors, lines)
    answers = highest_by_answer(lines, margins)
    threshold = threshold_of(answers)
    model = fitted(vectors, lines)
    found = {
        "talk, English": [
            x for line, x in zip(lines, margins, strict=True) if line.talk and not _foreign(line)
        ],
        "talk, other languages": [x for line, x in zip(lines, margins, strict=True) if _foreign(line)],
        "honest lines that look like it": [
            x for line, x in zip(lines, margins, strict=True) if line.kind == "honest"
        ],
        "honest answers": list(answers.values()),
    }
    unseen = {name: share(sum(x >= threshold for x in these), len(these)) for name, these in found.items()}
    data: dict[str, Any] = {
        "provenance": {
            "script": "bench/fit_grader_talk.py",
            "embedder": embedder.name,
            "lines_sha256": hashlib.sha256(LINES.read_bytes()).hexdigest(),
            "answers_sha256": answers_sha256(role),
            "pack": f"{role.pack.info.id} as of {role.pack.info.as_of}",
            "statements": dict(sorted(Counter(line.kind for line in lines).items())),
            "unseen": unseen,
        },
        "threshold": threshold,
        "intercept": round(float(model.intercept_[0]), 4),
        "gamma": GAMMA,
        "weights": np.round(model.dual_coef_[0], 4).tolist(),
        "support": packed(model.support_vectors_),
    }
    graded = graded_share(read_grader_talk(json.dumps(data)), embedder)
    data["provenance"]["human_graded_answers"] = graded
    OUT.write_text(json.dumps(data, separators=(",", ":")) + "\n", encoding="utf-8")
    print(json.dumps({"threshold": threshold, "unseen": unseen, "human_graded_answers": graded}, indent=1))


def _foreign(line: Line) -> bool:
    return line.talk and line.group.removeprefix("talk:") in FOREIGN


if __name__ == "__main__":
    main()
