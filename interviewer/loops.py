"""A whole loop: stages over days, each an ordinary session. What it is, how it stands, what its onsite holds. Pure.

What is stored of a loop is one small row (`Loop`): how it began, which sessions are attempts at which stage, and which
interviews the onsite has. How far it is, is read from those sessions' own logs, so that nothing is known twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from corpus import ONSITE, LoopPlan, LoopStep, OnsiteInterview, Pack
from interviewer.interview import Phase, State
from interviewer.policy import closing_flags

ONSITE_TITLE = "Onsite"
_ONSITE_LOOKS_FOR = "Which interviews these are is settled after the stages before, by what you said in them."

StageState = Literal["later", "next", "open", "finished"]
LoopState = Literal["under way", "complete", "decided"]


class StageAttempt(BaseModel):
    """A session that plays a stage. `key` is the idempotency key of the request that began it."""

    model_config = ConfigDict(frozen=True)

    stage: str
    session_id: str
    key: str | None = None


class Loop(BaseModel):
    """What is stored of a loop; fields are only ever added. `onsite` names its interviews once they are settled."""

    model_config = ConfigDict(frozen=True)

    level: str
    background: str = ""
    seed: int
    begun_at: datetime
    onsite: tuple[str, ...] | None = None
    attempts: tuple[StageAttempt, ...] = ()
    decided_at: datetime | None = None

    def stage_seed(self, stage_id: str) -> int:
        """The seed of the next attempt at a stage."""
        tried = sum(attempt.stage == stage_id for attempt in self.attempts)
        digest = hashlib.sha256(f"{self.seed}:{stage_id}:{tried}".encode()).digest()
        return int.from_bytes(digest[:4], "big") % 2**31


@dataclass(frozen=True)
class StageRound:
    """The round that plays a stage. `said` weighs in the choice of its questions beside the background, and is not kept.

    `leave_out` are questions that it must not ask.
    """

    round: str
    level: str
    minutes: int
    questions: int
    background: str
    seed: int
    said: tuple[str, ...]
    leave_out: tuple[str, ...]


@dataclass(frozen=True)
class StageView:
    """A stage and how it stands. `later` is also one that was never taken when the loop was decided.

    `session_id` is the open session, or the one that counts: the last attempt that was finished. `interviews` is above
    1 only for the onsite as a whole, whose interviews are not settled before it begins; its id is `onsite`.
    """

    id: str
    title: str
    looks_for: str
    round: str | None
    minutes: int
    questions: int
    onsite: bool
    interviews: int
    state: StageState
    session_id: str | None
    attempts: int
    finished_at: str | None


@dataclass(frozen=True)
class LoopView:
    """A loop as it stands. `next` is the id of the stage that comes now or is open; None where none does."""

    id: str
    level: str
    level_title: str
    state: LoopState
    begun_at: str
    decided_at: str | None
    next: str | None
    stages: tuple[StageView, ...]
    background: str

    @property
    def finished(self) -> int:
        """How many stages are finished."""
        return sum(stage.state == "finished" for stage in self.stages)

    @property
    def planned(self) -> int:
        """How many stages there are, every interview of the onsite counted."""
        return sum(stage.interviews for stage in self.stages)

    @property
    def open_session(self) -> str | None:
        """The session of the stage that is open."""
        return next((stage.session_id for stage in self.stages if stage.state == "open"), None)

    def to_json(self) -> dict[str, Any]:
        """Everything that is told of the loop."""
        return {**asdict(self), "finished": self.finished, "planned": self.planned}

    def in_short(self) -> dict[str, Any]:
        """Which loop it is, and what comes next in it; `session_id` is that of the stage that is open."""
        return {
            "id": self.id,
            "level": self.level,
            "state": self.state,
            "next": self.next,
            "session_id": self.open_session,
            "finished": self.finished,
            "planned": self.planned,
        }

    def stage(self, stage_id: str) -> StageView:
        """The stage of that id. Raises KeyError."""
        for item in self.stages:
            if item.id == stage_id:
                return item
        raise KeyError(stage_id)


def to_go_on_with(loops: Sequence[LoopView]) -> LoopView | None:
    """Of loops, the one used last first: the first that is not decided, else the first; None where there is none."""
    return next((item for item in loops if item.state != "decided"), loops[0] if loops else None)


def steps_of(plan: LoopPlan, loop: Loop) -> tuple[LoopStep, ...]:
    """The steps that are known: the stages, and the onsite's interviews once they are settled."""
    chosen = loop.onsite or ()
    return (*plan.stages, *(item for item in plan.onsite.choices if item.id in chosen))


def loop_view(loop_id: str, loop: Loop, plan: LoopPlan, pack: Pack, states: Mapping[str, State]) -> LoopView:
    """The loop as its sessions stand; `states` are those of its attempts that are still there."""
    stages = [_stage_view(step, loop, pack, states) for step in steps_of(plan, loop)]
    if loop.onsite is None:
        stages.append(_whole_onsite(plan, loop, pack))
    open_stage = next((stage for stage in stages if stage.state == "open"), None)
    waiting = next((stage for stage in stages if stage.state == "later"), None)
    decided = loop.decided_at is not None
    due = None if decided else open_stage or waiting
    if due is not None and due is waiting:
        stages = [replace(stage, state="next") if stage is due else stage for stage in stages]
    titles = {level.id: level.title for level in pack.info.levels}
    return LoopView(
        id=loop_id,
        level=loop.level,
        level_title=titles.get(loop.level, loop.level),  # type: ignore[call-overload]
        state="decided" if decided else "complete" if due is None else "under way",
        begun_at=loop.begun_at.isoformat(),
        decided_at=None if loop.decided_at is None else loop.decided_at.isoformat(),
        next=None if due is None else due.id,
        stages=tuple(stages),
        background=loop.background,
    )


def attempts_at(loop: Loop, stage_id: str, states: Mapping[str, State]) -> tuple[tuple[str, State], ...]:
    """Session and state of every attempt at a stage that is still there, in the order in which they began."""
    return tuple(
        (attempt.session_id, states[attempt.session_id])
        for attempt in loop.attempts
        if attempt.stage == stage_id and attempt.session_id in states
    )


def counting(loop: Loop, stage_id: str, states: Mapping[str, State]) -> tuple[str, State] | None:
    """The attempt at a stage that counts: the last one that was finished."""
    done = [item for item in attempts_at(loop, stage_id, states) if item[1].phase is Phase.FINISHED]
    return done[-1] if done else None


def asked_elsewhere(loop: Loop, stage_id: str, states: Mapping[str, State]) -> tuple[str, ...]:
    """The questions that other stages of the loop asked, in whatever attempt."""
    return tuple(
        dict.fromkeys(
            turn.question_id
            for attempt in loop.attempts
            if attempt.stage != stage_id and attempt.session_id in states
            for turn in states[attempt.session_id].turns
        )
    )


def said_before_onsite(loop: Loop, plan: LoopPlan, states: Mapping[str, State]) -> tuple[str, ...]:
    """What the candidate answered where it shapes the onsite; answers that say nothing (gibberish, echoes …) left out."""
    said = []
    for stage in plan.stages:
        found = counting(loop, stage.id, states) if stage.shapes_onsite else None
        if found is not None and not found[1].setup.paper:
            said += [turn.answer for turn in found[1].turns if turn.answer and not closing_flags(turn)]
    return tuple(said)


def open_choices(plan: LoopPlan, level: str) -> tuple[OnsiteInterview, ...]:
    """The interviews that an onsite at the level may have."""
    return tuple(choice for choice in plan.onsite.choices if choice.is_for(level))


def choose_interviews(plan: LoopPlan, level: str, nearness: Mapping[str, float]) -> tuple[str, ...]:
    """Which interviews the onsite has: those that are always there, then the nearest; ties fall to the pack's order."""
    choices = open_choices(plan, level)
    ranked = sorted(choices, key=lambda choice: (not choice.always, -nearness.get(choice.id, 0.0)))
    taken = {choice.id for choice in ranked[: plan.onsite.interviews]}
    return tuple(choice.id for choice in choices if choice.id in taken)


def nearness_of(
    pack: Pack, choices: Sequence[OnsiteInterview], near: Mapping[str, float]
) -> dict[str, float]:
    """Interview id -> mean nearness of the nearest quarter of its round's questions, so that a large bank has no head start."""
    found = {}
    for choice in choices:
        ranked = sorted((near.get(q.id, 0.0) for q in pack.questions_of(choice.round)), reverse=True)
        quarter = ranked[: max(1, len(ranked) // 4)]
        found[choice.id] = sum(quarter) / len(quarter)
    return found


def round_of(
    step: LoopStep, loop: Loop, plan: LoopPlan, pack: Pack, states: Mapping[str, State]
) -> StageRound:
    """The round that plays a step now."""
    said = said_before_onsite(loop, plan, states) if isinstance(step, OnsiteInterview) else ()
    return StageRound(
        round=step.round,
        level=loop.level,
        minutes=minutes_of(step, pack),
        questions=questions_of(step, pack),
        background=loop.background,
        seed=loop.stage_seed(step.id),
        said=said,
        leave_out=asked_elsewhere(loop, step.id, states),
    )


def minutes_of(step: LoopStep, pack: Pack) -> int:
    """How long a step is."""
    return step.minutes or pack.round(step.round).minutes


def questions_of(step: LoopStep, pack: Pack) -> int:
    """How many questions a step asks."""
    return step.questions or pack.round(step.round).questions


def _stage_view(step: LoopStep, loop: Loop, pack: Pack, states: Mapping[str, State]) -> StageView:
    tried = attempts_at(loop, step.id, states)
    done = counting(loop, step.id, states)
    is_open = bool(tried) and tried[-1][1].phase is not Phase.FINISHED and loop.decided_at is None
    shown = tried[-1] if is_open else done
    ended = None if done is None else done[1].last_at
    return StageView(
        id=step.id,
        title=step.title,
        looks_for=step.looks_for,
        round=step.round,
        minutes=minutes_of(step, pack),
        questions=questions_of(step, pack),
        onsite=isinstance(step, OnsiteInterview),
        interviews=1,
        state="open" if is_open else "later" if done is None else "finished",
        session_id=None if shown is None else shown[0],
        attempts=len(tried),
        finished_at=None if ended is None else ended.isoformat(),
    )


def _whole_onsite(plan: LoopPlan, loop: Loop, pack: Pack) -> StageView:
    """The onsite before its interviews are settled; how long it is, is the mean of those that it may have."""
    choices = open_choices(plan, loop.level)
    number = plan.onsite.interviews

    def usual(figures: Iterator[int]) -> int:
        return round(number * sum(figures) / len(choices))

    return StageView(
        id=ONSITE,
        title=ONSITE_TITLE,
        looks_for=_ONSITE_LOOKS_FOR,
        round=None,
        minutes=usual(minutes_of(choice, pack) for choice in choices),
        questions=usual(questions_of(choice, pack) for choice in choices),
        onsite=True,
        interviews=number,
        state="later",
        session_id=None,
        attempts=0,
        finished_at=None,
    )
