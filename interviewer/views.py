"""What `service` shows of a session to ui, api and cli. Model answers and rubrics are not in here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from corpus import Pack
from interviewer import phrases
from interviewer.events import Utterance
from interviewer.interview import Phase, State
from interviewer.modes import Mode
from interviewer.own_questions import role_for
from interviewer.packs import RolePack
from interviewer.paper import chosen_in, has_answer, item_of
from rubrics import Assessment


@dataclass(frozen=True)
class LineView:
    """A line of the chat. `at` is ISO 8601 in UTC. `note` is a sentence for the candidate about this line."""

    seq: int
    speaker: str
    text: str
    utterance: str | None
    turn: int | None
    origin: str
    at: str
    note: str | None = None


@dataclass(frozen=True)
class Coverage:
    """How many questions of a category were asked in this round."""

    category: str
    title: str
    asked: int


@dataclass(frozen=True)
class ItemView:
    """An item of a paper, counted from 1. `task` is empty before it was looked at; `chosen` are letters of `options`.

    `here`: it is looked at now. `answered`: a choice or code is there, whatever comes of it.
    """

    number: int
    title: str
    problem: str | None
    here: bool
    looked_at: bool
    answered: bool
    task: str
    options: tuple[tuple[str, str], ...]
    chosen: tuple[str, ...]


@dataclass(frozen=True)
class SessionView:
    """A session as the candidate may see it while it runs. `turn` is the open turn's index, for `send`.

    `problem` is the coding problem that the open question asks, None where it asks none. `reviewing`: a study round waits
    until its review was read; `resume` goes on. `items` are those of a paper, empty for any other round.
    """

    id: str
    title: str
    pack: str
    round: str
    round_title: str
    level: str
    phase: Phase
    paused: bool
    finished: bool
    turn: int | None
    turn_kind: str | None
    question_number: int
    questions: int
    hints_left: int
    elapsed_s: float
    minutes: int
    pending: int
    coverage: tuple[Coverage, ...]
    lines: tuple[LineView, ...]
    seq: int
    problem: str | None = None
    mode: Mode = Mode.PRACTICE
    reviewing: bool = False
    items: tuple[ItemView, ...] = ()

    @property
    def item(self) -> ItemView | None:
        """The item of a paper that is looked at."""
        return next((item for item in self.items if item.here), None)


@dataclass(frozen=True)
class SessionLine:
    """A session in the list of sessions."""

    id: str
    title: str
    created_at: str
    updated_at: str
    finished: bool


# What happens while the interviewer works, in order.


@dataclass(frozen=True)
class Working:
    """The interviewer is busy: `assessing` or `speaking`."""

    what: str


@dataclass(frozen=True)
class Delta:
    """The next piece of what the interviewer is saying."""

    text: str


@dataclass(frozen=True)
class Spoken:
    """A whole utterance, stored already."""

    line: LineView


@dataclass(frozen=True)
class Judged:
    """An answer was assessed, or could not be for now."""

    turn: int
    assessment: Assessment | None
    reason: str | None


@dataclass(frozen=True)
class Settled:
    """The interview waits for the candidate (or is over); always the last update."""

    view: SessionView


Update = Working | Delta | Spoken | Judged | Settled


async def settled(updates: AsyncIterator[Update]) -> SessionView:
    """The view with which updates end, when they have ended."""
    view: SessionView | None = None
    async for update in updates:
        if isinstance(update, Settled):
            view = update.view
    assert view is not None, "whatever is watched ends with Settled"
    return view


def session_view(session_id: str, title: str, state: State, role: RolePack, now: datetime) -> SessionView:
    """The view on a session's state at `now`."""
    pack = role_for(role, state.setup).pack
    current = state.current if state.phase in (Phase.OPEN, Phase.ANSWERED) else None
    asked: dict[str, int] = {}
    for thread in state.threads:
        name = pack.question(thread[0].question_id).category
        asked[name] = asked.get(name, 0) + 1
    named = [pack.question(name).category for name in state.setup.question_ids]
    listed = named or pack.round(state.setup.round).categories
    hints_left = 0
    if state.phase is Phase.OPEN and state.current is not None and state.setup.mode is not Mode.REAL:
        given = sum(turn.hints for turn in state.thread)
        hints_left = max(0, len(pack.question(state.current.question_id).hints) - given)
    return SessionView(
        id=session_id,
        title=title,
        pack=pack.info.id,
        round=state.setup.round,
        round_title=pack.round(state.setup.round).title,
        level=state.setup.level,
        phase=state.phase,
        paused=state.paused,
        finished=state.phase is Phase.FINISHED,
        turn=None if current is None else current.index,
        turn_kind=None if current is None else current.utterance.value,
        question_number=len(state.threads)
        if current is None or not state.setup.paper
        else item_of(state, current) + 1,
        questions=state.setup.questions,
        hints_left=hints_left,
        elapsed_s=round(state.shown_s(state.elapsed_at(now)), 1),
        minutes=state.setup.minutes,
        pending=0
        if state.setup.paper
        else sum(
            (turn.answer is not None and turn.assessment is None)
            + sum(contest.failed is not None for contest in turn.contests)
            for turn in state.turns
        ),
        coverage=tuple(
            Coverage(c.id, c.title, asked.get(c.id, 0))
            for c in pack.info.categories
            if c.id in listed or c.id in asked
        ),
        lines=tuple(line_view(state, index) for index in range(len(state.lines))),
        seq=state.seq,
        problem=open_problem(state, role),
        mode=state.setup.mode,
        reviewing=state.reviewing,
        items=_items(state, pack) if state.setup.paper else (),
    )


def _items(state: State, pack: Pack) -> tuple[ItemView, ...]:
    views = []
    for number, name in enumerate(state.setup.question_ids, 1):
        question, turn = pack.question(name), state.turn_on(number - 1)
        views.append(
            ItemView(
                number=number,
                title=question.title,
                problem=question.problem,
                here=state.phase is Phase.OPEN and turn is not None and turn.index == state.place,
                looked_at=turn is not None,
                answered=has_answer(turn),
                task="" if turn is None else question.prompt,
                options=()
                if turn is None
                else tuple((key, choice.text) for key, choice in question.lettered),
                chosen=() if turn is None else chosen_in(turn),
            )
        )
    return tuple(views)


def open_problem(state: State, role: RolePack) -> str | None:
    """The coding problem that the open question asks, also while a follow-up to it is open."""
    if state.phase is not Phase.OPEN or state.current is None:
        return None
    return role_for(role, state.setup).pack.question(state.current.question_id).problem


def line_view(state: State, index: int) -> LineView:
    """The chat's line at `index`."""
    line = state.lines[index]
    utterance = None if line.utterance is None else Utterance(line.utterance).value
    note = None if line.fallback is None else phrases.bank_speaks(line.fallback)
    return LineView(
        line.seq, line.speaker, line.text, utterance, line.turn, line.origin, line.at.isoformat(), note
    )
