"""Human-graded answers, their folds, and made-up answers whose right score is known."""

from __future__ import annotations

import json
import os
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.padding import MEASURED, padded
from interviewer.judge.derive import rubric_from_reference
from interviewer.judge.sentences import split_sentences
from interviewer.judge.words import FUNCTION_WORDS

ROOT = Path(__file__).parent.parent
DATA_SETS = ("mohler", "nnexam", "saf")
FOLDS = 10
SEED = 0


@dataclass(frozen=True)
class Graded:
    """One answer with its score 0..1. `kind` is `human` or how the answer was made up."""

    data_set: str
    question_id: str
    question: str
    reference: str
    answer: str
    score: float
    kind: str = "human"
    credits: tuple[float, ...] | None = None
    """Where it is known: the credit of every criterion derived from the reference."""


def data_folder() -> Path | None:
    """Where the graded data lies, if it is there: MOCKROUND_GRADING_DATA or ../shared/data/grading."""
    named = os.environ.get("MOCKROUND_GRADING_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data" / "grading"
    return folder if any((folder / f"{name}.jsonl").is_file() for name in DATA_SETS) else None


def read_graded(folder: Path) -> list[Graded]:
    """All human-graded answers. Questions that are asked in the same words are one question."""
    rows: list[Graded] = []
    for name in DATA_SETS:
        path = folder / f"{name}.jsonl"
        if not path.is_file():
            continue
        same: dict[str, str] = {}
        for line in path.read_text("utf-8").splitlines():
            row = json.loads(line)
            wording = re.sub(r"\W+", " ", row["question"]).lower().strip()
            question_id = same.setdefault(wording, row["question_id"])
            score = row["human_score"] / row["max_score"]
            rows.append(Graded(name, question_id, row["question"], row["reference"], row["answer"], score))
    return rows


def fold_of(rows: Sequence[Graded]) -> dict[str, int]:
    """Question id -> fold 0..9; the questions of each data set are shuffled with the seed and dealt out."""
    folds: dict[str, int] = {}
    for name in DATA_SETS:
        questions = sorted({row.question_id for row in rows if row.data_set == name})
        random.Random(SEED).shuffle(questions)
        folds.update({question: place % FOLDS for place, question in enumerate(questions)})
    return folds


def references(rows: Sequence[Graded]) -> list[Graded]:
    """One row for each question and reference, with the reference as its answer."""
    found = {(row.question_id, row.reference): row for row in rows}
    return [
        Graded(row.data_set, row.question_id, row.question, row.reference, row.reference, 1.0, "reference")
        for row in found.values()
    ]


def made_up(rows: Sequence[Graded], swapped: int = 4) -> Iterator[Graded]:
    """Answers made from references and other questions' answers, with the score that they deserve."""
    whole = references(rows)
    chance = random.Random(SEED)
    for row in whole:
        yield row
        yield _made(row, shuffled(row.reference, chance), 0.0, "shuffled")
        yield _made(row, negated(row.reference), 0.0, "negated")
        yield _made(row, row.question, 0.0, "question_echo")
        yield from _without_one(row)
        others = [o for o in whole if o.data_set == row.data_set and o.question_id != row.question_id]
        for other in chance.sample(others, min(2, len(others))):
            yield _made(row, other.reference, 0.0, "other_reference")
        strangers = [r for r in rows if r.data_set == row.data_set and r.question_id != row.question_id]
        for other in chance.sample(strangers, min(swapped, len(strangers))):
            yield _made(row, other.answer, 0.0, "other_answer")


def probes(rows: Sequence[Graded]) -> Iterator[Graded]:
    """The faults that learned graders are known for, one answer of each kind for every reference."""
    whole = references(rows)
    chance = random.Random(SEED + 1)
    for row in whole:
        others = [o for o in whole if o.data_set == row.data_set and o.question_id != row.question_id]
        yield row
        yield _made(row, negated(row.reference), 0.0, "negated")
        yield _made(row, shuffled(row.reference, chance), 0.0, "shuffled")
        yield _made(row, chance.choice(others).reference, 0.0, "other_reference")
        yield _made(row, row.question, 0.0, "question_echo")
        yield _made(row, "I don't know.", 0.0, "dont_know")
        yield _made(row, keywords(row.reference), 0.5, "keywords")
        yield _made(row, padded([row.reference], MEASURED, chance), 1.0, "padded")


def _made(row: Graded, answer: str, score: float, kind: str) -> Graded:
    return Graded(row.data_set, row.question_id, row.question, row.reference, answer, score, kind)


def _without_one(row: Graded) -> Iterator[Graded]:
    """The reference without the statement of one criterion: that one is missing, the others are met."""
    rubric = rubric_from_reference(row.reference)
    if not 2 <= len(rubric.criteria) <= 12:
        return
    total = sum(criterion.weight for criterion in rubric.criteria)
    for gone in rubric.criteria:
        rest = " ".join(f"{c.text.rstrip('.')}." for c in rubric.criteria if c.id != gone.id)
        yield Graded(
            row.data_set,
            row.question_id,
            row.question,
            row.reference,
            rest,
            1.0 - gone.weight / total,
            "without_one",
            tuple(0.0 if c.id == gone.id else 1.0 for c in rubric.criteria),
        )


def shuffled(text: str, chance: random.Random) -> str:
    """The words of a text in random order."""
    words = text.split()
    chance.shuffle(words)
    return " ".join(words)


def keywords(text: str) -> str:
    """The content words of a text, listed with commas."""
    words = re.findall(r"[A-Za-z][\w-]+", text)
    return ", ".join(dict.fromkeys(word for word in words if word.lower() not in FUNCTION_WORDS))


_AUXILIARY = re.compile(
    r"\b(is|are|was|were|can|could|will|would|should|may|must|has|have|does|do)\b(?!\s+(?:not|n't))",
    re.IGNORECASE,
)
_VERB = re.compile(r"\b([a-z]{3,}(?:s|es))\b(?=\s+(?:the|a|an|to|in|on|of|by|that|all|each|it|its|one)\b)")


def negated(text: str) -> str:
    """Every statement turned round by a "not" behind its verb, or in front of it where none is found."""
    turned = []
    for sentence in split_sentences(text):
        if match := _AUXILIARY.search(sentence.text):
            turned.append(f"{sentence.text[: match.end()]} not{sentence.text[match.end() :]}")
        elif match := _VERB.search(sentence.text):
            turned.append(f"{sentence.text[: match.start()]}does not {sentence.text[match.start() :]}")
        else:
            turned.append(f"It is not {sentence.text[:1].lower()}{sentence.text[1:]}")
    return " ".join(turned)
