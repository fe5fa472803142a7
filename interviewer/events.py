"""What can happen in a session. Everything else about it is computed from these.

Events are stored as `(kind, payload)`; `EVENT` turns them to and from JSON. Fields are only ever added, with
defaults, so that a log of any released version can be read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from interviewer.modes import Mode
from rubrics import Assessment, CriterionAssessment, JudgeRecord, Rubric, Verdict


class Utterance(StrEnum):
    """Why the interviewer speaks."""

    INTRO = "intro"
    QUESTION = "question"
    FOLLOW_UP = "follow_up"
    HINT = "hint"
    CLARIFICATION = "clarification"
    REPEAT = "repeat"
    WRAP_UP = "wrap_up"
    REPLY = "reply"
    CLOSING = "closing"
    REVIEW = "review"
    REACTION = "reaction"


Origin = Literal["bank", "model"]


@dataclass(frozen=True, slots=True)
class OwnQuestion:
    """A question of the candidate's own with what its answers are judged by; `reference` is a model answer, if any."""

    id: str
    prompt: str
    rubric: Rubric
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Setup:
    """What a round was started with. `relevance` is question id -> 0..1, from a résumé or job description.

    `question_ids` are what is asked, in this order; empty where the policy chooses. `own` are those of them that the
    pack does not have. `again` is the session whose questions are answered once more. `left_out` are questions that
    other stages of the same loop asked. `paper`: `question_ids` are items, to be worked on in any order.
    """

    pack: str
    level: str
    round: str
    minutes: int
    questions: int
    seed: int = 0
    relevance: dict[str, float] = field(default_factory=dict)
    seen: tuple[str, ...] = ()
    background: str = ""
    follow_ups: int = 3
    question_ids: tuple[str, ...] = ()
    own: tuple[OwnQuestion, ...] = ()
    again: str | None = None
    mode: Mode = Mode.PRACTICE
    left_out: tuple[str, ...] = ()
    paper: bool = False


@dataclass(frozen=True, slots=True)
class Started:
    """The session exists."""

    setup: Setup
    kind: Literal["started"] = "started"


@dataclass(frozen=True, slots=True)
class Said:
    """The interviewer said something. A question or follow-up opens a turn.

    `fallback` is why the bank spoke in the place of a model that failed: a ModelError's `reason`.
    """

    utterance: Utterance
    text: str
    question_id: str | None = None
    criterion_ids: tuple[str, ...] = ()
    origin: Origin = "bank"
    grounds: tuple[str, ...] = ()
    model: str | None = None
    level: str | None = None
    fallback: str | None = None
    kind: Literal["said"] = "said"


@dataclass(frozen=True, slots=True)
class Answered:
    """The candidate answered the open turn."""

    text: str
    kind: Literal["answered"] = "answered"


@dataclass(frozen=True, slots=True)
class SelfRated:
    """What the candidate makes of a turn's answer, by criterion id, before the judge says anything."""

    turn: int
    verdicts: dict[str, Verdict]
    kind: Literal["self_rated"] = "self_rated"


@dataclass(frozen=True, slots=True)
class Assessed:
    """A turn's answer was judged. `turn` is its index, from 0."""

    turn: int
    assessment: Assessment
    feedback: str = ""
    kind: Literal["assessed"] = "assessed"


@dataclass(frozen=True, slots=True)
class AssessmentFailed:
    """A turn's answer could not be judged now; it is kept and can be judged later."""

    turn: int
    reason: str
    kind: Literal["assessment_failed"] = "assessment_failed"


@dataclass(frozen=True, slots=True)
class AssessmentRetried:
    """The candidate asked to judge what is still pending."""

    kind: Literal["assessment_retried"] = "assessment_retried"


@dataclass(frozen=True, slots=True)
class SecondOpinion:
    """What the language model makes of a turn's answer, beside the assessment that counts. The first one stays."""

    turn: int
    assessment: Assessment
    kind: Literal["second_opinion"] = "second_opinion"


@dataclass(frozen=True, slots=True)
class SecondOpinionFailed:
    """The language model could not be asked for its opinion on a turn's answer now."""

    turn: int
    reason: str
    kind: Literal["second_opinion_failed"] = "second_opinion_failed"


@dataclass(frozen=True, slots=True)
class Advised:
    """The language model's sentence of advice behind a turn's feedback; empty if it had none that may stand there."""

    turn: int
    advice: str
    model: str
    kind: Literal["advised"] = "advised"


@dataclass(frozen=True, slots=True)
class Contested:
    """The candidate says that `answer[start:end]` of a turn shows a criterion."""

    turn: int
    criterion_id: str
    start: int
    end: int
    kind: Literal["contested"] = "contested"


@dataclass(frozen=True, slots=True)
class ContestJudged:
    """What the judge says of a contested criterion: on the marked words alone, and on the whole answer again.

    Evidence of both are spans of the whole answer.
    """

    turn: int
    criterion_id: str
    marked: CriterionAssessment
    whole: CriterionAssessment
    judge: JudgeRecord
    kind: Literal["contest_judged"] = "contest_judged"


@dataclass(frozen=True, slots=True)
class ContestFailed:
    """A contested criterion could not be judged now; it can be judged later."""

    turn: int
    criterion_id: str
    reason: str
    kind: Literal["contest_failed"] = "contest_failed"


@dataclass(frozen=True, slots=True)
class Asked:
    """The candidate asked something: about the open question, or of the interviewer at the end."""

    text: str
    kind: Literal["asked"] = "asked"


@dataclass(frozen=True, slots=True)
class HintRequested:
    """The candidate wants a hint."""

    kind: Literal["hint_requested"] = "hint_requested"


@dataclass(frozen=True, slots=True)
class RepeatRequested:
    """The candidate wants the question again."""

    kind: Literal["repeat_requested"] = "repeat_requested"


@dataclass(frozen=True, slots=True)
class CodeSubmitted:
    """The candidate submitted code to the problem that the open question asks, or that of `turn`. It changes no score.

    `passed` of `cases` tests passed, `failing` names the others, `fault` says in a sentence what the first of them
    showed; `error` is why none could be run.
    """

    problem: str
    code: str
    passed: int = 0
    cases: int = 0
    failing: tuple[str, ...] = ()
    error: str | None = None
    fault: str = ""
    turn: int | None = None
    kind: Literal["code_submitted"] = "code_submitted"


@dataclass(frozen=True, slots=True)
class CodeMeasured:
    """How the time of a turn's submitted code grew with its input: as `sandbox.results.Growth` says, without the points.

    `sizes` are the smallest and the largest input; `stated` is the problem's own bound.
    """

    turn: int
    exponent: float | None
    within: bool | None
    stated: str
    sizes: tuple[int, int] | None
    note: str
    kind: Literal["code_measured"] = "code_measured"


@dataclass(frozen=True, slots=True)
class Ticked:
    """The candidate chose these options of a paper's item, by their letters; none takes the choice back.

    `then` is the item, from 0, to go to with it; None stays.
    """

    turn: int
    letters: tuple[str, ...]
    then: int | None = None
    kind: Literal["ticked"] = "ticked"


@dataclass(frozen=True, slots=True)
class WentTo:
    """The candidate turned to another item of a paper, counted from 0."""

    item: int
    kind: Literal["went_to"] = "went_to"


@dataclass(frozen=True, slots=True)
class Skipped:
    """The candidate passes on the open turn."""

    kind: Literal["skipped"] = "skipped"


@dataclass(frozen=True, slots=True)
class Paused:
    """The clock stops."""

    kind: Literal["paused"] = "paused"


@dataclass(frozen=True, slots=True)
class Resumed:
    """The clock runs again."""

    kind: Literal["resumed"] = "resumed"


@dataclass(frozen=True, slots=True)
class Ended:
    """No more questions: the candidate ended the round."""

    kind: Literal["ended"] = "ended"


Payload = Annotated[
    Started
    | Said
    | Answered
    | SelfRated
    | Assessed
    | AssessmentFailed
    | AssessmentRetried
    | SecondOpinion
    | SecondOpinionFailed
    | Advised
    | Contested
    | ContestJudged
    | ContestFailed
    | Asked
    | HintRequested
    | RepeatRequested
    | CodeSubmitted
    | CodeMeasured
    | Ticked
    | WentTo
    | Skipped
    | Paused
    | Resumed
    | Ended,
    Field(discriminator="kind"),
]

# What arrives behind an interview that has gone on: it changes nothing of what happens next, nor the round's clock.
AFTERWORK = (SecondOpinion, SecondOpinionFailed, Advised, CodeMeasured)

EVENT: TypeAdapter[Payload] = TypeAdapter(Payload)


@dataclass(frozen=True, slots=True)
class Event:
    """A stored step. `seq` counts from 1 within the session; `at` is UTC.

    `digest` is that of the log up to it (digests.py), None where it was stored before there were any.
    """

    session_id: str
    seq: int
    client_event_id: str
    payload: Payload
    at: datetime
    digest: str | None = field(default=None, compare=False)


def to_json(payload: Payload) -> dict[str, Any]:
    """The payload as JSON-ready data."""
    data: dict[str, Any] = EVENT.dump_python(payload, mode="json")
    return data


def from_json(data: object) -> Payload:
    """The payload of stored data. Raises pydantic.ValidationError for what is no event."""
    return EVENT.validate_python(data)
