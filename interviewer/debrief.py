"""What a committee reads of a loop: results by stage, the evidence for and against, and what would change them.

`interviewer.debriefing` builds it.
"""

from __future__ import annotations

from dataclasses import dataclass

from interviewer.report import Reading
from rubrics import JudgeRecord


@dataclass(frozen=True)
class StageResult:
    """How a stage came out. Without a score `missing` says why; `unscored` of its `questions` could not be scored.

    `checked`: it was a paper, which has a result (in `missing`) and never a score, so that no score is missing.
    """

    id: str
    title: str
    onsite: bool
    interviews: int
    session_id: str | None
    finished_at: str | None
    score: float | None
    band: int | None
    band_name: str | None
    uncertainty: float | None
    questions: int
    unscored: int
    missing: str | None
    checked: bool = False


@dataclass(frozen=True)
class DimensionResult:
    """A dimension over all stages; None where nothing was asked of it. `questions` is how many spoke for it."""

    id: str
    title: str
    score: float | None
    band: int | None
    band_name: str | None
    uncertainty: float | None
    questions: int


@dataclass(frozen=True)
class LevelReading:
    """The same answers by what a level must show: the band, and the chance (0..1) that they come to *hire* at least.

    The chance knows the judge's uncertainty and nothing else. `reading` is `above` or `below` where the whole 80 %
    interval lies on that side of the bar, otherwise `open`.
    """

    level: str
    title: str
    band: int
    band_name: str
    chance: float
    reading: str


@dataclass(frozen=True)
class Point:
    """A criterion of a question of a stage, by id and in words."""

    stage_id: str
    stage: str
    question_id: str
    question: str
    criterion_id: str
    criterion: str


@dataclass(frozen=True)
class Exhibit(Point):
    """A point for or against, with the words of the answer that show it, if any do.

    `kind` is `shown`, `fault`, `contradicted` or `missing`; `effect` how much of the loop's score hangs on it.
    """

    dimension: str | None
    expected_at_level: bool
    kind: str
    quote: str
    effect: float


@dataclass(frozen=True)
class Change(Point):
    """A point that would move the result if it were met (a fault: if it were not there), and what to read for it.

    `effect` is what it would add to the loop's score, `band` what the loop would come to with this point alone.
    """

    expected_at_level: bool
    is_fault: bool
    effect: float
    band: int
    read: tuple[Reading, ...]


@dataclass(frozen=True)
class Debrief:
    """What the committee reads.

    `band` is of what was scored; `recommendation` is its name where nothing that is missing could take it across
    *hire*, otherwise None and `withheld` says why. `levels` (the target, then the one below) and `down_level_risk` are
    there with a recommendation only: the risk is the chance to reach *hire* below less that at the target, or, where
    `rubrics_differ` is False or there is no level below, what is missing from certainty at the target.
    `changes` lead to `goal`, the first `needed` of all points that were found; None where they do not suffice.
    """

    loop_id: str
    pack: str
    pack_title: str
    notice: str
    level: str
    level_title: str
    decided_at: str | None
    stages: tuple[StageResult, ...]
    dimensions: tuple[DimensionResult, ...]
    score: float | None
    band: int | None
    band_name: str | None
    uncertainty: float | None
    recommendation: str | None
    withheld: str | None
    levels: tuple[LevelReading, ...]
    rubrics_differ: bool
    down_level_risk: float | None
    held_down: tuple[Exhibit, ...]
    evidence_for: tuple[Exhibit, ...]
    evidence_against: tuple[Exhibit, ...]
    goal: str | None
    needed: int | None
    changes: tuple[Change, ...]
    judge: JudgeRecord
    versions: dict[str, str]
