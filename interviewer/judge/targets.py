"""A follow-up is scored on its targets alone."""

from __future__ import annotations

from dataclasses import replace

from interviewer.judge.protocol import AnswerToJudge
from rubrics import Criterion, Group, Kind, Rubric


def restrict(item: AnswerToJudge) -> AnswerToJudge:
    """The item with its rubric cut down to `criterion_ids` (criteria or groups) and no level to cap the band.

    A bonus criterion that a follow-up asks for is what the answer is about, so it counts as required there. Ids that
    the rubric does not have are passed over; if none is left, the whole rubric stands.
    """
    if item.criterion_ids is None:
        return item
    wanted = {c.id for entry in item.criterion_ids for c in item.rubric.members(entry)}
    kept = [criterion for criterion in item.rubric.criteria if criterion.id in wanted]
    if not any(criterion.kind is not Kind.RED_FLAG for criterion in kept):
        return replace(item, criterion_ids=None, level=None)
    criteria = tuple(_required(criterion) for criterion in kept)
    groups = tuple(
        Group(id=group.id, need=min(group.need, members))
        for group in item.rubric.groups
        if (members := sum(criterion.group == group.id for criterion in criteria))
    )
    rubric = Rubric(criteria=criteria, groups=groups, bands=item.rubric.bands)
    return replace(item, rubric=rubric, criterion_ids=None, level=None)


def _required(criterion: Criterion) -> Criterion:
    if criterion.kind is not Kind.BONUS:
        return criterion
    return criterion.model_copy(update={"kind": Kind.REQUIRED})
