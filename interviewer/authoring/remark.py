"""What can be said of a pack that is without a fault."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class RemarkKind(StrEnum):
    """What a remark is about, in the order in which remarks are shown."""

    TITLES_ALIKE = "titles-alike"
    PROMPTS_ALIKE = "prompts-alike"
    PROMPTS_CLOSE = "prompts-close-in-meaning"
    NOTES_ALIKE = "notes-alike"
    FEW_SOURCES = "few-sources"
    SOURCE_NOT_HTTPS = "source-not-https"
    NOTE_WITHOUT_SOURCES = "note-without-sources"
    SHOWS_REPEAT_TEXT = "shows-repeat-text"
    TOPIC_WITHOUT_NOTE = "topic-without-note"
    TOPIC_NOT_ASKED = "topic-not-asked"
    TOPIC_ASKED_ONCE = "topic-asked-once"
    MODEL_ANSWER_BELOW_4 = "model-answer-below-band-4"
    WRONG_ANSWER_ABOVE_1 = "wrong-answer-above-band-1"


@dataclass(frozen=True)
class JudgedAnswer:
    """What the judge said of one of the pack's own answers.

    `band` is without a level, `band_at_level` with the cap of `level`, the question's own. `met` and `unmet` are
    (id, credit) of required criteria, groups and what the level lists, in the rubric's order; `faults` are red flags
    that the judge saw. `score` and both bands are None where it could not judge, which `unscored_reason` explains.
    """

    question_id: str
    level: str
    score: float | None
    band: int | None
    band_at_level: int | None
    met: tuple[tuple[str, float], ...]
    unmet: tuple[tuple[str, float], ...]
    faults: tuple[tuple[str, float], ...]
    unscored_reason: str | None


@dataclass(frozen=True)
class Remark:
    """Something that a person should look at; it may be meant. `line` is 1-based."""

    kind: RemarkKind
    path: Path
    line: int
    message: str
    answer: JudgedAnswer | None = None

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.kind}: {self.message}"
