"""What an answer is judged by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

Level = Literal["IC1", "IC2", "IC3", "IC4", "IC5"]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Slug = Annotated[str, StringConstraints(min_length=1, max_length=80)]


class Kind(StrEnum):
    """How a criterion counts: towards the base, as a bonus, or as a fault that costs credit."""

    REQUIRED = "required"
    BONUS = "bonus"
    RED_FLAG = "red_flag"


class _FileModel(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Criterion(_FileModel):
    """One atomic statement that can be checked in an answer; `shows` are phrases that would show it."""

    id: Slug
    text: Text
    kind: Kind = Kind.REQUIRED
    weight: Annotated[float, Field(strict=True, gt=0, le=100)] = 1.0
    dimension: Slug | None = None
    shows: tuple[Text, ...] = ()
    partial: Text | None = None
    group: Slug | None = None


class Group(_FileModel):
    """Alternatives of which `need` suffice."""

    id: Slug
    need: Annotated[int, Field(strict=True, ge=1)]


class Rubric(_FileModel):
    """Criteria, groups, what each level must show, and optionally own lower bounds of bands 1-4."""

    criteria: tuple[Criterion, ...] = Field(min_length=1)
    groups: tuple[Group, ...] = ()
    levels: dict[Level, tuple[Slug, ...]] = Field(default_factory=dict)
    bands: tuple[float, float, float, float] | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Rubric:
        found = [*_id_faults(self), *_group_faults(self), *_level_faults(self)]
        if not any(criterion.kind is Kind.REQUIRED for criterion in self.criteria):
            found.append((("criteria",), "a rubric needs a required criterion"))
        if self.bands is not None and (
            list(self.bands) != sorted(set(self.bands)) or self.bands[0] <= 0 or self.bands[-1] >= 1
        ):
            found.append((("bands",), "bands are four rising numbers between 0 and 1"))
        if found:
            raise ValidationError.from_exception_data(
                "Rubric",
                [
                    InitErrorDetails(
                        type=PydanticCustomError("inconsistent", "{words}", {"words": words}),
                        loc=at,
                        input=None,
                    )
                    for at, words in found
                ],
            )
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


Place = tuple[str | int, ...]


def _id_faults(rubric: Rubric) -> Iterator[tuple[Place, str]]:
    seen: set[str] = set()
    places: list[tuple[Place, str]] = [
        *((("criteria", index, "id"), item.id) for index, item in enumerate(rubric.criteria)),
        *((("groups", index, "id"), item.id) for index, item in enumerate(rubric.groups)),
    ]
    for at, item_id in places:
        if item_id in seen:
            yield at, f"id {item_id!r} is used twice in the rubric"
        seen.add(item_id)


def _group_faults(rubric: Rubric) -> Iterator[tuple[Place, str]]:
    members = Counter(criterion.group for criterion in rubric.criteria)
    known = {group.id for group in rubric.groups}
    for index, criterion in enumerate(rubric.criteria):
        at = ("criteria", index, "group")
        if criterion.group is None:
            continue
        if criterion.group not in known:
            yield at, f"criterion {criterion.id!r} names group {criterion.group!r}, which is not defined"
        elif criterion.kind is not Kind.REQUIRED:
            yield at, f"criterion {criterion.id!r} is in a group, so it must be required"
    for index, group in enumerate(rubric.groups):
        if group.need > members[group.id]:
            yield (
                ("groups", index, "need"),
                f"group {group.id!r} needs {group.need} of {members[group.id]} criteria",
            )


def _level_faults(rubric: Rubric) -> Iterator[tuple[Place, str]]:
    listable = {c.id for c in rubric.criteria if c.kind is not Kind.RED_FLAG} | {g.id for g in rubric.groups}
    for level, entries in rubric.levels.items():
        for index, entry in enumerate(entries):
            at = ("levels", level, index)
            if entry not in listable:
                yield at, f"levels.{level} names {entry!r}, which is no criterion or group that can be met"
            elif entry in entries[:index]:
                yield at, f"levels.{level} names {entry!r} twice"
