"""The report on a session: what a candidate takes away. `interviewer.reporting` makes it."""

from __future__ import annotations

from dataclasses import dataclass

from interviewer.contests import with_second
from interviewer.events import CodeMeasured, CodeSubmitted
from interviewer.modes import Mode
from interviewer.paper import ItemResult, PaperResult
from rubrics import (
    DEFAULT_BANDS,
    MET_CREDIT,
    Assessment,
    CriterionAssessment,
    Evidence,
    JudgeRecord,
    Kind,
    Verdict,
)

Bounds = tuple[float, float, float, float]

BAND_NAMES = ("strong no hire", "no hire", "borderline", "hire", "strong hire")
VERDICT_WORDS = {
    Verdict.MET: "met",
    Verdict.PARTIAL: "partly",
    Verdict.MISSING: "missing",
    Verdict.CONTRADICTED: "contradicted",
}


def shows_fault(credit: float | None) -> bool:
    """Whether a red flag with this credit is one: the fault is more likely there than not."""
    return (credit or 0.0) >= MET_CREDIT


def verdict_words(kind: Kind, verdict: Verdict | None, credit: float | None) -> str:
    """The judge's verdict in words; of a red flag, whether the fault is there."""
    if verdict is None:
        return "unscored"
    if kind is Kind.RED_FLAG:
        return "red flag" if shows_fault(credit) else "no red flag"
    return VERDICT_WORDS[verdict]


@dataclass(frozen=True)
class ContestReport:
    """A contested criterion: the words that the candidate marked, both verdicts, and whether the second counts.

    `first` is None where the turn was not asked about the criterion, `second` until the judge has read the words;
    `failed` then says why it has not.
    """

    criterion_id: str
    words: Evidence
    first: CriterionAssessment | None
    second: CriterionAssessment | None
    counts: bool
    failed: str | None = None


@dataclass(frozen=True)
class TurnReport:
    """One question or follow-up with its answer and assessment, as in bulk scoring.

    `second_opinion` is a language model's, which is not calibrated and counts for nothing; without it there may be
    a reason why it is not there yet. `assessment` is what the judge said first: `counted` has the verdicts that count
    after contests. `own_verdicts` are the candidate's, by criterion id. `submission` is code that was run on its
    problem's tests, which counts for nothing either; `growth` how its time grew, beside the bounds `claimed` in the answers to
    its question, None where nobody was asked for them.
    """

    kind: str
    question_id: str
    criterion_ids: tuple[str, ...]
    prompt: str
    answer: str
    origin: str
    assessment: Assessment
    feedback: str
    hints: int
    skipped: bool
    seconds: float
    grounds: tuple[str, ...]
    model: str | None
    second_opinion: Assessment | None = None
    second_opinion_reason: str | None = None
    own_verdicts: dict[str, Verdict] | None = None
    contests: tuple[ContestReport, ...] = ()
    submission: CodeSubmitted | None = None
    growth: CodeMeasured | None = None
    claimed: tuple[str, ...] | None = ()

    @property
    def counted(self) -> tuple[CriterionAssessment, ...]:
        """The verdicts that count, contested ones included."""
        counting = {item.criterion_id: item.second for item in self.contests if item.counts and item.second}
        return with_second(self.assessment.shown, counting)

    def verdict(self, criterion_id: str) -> CriterionAssessment | None:
        """The verdict that counts on a criterion; None where the turn has none."""
        return next((item for item in self.counted if item.id == criterion_id), None)


@dataclass(frozen=True)
class CriterionReport:
    """A criterion over the whole thread. `turn` is the index of the turn whose words showed it best.

    `own` is the candidate's own verdict. `contested` says whether a verdict on it was contested in some turn.
    """

    id: str
    text: str
    kind: Kind
    dimension: str | None
    weight: float
    group: str | None
    expected_at_level: bool
    verdict: Verdict | None
    credit: float | None
    turn: int | None
    own: Verdict | None = None
    contested: bool = False


@dataclass(frozen=True)
class Reading:
    """Something to read: a source of the question or a note of the pack."""

    title: str
    where: str


@dataclass(frozen=True)
class ChoiceReport:
    """An option of a multiple-choice item, with what is right."""

    letter: str
    text: str
    correct: bool
    why: str

    @property
    def statement(self) -> str:
        """Which it is, in words: `B is wrong`."""
        return f"{self.letter} is {'right' if self.correct else 'wrong'}"


@dataclass(frozen=True)
class Before:
    """How an earlier session's answers to the same question came out; `verdicts` by criterion id, for those judged."""

    session_id: str
    started_at: str
    band: int | None
    verdicts: dict[str, Verdict]


@dataclass(frozen=True)
class QuestionReport:
    """A thread: the question with what its answers showed together.

    `before` is there where the session answers an earlier one's question again, `own_bounds` where the question's rubric
    sets the lower bounds of bands 1-4 itself.
    """

    question_id: str
    title: str
    category: str
    level: str
    score: float | None
    band: int | None
    capped: bool
    uncertainty: float | None
    unscored_reason: str | None
    criteria: tuple[CriterionReport, ...]
    turns: tuple[int, ...]
    model_answer: str
    common_wrong_answer: str
    why_wrong: str
    read: tuple[Reading, ...]
    choices: tuple[ChoiceReport, ...] = ()
    before: Before | None = None
    own_bounds: Bounds | None = None


@dataclass(frozen=True)
class DimensionReport:
    """How a dimension came out; None where nothing was asked of it."""

    id: str
    title: str
    score: float | None
    band: int | None


@dataclass(frozen=True)
class Point:
    """A strength, a gap or something to practise, tied to a criterion."""

    question_id: str
    question: str
    criterion_id: str
    text: str
    evidence: str = ""
    read: tuple[Reading, ...] = ()


@dataclass(frozen=True)
class Coming:
    """How much a language model is still about to add to a report."""

    second_opinions: int = 0
    advice: int = 0


@dataclass(frozen=True)
class Report:
    """What a candidate takes away. Scores are None where nothing could be scored; then reasons say why.

    `paper` is how a paper came out, which nobody scores. `bounds` are the lower bounds of bands 1-4, the pack's.
    """

    session_id: str
    pack: str
    pack_title: str
    notice: str
    level: str
    round: str
    round_title: str
    started_at: str
    minutes_used: float
    finished: bool
    score: float | None
    band: int | None
    band_name: str | None
    uncertainty: float | None
    unscored: int
    dimensions: tuple[DimensionReport, ...]
    questions: tuple[QuestionReport, ...]
    turns: tuple[TurnReport, ...]
    strengths: tuple[Point, ...]
    gaps: tuple[Point, ...]
    practise_next: tuple[Point, ...]
    judge: JudgeRecord
    versions: dict[str, str]
    coming: Coming = Coming()
    mode: Mode = Mode.PRACTICE
    minutes: int | None = None
    paper: PaperResult | None = None
    bounds: Bounds = DEFAULT_BANDS

    def item(self, question_id: str) -> ItemResult | None:
        """How a question came out as an item of a paper; None where there is none."""
        items = () if self.paper is None else self.paper.items
        return next((item for item in items if item.question_id == question_id), None)

    @property
    def time_used(self) -> str:
        """How long the round took, and how it was held where that is not the usual way."""
        minutes = round(self.minutes_used)
        used = (
            "less than a minute"
            if self.minutes_used < 1
            else f"{minutes} minute{'s' if minutes != 1 else ''}"
        )
        match self.mode:
            case Mode.REAL:
                return f"{used} (planned: {self.minutes}), held as the real thing"
            case Mode.STUDY:
                return f"{used}, a study round: each question was reviewed before the next"
            case Mode.PRACTICE:
                return used
