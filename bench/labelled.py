"""Answers written for questions of the bank, with verdicts on every criterion by two readers.

`bench/answers/<pack>/<question>.yaml` holds five answers to a question: a strong one, a partial one, a terse one that
is right, an eloquent one that is not, and a wrong one. The readers saw the answers in random order, without these
names, and did not see each other's verdicts. All of it was written by the authors of this project: it is no exam data,
and readers who know the same rubrics agree more than two interviewers would.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

from interviewer.packs import RolePack
from rubrics import Rubric, Verdict, score_credits

ANSWERS = Path(__file__).parent / "answers"

Kind = Literal["strong", "partial", "terse", "eloquent", "wrong"]
Verdicts = dict[str, Verdict]


class _TwoReaders(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    first: Verdicts
    second: Verdicts


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    question: str
    answers: dict[Kind, str]
    verdicts: dict[Kind, _TwoReaders]


@dataclass(frozen=True)
class Labelled:
    """One answer; `first` and `second` give each criterion's verdict by one reader."""

    question_id: str
    kind: Kind
    text: str
    first: Mapping[str, Verdict]
    second: Mapping[str, Verdict]

    def credit(self, criterion_id: str) -> float:
        """The mean of both readers' credits, 0..1."""
        return (self.first[criterion_id].credit + self.second[criterion_id].credit) / 2

    def score(self, rubric: Rubric) -> float:
        """The mean of the scores that both readers' verdicts come to, 0..1."""
        scores = [
            score_credits(rubric, {name: verdict.credit for name, verdict in verdicts.items()}).score
            for verdicts in (self.first, self.second)
        ]
        return sum(scores) / 2


def answers_sha256(role: RolePack, folder: Path = ANSWERS) -> str:
    """The SHA-256 of all files of answers to a pack's questions, one behind the other."""
    files = sorted((folder / role.pack.info.id).glob("*.yaml"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def read_labelled(role: RolePack, folder: Path = ANSWERS) -> list[Labelled]:
    """All answers to a pack's questions. Raises ValueError where verdicts and criteria do not match."""
    found: list[Labelled] = []
    for path in sorted((folder / role.pack.info.id).glob("*.yaml")):
        file = _File.model_validate(yaml.safe_load(path.read_text("utf-8")))
        criteria = {criterion.id for criterion in role.rubrics[file.question].criteria}
        if path.stem != file.question or set(file.answers) != set(file.verdicts):
            raise ValueError(f"{path.name}: the file's name, answers and verdicts do not match")
        for kind, text in file.answers.items():
            readers = file.verdicts[kind]
            if {*readers.first} != criteria or {*readers.second} != criteria:
                raise ValueError(
                    f"{path.name}: the verdicts on {kind} are not those of the rubric's criteria"
                )
            found.append(Labelled(file.question, kind, text.strip(), readers.first, readers.second))
    return found
