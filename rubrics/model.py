"""What an answer is judged by."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Level = Literal["IC1", "IC2", "IC3", "IC4", "IC5"]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Slug = Annotated[str, StringConstraints(min_length=1, max_length=80)]


class Kind(StrEnum):
    """How a criterion counts: towards the base, as a bonus, or as a fault that costs credit."""

    REQUIRED = "required"
    BONUS = "bonus"
    RED_FLAG = "red_flag"


class _FileModel(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Criterion(_FileModel):
    """One atomic statement that can be checked in an answer; `shows` are phrases that would show it."""

    id: Slug
    text: Text
    kind: Kind = Kind.REQUIRED
    weight: Annotated[float, Field(gt=0, le=100)] = 1.0
    dimension: Slug | None = None
    shows: tuple[Text, ...] = ()
    partial: Text | None = None
    group: Slug | None = None


class Group(_FileModel):
    """Alternatives of which `need` suffice."""

    id: Slug
    need: Annotated[int, Field(ge=1)]


class Rubric(_FileModel):
    """Criteria, groups, what each level must show, and optionally own lower bounds of bands 1-4."""

    criteria: tuple[Criterion, ...] = Field(min_length=1)
    groups: tuple[Group, ...] = ()
    levels: dict[Level, tuple[Slug, ...]] = Field(default_factory=dict)
    bands: tuple[float, float, float, float] | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Rubric:
        ids = [*(item.id for item in self.criteria), *(item.id for item in self.groups)]
        twice = sorted({item for item in ids if ids.count(item) > 1})
        if twice:
            raise ValueError(f"id {twice[0]!r} is used twice in the rubric")
        groups = {group.id: group for group in self.groups}
        members: dict[str, int] = dict.fromkeys(groups, 0)
        for criterion in self.criteria:
            if criterion.group is None:
                continue
            if criterion.group not in groups:
                raise ValueError(
                    f"criterion {criterion.id!r} names group {criterion.group!r}, which is not defined"
                )
            if criterion.kind is not Kind.REQUIRED:
                raise ValueError(f"criterion {criterion.id!r} is in a group, so it must be required")
            members[criterion.group] += 1
        for group in self.groups:
            if group.need > members[group.id]:
                raise ValueError(f"group {group.id!r} needs {group.need} of {members[group.id]} criteria")
        if not any(criterion.kind is Kind.REQUIRED for criterion in self.criteria):
            raise ValueError("a rubric needs a required criterion")
        listable = {c.id for c in self.criteria if c.kind is not Kind.RED_FLAG} | set(groups)
        for level, entries in self.levels.items():
            for entry in entries:
                if entry not in listable:
                    raise ValueError(
                        f"levels.{level} names {entry!r}, which is no criterion or group that can be met"
                    )
        if self.bands is not None and (
            list(self.bands) != sorted(set(self.bands)) or self.bands[0] <= 0 or self.bands[-1] >= 1
        ):
            raise ValueError("bands are four rising numbers between 0 and 1")
        return self

    def criterion(self, criterion_id: str) -> Criterion:
        """The criterion of that id. Raises KeyError."""
        for criterion in self.criteria:
            if criterion.id == criterion_id:
                return criterion
        raise KeyError(criterion_id)

    def members(self, entry: str) -> tuple[Criterion, ...]:
        """The criteria behind a criterion or group id, in file order; empty if there is none."""
        return tuple(c for c in self.criteria if c.id == entry or c.group == entry)
