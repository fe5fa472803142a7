"""What came of running a solution: read-only values that can be stored and sent as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Outcome = Literal[
    "passed",
    "wrong",  # it returned something else
    "raised",  # it raised where a value was expected, or another exception, or none
    "too-slow",
    "out-of-memory",
    "crashed",  # the process ended: a crash, os._exit, or an answer that is none
    "too-much-output",
    "not-run",  # an earlier case ended the process, or the time for all cases was up
]


@dataclass(frozen=True)
class CaseResult:
    """One case. `args`, `expected` and `got` are Python text, shortened where they are long.

    Of a hidden case `expected` is None: its name, the kind of failure, what went in and what came out are told, so that
    a mistake can be found, but not the answer, so that tests cannot be answered one by one. `message` is empty for a
    case that passed, otherwise one sentence for a person; for a hidden case it does not give the expected value away.
    `time_ms` is processor time, None where nothing was measured; `memory_mb` is how much more memory than before the
    first case the process had used at most by the end of this one.
    """

    name: str
    passed: bool
    visible: bool
    outcome: Outcome
    message: str
    args: str
    expected: str | None
    got: str | None
    stdout: str
    time_ms: float | None
    memory_mb: float | None


@dataclass(frozen=True)
class CodeResult:
    """A solution's run on a problem's cases, in order. `error` is why no case could be run (or None).

    `passed`: every case that was asked for passed; `examples_only`: those were the visible ones alone.
    """

    problem: str
    passed: bool
    cases: tuple[CaseResult, ...]
    error: str | None
    examples_only: bool = False

    @property
    def first_failure(self) -> CaseResult | None:
        """The first case that did not pass."""
        return next((case for case in self.cases if not case.passed), None)


@dataclass(frozen=True)
class GrowthPoint:
    """The median time of a size, of `runs` runs."""

    n: int
    time_ms: float
    runs: int


@dataclass(frozen=True)
class Growth:
    """How a solution's time grew with the size of its input, beside what the problem states.

    `exponent` is the slope of log time over log n by least squares; None with a `note` that says why nothing can be said.
    `within` is whether the exponent lies in `allowed`, the range that the stated bound leaves.
    """

    problem: str
    points: tuple[GrowthPoint, ...]
    exponent: float | None
    allowed: tuple[float, float]
    within: bool | None
    stated_time: str
    stated_space: str
    note: str


@dataclass(frozen=True)
class ShownExample:
    """An example as it is shown: Python text."""

    args: str
    expected: str
    explains: str | None


@dataclass(frozen=True)
class ProblemCard:
    """A problem in a list."""

    id: str
    title: str
    kind: str
    level: str
    minutes: int
    topics: tuple[str, ...]
    libraries: tuple[str, ...]


@dataclass(frozen=True)
class ProblemView:
    """A problem as a candidate sees it: no hidden tests, no solutions, no bounds that are the answer's.

    `seconds` and `memory_mb` are what one case may take. `running` says by what code is run, or why it is not.
    """

    id: str
    title: str
    kind: str
    level: str
    minutes: int
    topics: tuple[str, ...]
    libraries: tuple[str, ...]
    statement: str
    function: str
    signature: str
    starter: str
    examples: tuple[ShownExample, ...]
    seconds: float
    memory_mb: int
    runs: bool
    running: str
