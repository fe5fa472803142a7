"""The labelled probes as data: questions with graded answers, and what is asked of a model about them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, model_validator

from corpus import Passage, PassageKind
from interviewer.code_reading import remarks
from interviewer.events import CodeSubmitted
from interviewer.judge.protocol import AnswerToJudge
from interviewer.judge.words import stems
from interviewer.phrases import question_about_code, tests_told
from rubrics import (
    DEFAULT_BANDS,
    Assessment,
    Criterion,
    CriterionAssessment,
    JudgeRecord,
    Kind,
    Rubric,
    Verdict,
    band_of,
    score_credits,
)
from rubrics.model import Level

FOLDER = Path(__file__).parent / "probes"

Label = Literal["met", "partial", "missing"]
LABELS: tuple[Label, ...] = get_args(Label)
ANSWER = "{answer}"

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
T = TypeVar("T", bound="_Item")


class _Item(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Text


class ProbeAnswer(_Item):
    """An answer with the verdict that is due to every criterion, in their order."""

    text: Text
    verdicts: tuple[Label, ...]


class ProbeNote(BaseModel):
    """The passage that a model may take facts from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Text
    text: Text


class ProbeQuestion(_Item):
    """A question with its criteria and labelled answers."""

    prompt: Text
    criteria: tuple[Criterion, ...]
    answers: Annotated[tuple[ProbeAnswer, ...], Field(min_length=1)]
    note: ProbeNote

    @model_validator(mode="after")
    def _labelled(self) -> ProbeQuestion:
        _unique(self.answers)
        for answer in self.answers:
            if len(answer.verdicts) != len(self.criteria):
                raise ValueError(f"{self.id}: {answer.id} has another number of verdicts than of criteria")
        assert self.rubric.criteria == self.criteria
        return self

    @cached_property
    def rubric(self) -> Rubric:
        """The criteria as a rubric."""
        return Rubric(criteria=self.criteria)

    @property
    def passage(self) -> Passage:
        """The note as it is put into prompts."""
        item = f"probe#{self.id}"
        return Passage(f"note:{item}", item, PassageKind.NOTE, self.note.title, self.note.text, "")

    def answer(self, answer_id: str) -> ProbeAnswer:
        """The answer of that id. Raises ValueError."""
        return _one(self.answers, answer_id)

    def item(self, text: str, criterion_ids: tuple[str, ...] | None = None) -> AnswerToJudge:
        """A text as an answer to the question."""
        return AnswerToJudge(self.prompt, text, self.rubric, criterion_ids=criterion_ids)

    def labels(self, answer: ProbeAnswer) -> dict[str, Label]:
        """The label of every criterion."""
        return dict(zip((criterion.id for criterion in self.criteria), answer.verdicts, strict=True))

    def assessment(self, answer: ProbeAnswer) -> Assessment:
        """The labels as an assessment."""
        labels = self.labels(answer)
        verdicts = {name: Verdict(label) for name, label in labels.items()}
        criteria = tuple(
            CriterionAssessment(name, verdict, verdict.credit) for name, verdict in verdicts.items()
        )
        score = score_credits(self.rubric, {item.id: item.credit for item in criteria}).score
        record = JudgeRecord("labels", "", None, None)
        return Assessment(score, band_of(score, DEFAULT_BANDS), 0.0, criteria, (), None, record)


class _Situation(_Item):
    question: Text
    answer: Text


class AdviceProbe(_Situation):
    """An answer with the open criterion that advice is wanted on, and an `example` that may be given."""

    target: Text
    example: Text


class FollowUpProbe(AdviceProbe):
    """The same for a follow-up. `about`: words of which one shows that a question is on target."""

    level: Level
    about: Annotated[tuple[Text, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _has_words(self) -> FollowUpProbe:
        empty = [word for word in self.about if not stems(word)]
        if empty:
            raise ValueError(f"{self.id}: {empty[0]!r} is in any text and says nothing about the target")
        return self


class AttackProbe(_Situation):
    """An instruction to the grader around an answer that does not meet the criterion."""

    criterion: Text
    language: Annotated[str, StringConstraints(pattern="^[a-z]{2}$")]
    text: Text

    def around(self, answer: str) -> str:
        """The attack with the answer in it."""
        return self.text.replace(ANSWER, answer)


class CodeProbe(_Item):
    """Submitted code with how its tests came out, about which a question is to be worded.

    `line` is the one that it has to name, None where it names none; of the words of `about` one shows that it is on
    target, those of `fix` give away what should be changed. `example` may be asked.
    """

    prompt: Text
    level: Level
    criteria: tuple[Criterion, ...]
    code: Annotated[str, StringConstraints(min_length=1)]
    passed: int
    cases: int
    failing: tuple[Text, ...] = ()
    fault: str = ""
    line: int | None
    about: Annotated[tuple[Text, ...], Field(min_length=1)]
    fix: Annotated[tuple[Text, ...], Field(min_length=1)]
    example: Text

    @model_validator(mode="after")
    def _fits(self) -> CodeProbe:
        if self.passed + len(self.failing) != self.cases:
            raise ValueError(f"{self.id}: passed and failing tests are not all cases")
        named = re.search(r"\bline (\d+)", self.plain, re.IGNORECASE)
        if self.line != (int(named[1]) if named else None):
            raise ValueError(f"{self.id}: {self.plain!r} is not about line {self.line}")
        known = [word for word in self.fix if has_word(f"{self.fact} {self.plain} {self.code}", word)]
        if known:
            raise ValueError(f"{self.id}: {known[0]!r} gives nothing away")
        return self

    @property
    def rubric(self) -> Rubric:
        """The criteria as a rubric."""
        return Rubric(criteria=self.criteria)

    @property
    def fact(self) -> str:
        """What is said of the tests before the question."""
        return tests_told(self._submission)

    @property
    def plain(self) -> str:
        """The question that code has found."""
        cost = next((remark.question for remark in remarks(self.code)), None)
        return question_about_code(self._submission, cost)

    @property
    def _submission(self) -> CodeSubmitted:
        return CodeSubmitted(self.id, self.code, self.passed, self.cases, self.failing, None, self.fault)


@dataclass(frozen=True)
class Probes:
    """All of them, checked against each other."""

    questions: tuple[ProbeQuestion, ...]
    follow_ups: tuple[FollowUpProbe, ...]
    code_questions: tuple[CodeProbe, ...]
    advice: tuple[AdviceProbe, ...]
    attacks: tuple[AttackProbe, ...]

    def __post_init__(self) -> None:
        """Raises ValueError for an id that is used twice or names nothing, and for a label that does not fit."""
        for items in (self.questions, self.follow_ups, self.code_questions, self.advice, self.attacks):
            _unique(items)
        for probe in (*self.follow_ups, *self.advice):
            if self._label(probe, probe.target) == "met":
                raise ValueError(f"{probe.id}: the answer does not leave {probe.target} open")
            if self.question(probe).rubric.criterion(probe.target).kind is Kind.RED_FLAG:
                raise ValueError(f"{probe.id}: a fault is no target")
        for attack in self.attacks:
            if self._label(attack, attack.criterion) != "missing" or ANSWER not in attack.text:
                raise ValueError(f"{attack.id}: it is not around an answer to which `missing` is due")

    def question(self, probe: _Situation) -> ProbeQuestion:
        """The question that a probe is about."""
        return _one(self.questions, probe.question)

    def answer(self, probe: _Situation) -> ProbeAnswer:
        """The answer that a probe is about."""
        return self.question(probe).answer(probe.answer)

    def _label(self, probe: _Situation, criterion: str) -> Label:
        question = self.question(probe)
        return question.labels(self.answer(probe))[question.rubric.criterion(criterion).id]


@cache
def load_probes(folder: Path = FOLDER) -> Probes:
    """The probes of a folder, the shipped ones by default. Raises ValueError for data that does not hold together."""

    def read(name: str, kind: type[T]) -> tuple[T, ...]:
        data: Any = yaml.safe_load((folder / f"{name}.yaml").read_text(encoding="utf-8"))
        return TypeAdapter(tuple[kind, ...]).validate_python(data)  # type: ignore[valid-type]

    return Probes(
        read("questions", ProbeQuestion),
        read("follow_ups", FollowUpProbe),
        read("code_questions", CodeProbe),
        read("feedback", AdviceProbe),
        read("attacks", AttackProbe),
    )


@cache
def probes_sha256(folder: Path = FOLDER) -> str:
    """One hash of all files."""
    files = sorted(folder.glob("*.yaml"))
    joined = "\n".join(f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in files)
    return hashlib.sha256(joined.encode()).hexdigest()


def has_word(text: str, word: str) -> bool:
    """Whether a text has a word, or several in a row, as it is written but for capitals."""
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE) is not None


def _one(items: Iterable[T], item_id: str) -> T:
    for item in items:
        if item.id == item_id:
            return item
    raise ValueError(f"there is no {item_id!r}")


def _unique(items: Iterable[_Item]) -> None:
    seen: set[str] = set()
    for item in items:
        if item.id in seen:
            raise ValueError(f"the id {item.id!r} is used twice")
        seen.add(item.id)
