"""The nouns of a pack. They are read-only; files are the only way to make them in earnest."""

from __future__ import annotations

import itertools
import re
from collections.abc import KeysView
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from corpus.prose import unwrap

if TYPE_CHECKING:
    from corpus.problem import Problem

LEVELS = ("IC1", "IC2", "IC3", "IC4", "IC5")

Level = Literal["IC1", "IC2", "IC3", "IC4", "IC5"]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Prose = Annotated[Text, AfterValidator(unwrap)]


def _is_slug(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,79}", value):
        raise ValueError(f"{value!r} is no id; ids are up to 80 of a-z, 0-9, - and _")
    return value


def _is_web_address(value: str) -> str:
    try:
        parts = urlsplit(value)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"\s", value):
        raise ValueError(f"{value!r} is no web address (https://…)")
    return value


def _is_month(value: str) -> str:
    if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", value):
        raise ValueError(f"{value!r} is no month such as 2026-11")
    return value


def _each_once(values: tuple[str, ...]) -> tuple[str, ...]:
    twice = next((value for index, value in enumerate(values) if value in values[:index]), None)
    if twice is not None:
        raise ValueError(f"{twice!r} is given twice")
    return values


Slug = Annotated[str, AfterValidator(_is_slug)]
Slugs = Annotated[tuple[Slug, ...], AfterValidator(_each_once)]
Url = Annotated[str, AfterValidator(_is_web_address)]
Month = Annotated[str, AfterValidator(_is_month)]


class FileModel(BaseModel):
    """What a pack file is validated by: read-only, and a key that nobody knows is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Source(FileModel):
    """Where a fact can be checked."""

    title: Text
    url: Url


class Clarification(FileModel):
    """What a candidate may ask about the question, and what the interviewer then says."""

    asks: Prose
    says: Prose


class FollowUp(FileModel):
    """A step of a question's ladder: it probes a criterion or group, crosses into a category, or both."""

    level: Level
    text: Prose
    criterion: Slug | None = None
    category: Slug | None = None

    @model_validator(mode="after")
    def _has_target(self) -> FollowUp:
        if self.criterion is None and self.category is None:
            raise ValueError("a follow-up names a criterion, a category or both")
        return self


class CommonWrongAnswer(FileModel):
    """What weak candidates say, and what is wrong with it."""

    text: Prose
    why: Prose


class Choice(FileModel):
    """One option of a multiple-choice item."""

    text: Prose
    correct: StrictBool
    why: Prose


_LETTERS = "ABCDEFGHIJ"
ASK_FOR_REASONS = "One or more of these are right. Name their letters, and say why for each: the reasons are what is scored."
ASK_FOR_LETTERS = (
    "One or more of these are right. Choose every one that is: the item is right only as a whole."
)


class Question(FileModel):
    """A bank item. `minutes` is the time budget of the whole thread, follow-ups included."""

    id: Slug
    title: Text
    prompt: Prose
    category: Slug
    topics: Annotated[Slugs, Field(min_length=1)]
    level: Level
    rounds: Annotated[Slugs, Field(min_length=1)]
    minutes: Annotated[int, Field(strict=True, ge=1, le=90)]
    clarifications: tuple[Clarification, ...] = Field(min_length=1)
    hints: tuple[Prose, ...] = Field(min_length=1)
    follow_ups: tuple[FollowUp, ...] = Field(min_length=4)
    model_answer: Prose
    common_wrong_answer: CommonWrongAnswer
    choices: tuple[Choice, ...] = ()
    problem: Slug | None = None
    sources: tuple[Source, ...] = Field(min_length=1)

    @field_validator("follow_ups")
    @classmethod
    def _levels_never_fall(cls, steps: tuple[FollowUp, ...]) -> tuple[FollowUp, ...]:
        falls = [
            InitErrorDetails(
                type=PydanticCustomError(
                    "ladder_falls",
                    "the ladder falls from {before} to {after}",
                    {"before": before.level, "after": after.level},
                ),
                loc=(index, "level"),
                input=after.level,
            )
            for index, (before, after) in enumerate(itertools.pairwise(steps), 1)
            if after.level < before.level
        ]
        if falls:
            raise ValidationError.from_exception_data("follow_ups", falls)
        return steps

    @field_validator("choices")
    @classmethod
    def _can_be_chosen(cls, choices: tuple[Choice, ...]) -> tuple[Choice, ...]:
        if len(choices) == 1:
            raise ValueError("one option is no choice; give two or more")
        if choices and not any(choice.correct for choice in choices):
            raise ValueError("no choice is correct")
        if len(choices) > len(_LETTERS):
            raise ValueError(f"there are letters for {len(_LETTERS)} choices at most")
        return choices

    @property
    def lettered(self) -> tuple[tuple[str, Choice], ...]:
        """The choices as they are named: A, B, …"""
        return tuple(zip(_LETTERS, self.choices, strict=False))

    @property
    def asked(self) -> str:
        """The task as it is put to the candidate: the prompt, and its choices where it has some."""
        return self._with_choices(ASK_FOR_REASONS)

    @property
    def set_as_item(self) -> str:
        """The task as an item of a paper: nobody asks for reasons there."""
        return self._with_choices(ASK_FOR_LETTERS)

    def _with_choices(self, request: str) -> str:
        if not self.choices:
            return self.prompt
        options = "\n".join(f"- **{letter}** {choice.text}" for letter, choice in self.lettered)
        return f"{self.prompt}\n\n{options}\n\n{request}"


class FrontMatter(FileModel):
    """What stands above a Markdown document: a note says its category and topics."""

    category: Slug | None = None
    topics: Slugs = ()


PartKind = Literal["problem", "choices"]


class Part(FileModel):
    """Items of a paper: questions that ask a coding problem, or that offer choices. Without `categories`, of all the round's."""

    kind: PartKind
    count: Annotated[int, Field(strict=True, ge=1, le=30)]
    categories: Slugs = ()


class Round(FileModel):
    """One themed stage: which categories it draws from, how many questions, how long.

    A round with `parts` is a paper: its items are drawn at once, and worked on in any order until the time is over.
    """

    id: Slug
    title: Text
    minutes: Annotated[int, Field(strict=True, ge=1, le=600)]
    categories: Annotated[Slugs, Field(min_length=1)]
    questions: Annotated[int, Field(strict=True, ge=1, le=60)]
    parts: tuple[Part, ...] = ()

    def fits(self, question: Question, part: Part) -> bool:
        """Whether the question may be an item of that part."""
        asked = question.problem is not None if part.kind == "problem" else bool(question.choices)
        return asked and question.category in (part.categories or self.categories)


class Category(FileModel):
    """A subject area. `share` is its weight among the pack's categories, 0..1."""

    id: Slug
    title: Text
    share: Annotated[float, Field(strict=True, ge=0, le=1)]


class Dimension(FileModel):
    """What a criterion speaks for: one of the reasons why candidates pass or fail."""

    id: Slug
    title: Text
    text: Prose


class LevelInfo(FileModel):
    """A level of the role's ladder."""

    id: Level
    title: Text


# What stands for the whole onsite as long as its interviews are not settled.
ONSITE = "onsite"
MIN_INTERVIEWS, MAX_INTERVIEWS = 3, 5


class LoopStep(FileModel):
    """A round of the whole loop. `minutes` and `questions` are the round's own where they are None."""

    id: Slug
    title: Text
    round: Slug
    minutes: Annotated[int, Field(strict=True, ge=1, le=600)] | None = None
    questions: Annotated[int, Field(strict=True, ge=1, le=60)] | None = None
    looks_for: Prose


class Stage(LoopStep):
    """A step before the onsite. What the candidate says where `shapes_onsite` is set weighs in what the onsite asks."""

    shapes_onsite: StrictBool = False


class OnsiteInterview(LoopStep):
    """An interview that an onsite has (`always`) or may have, for candidates of `from_level` and above."""

    always: StrictBool = False
    from_level: Level | None = None

    def is_for(self, level: str) -> bool:
        """Whether candidates of the level may have it."""
        return self.from_level is None or LEVELS.index(level) >= LEVELS.index(self.from_level)


class Onsite(FileModel):
    """The last part of the loop: so many interviews out of those that there are."""

    interviews: Annotated[int, Field(strict=True, ge=MIN_INTERVIEWS, le=MAX_INTERVIEWS)]
    choices: tuple[OnsiteInterview, ...] = Field(min_length=MIN_INTERVIEWS)


class LoopPlan(FileModel):
    """The whole process as the pack plays it: stages in this order, then the onsite."""

    stages: tuple[Stage, ...] = Field(min_length=1)
    onsite: Onsite


class PackInfo(FileModel):
    """The contents of `pack.yaml`. `bands` are the four lower bounds of bands 1-4; without a `loop` none is offered."""

    id: Slug
    title: Text
    as_of: Month
    notice: Prose
    levels: tuple[LevelInfo, ...] = Field(min_length=1)
    rubrics: Text = "rubrics"
    rounds: tuple[Round, ...] = Field(min_length=1)
    categories: tuple[Category, ...] = Field(min_length=1)
    dimensions: tuple[Dimension, ...] = Field(min_length=1)
    bands: tuple[float, float, float, float] | None = None
    loop: LoopPlan | None = None


@dataclass(frozen=True)
class Section:
    """A heading of a guide or note with the text under it, up to the next heading. `line` is 1-based."""

    heading: str
    text: str
    line: int


class GlossaryEntry(FileModel):
    """A term of the pack's trade for search: other names of it, and what it is in plain words, some of which are needed."""

    term: Text
    also: tuple[Text, ...] = ()
    plain: tuple[Text, ...] = Field(min_length=1)


@dataclass(frozen=True)
class Document:
    """A Markdown file. `name` is the file's stem; `category` and `topics` come from a note's front matter.

    `category_line` and `topics_line` are where those stand, 1-based.
    """

    name: str
    title: str
    sections: tuple[Section, ...]
    path: Path
    category: str | None = None
    topics: tuple[str, ...] = ()
    category_line: int = 1
    topics_line: int = 1


class PassageKind(StrEnum):
    """What a passage was taken from."""

    QUESTION = "question"
    GUIDE = "guide"
    NOTE = "note"
    RUBRIC = "rubric"


@dataclass(frozen=True)
class Passage:
    """Indexed text. `item_id` names what it belongs to: a question id, or `file#heading`.

    `levels` and `rounds` are empty where the text is not bound to any.
    """

    passage_id: str
    item_id: str
    kind: PassageKind
    title: str
    text: str
    source: str
    category: str | None = None
    level: str | None = None
    rounds: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pack:
    """A role: guide, notes and questions. Question order is the order of files and of items in them."""

    root: Path
    info: PackInfo
    questions: tuple[Question, ...]
    guide: tuple[Document, ...]
    notes: tuple[Document, ...]
    problems: tuple[Problem, ...] = ()
    glossary: tuple[GlossaryEntry, ...] = ()
    _by_id: dict[str, Question] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_id", {question.id: question for question in self.questions})

    def __repr__(self) -> str:
        return f"Pack({self.info.id!r}, {len(self.questions)} questions)"

    @property
    def question_ids(self) -> KeysView[str]:
        """The ids of all questions."""
        return self._by_id.keys()

    def question(self, question_id: str) -> Question:
        """The bank item of that id. Raises KeyError."""
        return self._by_id[question_id]

    def problem(self, problem_id: str) -> Problem:
        """The coding problem of that id. Raises KeyError."""
        for item in self.problems:
            if item.id == problem_id:
                return item
        raise KeyError(problem_id)

    def round(self, round_id: str) -> Round:
        """The round of that id. Raises KeyError."""
        for item in self.info.rounds:
            if item.id == round_id:
                return item
        raise KeyError(round_id)

    @property
    def loop(self) -> LoopPlan | None:
        """The whole loop; None where the pack offers none."""
        return self.info.loop

    def questions_of(self, round_id: str) -> tuple[Question, ...]:
        """The questions that may be asked in a round: theirs by `rounds`, or all of its categories for a loop.

        Of a paper, those that fit one of its parts.
        """
        wanted = self.round(round_id)
        if wanted.parts:
            return tuple(q for q in self.questions if any(wanted.fits(q, part) for part in wanted.parts))
        named = tuple(q for q in self.questions if round_id in q.rounds)
        return named or tuple(q for q in self.questions if q.category in wanted.categories)
