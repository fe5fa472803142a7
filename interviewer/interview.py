"""The interview as a pure function of its events: fold a log into a state, and say what must happen next.

    NEW -> OPEN (a turn waits for an answer) -> ANSWERED (waits for its assessment) -> READY (waits for the next move)
        -> OPEN … -> CLOSING_QUESTIONS (the candidate's own questions) -> FINISHED

Pausing, hints, clarifications and repeats do not change the phase. A paper (`Setup.paper`) has no READY but for the next
item that was not looked at yet, judges nothing on the way, and ends without the candidate's own questions; `overdue` says
when its time is over. Nothing here has effects; `service` performs the
actions and appends what came of them, so that a process that dies continues from `next_action(fold_all(events))`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from interviewer.contests import Contest, again, with_contest
from interviewer.events import (
    AFTERWORK,
    Advised,
    Answered,
    Asked,
    Assessed,
    AssessmentFailed,
    AssessmentRetried,
    CodeMeasured,
    CodeSubmitted,
    Contested,
    ContestFailed,
    ContestJudged,
    Ended,
    Event,
    HintRequested,
    Origin,
    Paused,
    RepeatRequested,
    Resumed,
    Said,
    SecondOpinion,
    SecondOpinionFailed,
    SelfRated,
    Setup,
    Skipped,
    Started,
    Ticked,
    Utterance,
    WentTo,
)
from interviewer.modes import Mode
from rubrics import Assessment, Verdict

# A silence longer than this is somebody who left, not somebody who thinks: it is not charged to the round.
MAX_THINKING_S = 20 * 60
# What the candidate may ask at the end before the interviewer closes.
MAX_CLOSING_QUESTIONS = 3
# What a page hands in as a paper's time ends takes a moment to arrive, and code a moment to run.
LATE_S = 60
# Between the letters of the options that were chosen, as the answer has them.
SEPARATOR = ", "


class Phase(StrEnum):
    """Where the round stands."""

    NEW = "new"
    OPEN = "open"
    ANSWERED = "answered"
    READY = "ready"
    CLOSING_QUESTIONS = "closing_questions"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class Turn:
    """One question or follow-up with its answer. `seconds` is the time that it took to answer, `at` when that was.

    `opinion` is a language model's assessment, which counts for nothing; `opinion_failed` why there is none yet.
    `submission` is the last code that was submitted while the turn was open, `growth` how its time grew, once measured.
    `advice` is the end of `feedback` that a model wrote: None as long as it was not asked, empty if it had none.
    `own_verdicts` are the candidate's, by criterion id, given before the judge's; None where nobody asked for them.
    `contests` leave `assessment` as it is: `contests.with_contests` says which verdicts count.
    """

    index: int
    utterance: Utterance
    question_id: str
    criterion_ids: tuple[str, ...]
    prompt: str
    origin: Origin
    grounds: tuple[str, ...] = ()
    level: str | None = None
    model: str | None = None
    answer: str | None = None
    assessment: Assessment | None = None
    pending_reason: str | None = None
    feedback: str = ""
    hints: int = 0
    skipped: bool = False
    seconds: float = 0.0
    opinion: Assessment | None = None
    opinion_failed: str | None = None
    advice: str | None = None
    at: datetime | None = None
    own_verdicts: dict[str, Verdict] | None = None
    contests: tuple[Contest, ...] = ()
    submission: CodeSubmitted | None = None
    growth: CodeMeasured | None = None

    @property
    def is_question(self) -> bool:
        """Whether the turn opens a thread."""
        return self.utterance is Utterance.QUESTION

    @property
    def done(self) -> bool:
        """Whether nothing more is awaited for the turn before the interview goes on."""
        return self.skipped or self.assessment is not None or self.pending_reason is not None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the chat as both sides saw it.

    `fallback` is set where the bank began to speak in the place of a failing model, once for each outage.
    """

    seq: int
    speaker: str
    text: str
    utterance: Utterance | None
    turn: int | None
    at: datetime
    origin: Origin = "bank"
    fallback: str | None = None


@dataclass(frozen=True, slots=True)
class State:
    """Everything about a session that its events determine. `reviewed` is how many threads a study round has reviewed.

    Of a paper, `at` is the turn that is looked at where it is not the latest, and `due` the item that is set next.
    """

    setup: Setup
    phase: Phase = Phase.NEW
    turns: tuple[Turn, ...] = ()
    lines: tuple[Line, ...] = ()
    paused: bool = False
    seq: int = 0
    elapsed_s: float = 0.0
    started_at: datetime | None = None
    last_at: datetime | None = None
    wants_hint: bool = False
    wants_repeat: bool = False
    wants_reaction: bool = False
    unanswered: str | None = None
    closing_questions: int = 0
    ended: bool = False
    retrying: bool = False
    model_failing: bool = False
    reviewed: int = 0
    at: int | None = None
    due: int = 0

    @property
    def reviewing(self) -> bool:
        """Whether a study round waits until its review was read."""
        return self.phase is Phase.READY and self.paused and self.reviewed == len(self.threads) > 0

    @property
    def place(self) -> int:
        """Index of the current turn; -1 before the first."""
        return len(self.turns) - 1 if self.at is None else self.at

    @property
    def current(self) -> Turn | None:
        """The latest turn; of a paper, the one that is looked at."""
        return self.turns[self.place] if self.turns else None

    def turn_on(self, item: int) -> Turn | None:
        """The turn of a paper's item, from 0; None as long as it was not looked at."""
        wanted = self.setup.question_ids[item]
        return next((turn for turn in self.turns if turn.question_id == wanted), None)

    @property
    def thread(self) -> tuple[Turn, ...]:
        """The latest question with its follow-ups; of a paper, the item that is looked at."""
        if self.at is not None:
            return (self.turns[self.at],)
        for index in range(len(self.turns) - 1, -1, -1):
            if self.turns[index].is_question:
                return self.turns[index:]
        return ()

    @property
    def threads(self) -> tuple[tuple[Turn, ...], ...]:
        """All questions, each with its follow-ups."""
        threads: list[list[Turn]] = []
        for turn in self.turns:
            if turn.is_question:
                threads.append([])
            threads[-1].append(turn)
        return tuple(tuple(thread) for thread in threads)

    def elapsed_at(self, now: datetime) -> float:
        """Seconds of the round used up at `now`, pauses and long absences left out.

        A real round has neither; of a paper, which is worked on in silence, long absences count.
        """
        if self.paused or self.phase is Phase.FINISHED or self.last_at is None:
            return self.elapsed_s
        passed = max(0.0, (now - self.last_at).total_seconds())
        counts_all = self.setup.mode is Mode.REAL or self.setup.paper
        return self.elapsed_s + (passed if counts_all else min(passed, MAX_THINKING_S))

    def shown_s(self, used_s: float) -> float:
        """The time used as it is told: a paper takes no longer than its time."""
        return min(used_s, self.setup.minutes * 60) if self.setup.paper else used_s


# What must happen next; `service` performs these and nothing else.


@dataclass(frozen=True, slots=True)
class SayIntro:
    """Greet and say how the round works."""


@dataclass(frozen=True, slots=True)
class Assess:
    """Judge the answer of a turn."""

    turn: int


@dataclass(frozen=True, slots=True)
class JudgeContest:
    """Judge a contested criterion of a turn again."""

    turn: int
    criterion_id: str


@dataclass(frozen=True, slots=True)
class ChooseNext:
    """Let the policy choose a follow-up, the next question or the wrap-up."""


@dataclass(frozen=True, slots=True)
class GiveHint:
    """Give the next hint on the open question."""


@dataclass(frozen=True, slots=True)
class React:
    """Say something to the code that was submitted last."""


@dataclass(frozen=True, slots=True)
class Clarify:
    """Answer a question about the open question."""

    text: str


@dataclass(frozen=True, slots=True)
class Repeat:
    """Say the open question again."""


@dataclass(frozen=True, slots=True)
class Reply:
    """Answer a question that the candidate asks of the interviewer at the end."""

    text: str


@dataclass(frozen=True, slots=True)
class Close:
    """Say goodbye; the report is ready."""


Action = SayIntro | Assess | JudgeContest | ChooseNext | GiveHint | React | Clarify | Repeat | Reply | Close

# Where each utterance has a place; anywhere else it changes nothing.
_SAID_IN = {
    Utterance.INTRO: {Phase.NEW},
    Utterance.QUESTION: {Phase.READY},
    Utterance.FOLLOW_UP: {Phase.READY},
    Utterance.HINT: {Phase.OPEN},
    Utterance.CLARIFICATION: {Phase.OPEN},
    Utterance.REACTION: {Phase.OPEN},
    Utterance.REPEAT: {Phase.OPEN},
    Utterance.REVIEW: {Phase.READY},
    Utterance.WRAP_UP: {Phase.READY},
    Utterance.REPLY: {Phase.CLOSING_QUESTIONS},
    Utterance.CLOSING: set(Phase) - {Phase.FINISHED},
}


def fold_all(events: Iterable[Event]) -> State:
    """The state after all events, in order. Raises ValueError unless the first is `started`."""
    state: State | None = None
    for event in events:
        state = fold(state, event)
    if state is None:
        raise ValueError("a session has no events")
    return state


def advance(state: State | None, event: Event) -> tuple[State, tuple[Action, ...]]:
    """`(state, event) -> (state, actions)`: what is true after the event, and what must happen now."""
    after = fold(state, event)
    action = next_action(after)
    return after, () if action is None else (action,)


def fold(state: State | None, event: Event) -> State:
    """The state after one more event. Events that make no sense in a state change nothing but the clock.

    An event that was folded already (its `seq` says so) changes nothing at all. Whoever speaks resumes a pause.
    """
    payload = event.payload
    if state is None:
        if not isinstance(payload, Started):
            raise ValueError("the first event of a session is 'started'")
        return State(payload.setup, seq=event.seq, started_at=event.at, last_at=event.at)
    if event.seq <= state.seq:
        return state
    if isinstance(payload, AFTERWORK):
        return _learned(replace(state, seq=event.seq), payload)
    spent = state.elapsed_at(event.at) - state.elapsed_s
    state = replace(state, seq=event.seq, elapsed_s=state.elapsed_s + spent, last_at=event.at)
    if state.phase is Phase.OPEN and not state.paused:
        state = _change_turn(state, state.place, lambda turn: replace(turn, seconds=turn.seconds + spent))
    match payload:
        case Said():
            return _said(state, payload, event)
        case Answered():
            return _answered(state, payload, event)
        case Assessed(turn=index):
            return _settle(state, index, payload.assessment, payload.feedback, None)
        case AssessmentFailed(turn=index):
            return _settle(state, index, None, "", payload.reason)
        case AssessmentRetried():
            turns = tuple(replace(turn, contests=again(turn.contests)) for turn in state.turns)
            return replace(state, turns=turns, retrying=any(_pending(turn) for turn in turns))
        case SelfRated(turn=index):
            return _change_turn(state, index, lambda turn: _self_rated(turn, payload))
        case Contested(turn=index) | ContestJudged(turn=index) | ContestFailed(turn=index):
            return _contested(state, index, payload)
        case Asked() if state.phase in (Phase.OPEN, Phase.CLOSING_QUESTIONS):
            spoken = _line(state, "candidate", payload.text, None, event)
            return replace(spoken, unanswered=payload.text, paused=False)
        case HintRequested() if state.phase is Phase.OPEN and state.setup.mode is not Mode.REAL:
            return replace(state, wants_hint=True, paused=False)
        case RepeatRequested() if state.phase is Phase.OPEN:
            return replace(state, wants_repeat=True, paused=False)
        case CodeSubmitted() if state.phase is Phase.OPEN:
            index = state.place if payload.turn is None else payload.turn
            # On the real thing's platform nobody says anything before the end.
            silent = state.setup.paper and (state.setup.mode is Mode.REAL or index != state.place)
            submitted = replace(state, wants_reaction=not silent, paused=False)
            return _change_turn(submitted, index, lambda turn: replace(turn, submission=payload, growth=None))
        case Ticked(turn=index) if state.setup.paper and state.phase is Phase.OPEN:
            answer = SEPARATOR.join(payload.letters) or None
            ticked = _change_turn(state, index, lambda turn: replace(turn, answer=answer, at=event.at))
            ticked = replace(ticked, paused=False)
            return ticked if payload.then is None else _went_to(ticked, payload.then)
        case WentTo() if state.setup.paper and state.phase is Phase.OPEN:
            return _went_to(state, payload.item)
        case Skipped() if state.phase is Phase.OPEN:
            skipped = _change_turn(
                state, len(state.turns) - 1, lambda turn: replace(turn, skipped=True, at=event.at)
            )
            return replace(
                skipped,
                phase=Phase.READY,
                wants_hint=False,
                wants_repeat=False,
                wants_reaction=False,
                unanswered=None,
                paused=False,
            )
        case Paused() if state.phase is not Phase.FINISHED and state.setup.mode is not Mode.REAL:
            return replace(state, paused=True)
        case Resumed():
            return replace(state, paused=False)
        case Ended() if state.phase is not Phase.FINISHED:
            return replace(
                state,
                ended=True,
                paused=False,
                wants_hint=False,
                wants_repeat=False,
                wants_reaction=False,
                unanswered=None,
            )
        case _:
            return state


def _went_to(state: State, item: int) -> State:
    """The item is looked at, or is set next."""
    if not 0 <= item < len(state.setup.question_ids):
        return state
    left = replace(
        state, paused=False, wants_hint=False, wants_repeat=False, wants_reaction=False, unanswered=None
    )
    turn = state.turn_on(item)
    if turn is None:
        return replace(left, phase=Phase.READY, due=item)
    return replace(left, at=turn.index)


def _learned(state: State, payload: SecondOpinion | SecondOpinionFailed | Advised | CodeMeasured) -> State:
    turn = state.turns[payload.turn] if 0 <= payload.turn < len(state.turns) else None
    if isinstance(payload, CodeMeasured):
        if turn is None or turn.submission is None or turn.growth is not None:
            return state
        return _change_turn(state, payload.turn, lambda turn: replace(turn, growth=payload))
    if turn is None or turn.assessment is None:
        return state
    match payload:
        case SecondOpinion() if turn.opinion is None:
            changed = replace(turn, opinion=payload.assessment, opinion_failed=None)
        case SecondOpinionFailed() if turn.opinion is None:
            changed = replace(turn, opinion_failed=payload.reason)
        case Advised() if turn.advice is None:
            feedback = f"{turn.feedback} {payload.advice}".strip()
            changed = replace(turn, feedback=feedback, advice=payload.advice)
        case _:
            return state
    return _change_turn(state, payload.turn, lambda _: changed)


def _self_rated(turn: Turn, rated: SelfRated) -> Turn:
    """A verdict of one's own is worth something only before the judge's is known, and once."""
    if turn.answer is None or turn.assessment is not None or turn.own_verdicts is not None:
        return turn
    return replace(turn, own_verdicts=rated.verdicts)


def _contested(state: State, index: int, payload: Contested | ContestJudged | ContestFailed) -> State:
    """Only a round that is over, so that no question which is asked depends on a contest."""
    turn = state.turns[index] if 0 <= index < len(state.turns) else None
    scored = turn is not None and turn.assessment is not None and turn.assessment.score is not None
    if state.phase is not Phase.FINISHED or not scored:
        return state
    return _change_turn(
        state, index, lambda turn: replace(turn, contests=with_contest(turn.contests, payload))
    )


def _line(
    state: State,
    speaker: str,
    text: str,
    utterance: Utterance | None,
    event: Event,
    origin: Origin = "bank",
    fallback: str | None = None,
) -> State:
    turn = state.place if state.turns else None
    line = Line(event.seq, speaker, text, utterance, turn, event.at, origin, fallback)
    return replace(state, lines=(*state.lines, line))


def _change_turn(state: State, index: int, change: Callable[[Turn], Turn]) -> State:
    if not 0 <= index < len(state.turns):
        return state
    turns = list(state.turns)
    turns[index] = change(turns[index])
    return replace(state, turns=tuple(turns))


def _said(state: State, said: Said, event: Event) -> State:
    if state.phase not in _SAID_IN[said.utterance]:
        return state
    if said.utterance in (Utterance.QUESTION, Utterance.FOLLOW_UP):
        if said.question_id is None or (said.utterance is Utterance.FOLLOW_UP and not state.turns):
            return state
        turn = Turn(
            index=len(state.turns),
            utterance=said.utterance,
            question_id=said.question_id,
            criterion_ids=said.criterion_ids,
            prompt=said.text,
            origin=said.origin,
            grounds=said.grounds,
            level=said.level,
            model=said.model,
        )
        state = replace(state, turns=(*state.turns, turn), phase=Phase.OPEN, at=None)
    news = None if state.model_failing else said.fallback
    state = _line(state, "interviewer", said.text, said.utterance, event, said.origin, news)
    if said.fallback is not None or said.origin == "model":
        state = replace(state, model_failing=said.fallback is not None)
    match said.utterance:
        case Utterance.INTRO:
            return replace(state, phase=Phase.READY)
        case Utterance.HINT:
            hinted = _change_turn(state, state.place, lambda turn: replace(turn, hints=turn.hints + 1))
            return replace(hinted, wants_hint=False)
        case Utterance.REPEAT:
            return replace(state, wants_repeat=False)
        case Utterance.REACTION:
            return replace(state, wants_reaction=False)
        case Utterance.CLARIFICATION:
            return replace(state, unanswered=None)
        case Utterance.REVIEW:
            # It is read at leisure: the next question comes when the candidate resumes.
            return replace(state, reviewed=len(state.threads), paused=True)
        case Utterance.WRAP_UP:
            return replace(state, phase=Phase.CLOSING_QUESTIONS)
        case Utterance.REPLY:
            return replace(state, unanswered=None, closing_questions=state.closing_questions + 1)
        case Utterance.CLOSING:
            return replace(state, phase=Phase.FINISHED, unanswered=None, paused=False)
        case _:
            return state


def _answered(state: State, answered: Answered, event: Event) -> State:
    if state.phase is Phase.CLOSING_QUESTIONS:
        spoken = _line(state, "candidate", answered.text, None, event)
        return replace(spoken, unanswered=answered.text, paused=False)
    if state.phase is not Phase.OPEN:
        return state
    state = _line(state, "candidate", answered.text, None, event)
    state = _change_turn(
        state, len(state.turns) - 1, lambda turn: replace(turn, answer=answered.text, at=event.at)
    )
    return replace(
        state,
        phase=Phase.ANSWERED,
        wants_hint=False,
        wants_repeat=False,
        wants_reaction=False,
        unanswered=None,
        paused=False,
    )


def _settle(
    state: State, index: int, assessment: Assessment | None, feedback: str, reason: str | None
) -> State:
    turn = state.turns[index] if 0 <= index < len(state.turns) else None
    if turn is None or turn.answer is None or (assessment is None and turn.assessment is not None):
        return state
    state = _change_turn(
        state,
        index,
        lambda turn: replace(turn, assessment=assessment, feedback=feedback, pending_reason=reason),
    )
    if state.retrying:
        # One pass over what is pending: a failure ends it, so that a dead judge is not asked again and again.
        still = assessment is not None and any(_pending(turn) for turn in state.turns)
        state = replace(state, retrying=still)
    if state.phase is Phase.ANSWERED and index == len(state.turns) - 1:
        return replace(state, phase=Phase.READY)
    return state


def _pending(turn: Turn) -> bool:
    return turn.answer is not None and turn.assessment is None and turn.pending_reason is not None


def overdue(state: State, now: datetime) -> bool:
    """Whether a paper's time is over: what is there by then is handed in."""
    if not state.setup.paper or state.phase is Phase.FINISHED:
        return False
    return state.elapsed_at(now) >= state.setup.minutes * 60 + LATE_S


def next_action(state: State) -> Action | None:
    """What must be done now, or None while the interview waits for the candidate."""
    if state.retrying:
        return Assess(next(turn.index for turn in state.turns if _pending(turn)))
    if state.phase is Phase.FINISHED:
        return next(
            (
                JudgeContest(turn.index, item.criterion_id)
                for turn in state.turns
                for item in turn.contests
                if item.waits
            ),
            None,
        )
    if state.phase is Phase.ANSWERED:
        return Assess(len(state.turns) - 1)
    if state.ended:
        return Close()
    if state.paused:
        return None
    match state.phase:
        case Phase.NEW:
            return SayIntro()
        case Phase.READY:
            return ChooseNext()
        case Phase.OPEN if state.unanswered is not None:
            return Clarify(state.unanswered)
        case Phase.OPEN if state.wants_hint:
            return GiveHint()
        case Phase.OPEN if state.wants_repeat:
            return Repeat()
        case Phase.OPEN if state.wants_reaction:
            return React()
        case Phase.CLOSING_QUESTIONS if state.unanswered is not None:
            return Reply(state.unanswered)
        case Phase.CLOSING_QUESTIONS if state.closing_questions >= MAX_CLOSING_QUESTIONS:
            return Close()
        case _:
            return None
