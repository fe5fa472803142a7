"""A coding problem of a pack: what `problem.yaml` says, and the Python files that lie beside it."""

from __future__ import annotations

import keyword
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from corpus.model import FileModel, Level, Prose, Slug, Slugs, Source, Text

ProblemKind = Literal["algorithms", "ml-coding"]
LibraryName = Literal["numpy", "torch"]
Compare = Literal["exact", "unordered", "approx", "checker"]

# What a case may take where the problem says nothing. Importing is not counted, so that torch's allowance is for work.
PLAIN_SECONDS, PLAIN_MEMORY_MB = 2.0, 512
TORCH_SECONDS, TORCH_MEMORY_MB = 5.0, 2048
# For results of `compare: approx` that give none: as torch.testing.assert_close has it for float32.
RTOL, ATOL = 1.3e-6, 1e-5


def _is_name(value: str) -> str:
    if not value.isidentifier() or keyword.iskeyword(value):
        raise ValueError(f"{value!r} is no name of a Python function")
    return value


def _is_json(value: Any) -> Any:
    """YAML also knows dates and sets; a case's values are what JSON knows."""
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise ValueError('keys are text; other keys are written {"__dict__": [[key, value], …]}')
        for item in value.values():
            _is_json(item)
    elif isinstance(value, list):
        for item in value:
            _is_json(item)
    elif isinstance(value, float) and not -float("inf") < value < float("inf"):
        raise ValueError('nan and inf are written {"__float__": "nan"}')
    elif value is not None and not isinstance(value, bool | int | float | str):
        raise ValueError(f"{value} is a {type(value).__name__}, which JSON does not know; put it in quotes")
    return value


def _is_wrong_file(value: str) -> str:
    if not value.startswith("wrong_") or not value.endswith(".py") or "/" in value:
        raise ValueError(f"{value!r} is no file of a wrong solution; those are called wrong_<what>.py")
    return value


Name = Annotated[str, AfterValidator(_is_name)]
JsonValue = Annotated[Any, AfterValidator(_is_json)]


class Example(FileModel):
    """A case that the candidate sees with the problem. Values are JSON data as `interviewer.sandbox` encodes them."""

    args: Annotated[list[Any], AfterValidator(_is_json)]
    expected: JsonValue
    explains: Prose | None = None


class ProblemLimits(FileModel):
    """What one case may take: seconds of processor time, and memory beyond the interpreter and its libraries."""

    seconds: Annotated[float, Field(gt=0, le=60)] | None = None
    memory_mb: Annotated[int, Field(strict=True, ge=16, le=16_384)] | None = None


class Complexity(FileModel):
    """The stated bounds. `exponent` is the slope of log time over log n that the bound allows, measured on `sizes`."""

    time: Text
    space: Text
    exponent: tuple[float, float]
    sizes: Annotated[tuple[Annotated[int, Field(strict=True, ge=1, le=10_000_000)], ...], Field(min_length=3)]

    @field_validator("exponent")
    @classmethod
    def _is_range(cls, value: tuple[float, float]) -> tuple[float, float]:
        if value[0] > value[1]:
            raise ValueError("the lower bound stands first")
        return value

    @field_validator("sizes")
    @classmethod
    def _rise(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if list(value) != sorted(set(value)):
            raise ValueError("sizes rise")
        return value


class WrongSolution(FileModel):
    """A typical mistake. The first case that it fails matches one of `fails` (names, or patterns with *)."""

    file: Annotated[str, AfterValidator(_is_wrong_file)]
    fails: Annotated[tuple[Text, ...], Field(min_length=1)]
    why: Prose


class ProblemInfo(FileModel):
    """The contents of `problem.yaml`."""

    id: Slug
    title: Text
    statement: Prose
    function: Name
    signature: Text
    kind: ProblemKind
    libraries: Annotated[tuple[LibraryName, ...], Field(max_length=1)] = ()
    level: Level
    minutes: Annotated[int, Field(strict=True, ge=1, le=90)]
    topics: Annotated[Slugs, Field(min_length=1)]
    examples: Annotated[tuple[Example, ...], Field(min_length=1)]
    compare: Compare
    rtol: Annotated[float, Field(ge=0, lt=1)] | None = None
    atol: Annotated[float, Field(ge=0)] | None = None
    limits: ProblemLimits = ProblemLimits()
    complexity: Complexity
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]
    wrong: Annotated[tuple[WrongSolution, ...], Field(min_length=2)]

    @model_validator(mode="after")
    def _tolerances_have_a_use(self) -> ProblemInfo:
        if self.compare != "approx" and (self.rtol is not None or self.atol is not None):
            raise ValueError("rtol and atol go with compare: approx")
        return self

    @property
    def seconds(self) -> float:
        """Processor time that one case may take."""
        return self.limits.seconds or (TORCH_SECONDS if "torch" in self.libraries else PLAIN_SECONDS)

    @property
    def memory_mb(self) -> int:
        """Memory that one case may take beyond the interpreter and its libraries."""
        return self.limits.memory_mb or (TORCH_MEMORY_MB if "torch" in self.libraries else PLAIN_MEMORY_MB)

    @property
    def tolerances(self) -> tuple[float, float]:
        """(rtol, atol) of `compare: approx`."""
        return (RTOL if self.rtol is None else self.rtol, ATOL if self.atol is None else self.atol)


@dataclass(frozen=True)
class Problem:
    """A coding problem, read and not run. `solutions` and `wrong` are the texts of those files by name.

    `tests`, `solutions` and `wrong` are never shown to a candidate.
    """

    info: ProblemInfo
    folder: Path
    starter: str = field(repr=False)
    tests: str = field(repr=False)
    solutions: dict[str, str] = field(repr=False)
    wrong: dict[str, str] = field(repr=False)

    @property
    def id(self) -> str:
        """Its id, which is the name of its folder."""
        return self.info.id

    @property
    def path(self) -> Path:
        """Its problem.yaml."""
        return self.folder / "problem.yaml"

    @property
    def reference(self) -> str:
        """The text of solution.py."""
        return self.solutions["solution.py"]
