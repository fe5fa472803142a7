"""The interview as a table of state, event and what must happen next; and laws that hold for any order of events."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from round_world import JUDGE, START, asks, log, setup_of, state_after

from interviewer import phrases
from interviewer.events import (
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
    Payload,
    RepeatRequested,
    Resumed,
    Said,
    SecondOpinion,
    SecondOpinionFailed,
    SelfRated,
    Skipped,
    Started,
    Utterance,
    from_json,
    to_json,
)
from interviewer.interview import (
    MAX_CLOSING_QUESTIONS,
    MAX_THINKING_S,
    Action,
    Assess,
    ChooseNext,
    Clarify,
    Close,
    GiveHint,
    JudgeContest,
    Phase,
    React,
    Repeat,
    Reply,
    SayIntro,
    State,
    advance,
    fold,
    fold_all,
    next_action,
)
from rubrics import Assessment, CriterionAssessment, Verdict

MARKS = Assessment(0.5, 2, 0.1, (), (), None, JUDGE)
INTRO = Said(Utterance.INTRO, "Hello")
QUESTION = asks("kv-cache")
FOLLOW_UP = Said(
    Utterance.FOLLOW_UP, "And the weights?", question_id="kv-cache", criterion_ids=("weights-share",)
)
HINT = Said(Utterance.HINT, "Think about memory.", question_id="kv-cache")
CLARIFICATION = Said(Utterance.CLARIFICATION, "An H100.", question_id="kv-cache")
REPEAT = Said(Utterance.REPEAT, "What do you look at?")
WRAP_UP = Said(Utterance.WRAP_UP, "Do you have questions?")
REPLY = Said(Utterance.REPLY, "Four weeks.")
CLOSING = Said(Utterance.CLOSING, "Thank you.")

# How a log comes to stand in each state.
STATES: dict[str, tuple[Payload, ...]] = {
    "new": (),
    "greeted": (INTRO,),
    "open": (INTRO, QUESTION),
    "answered": (INTRO, QUESTION, Answered("The cache.")),
    "ready": (INTRO, QUESTION, Answered("The cache."), Assessed(0, MARKS)),
    "follow-up open": (INTRO, QUESTION, Answered("The cache."), Assessed(0, MARKS), FOLLOW_UP),
    "paused": (INTRO, QUESTION, Paused()),
    "pending": (INTRO, QUESTION, Answered("The cache."), AssessmentFailed(0, "The judge is away.")),
    "closing": (INTRO, QUESTION, Skipped(), WRAP_UP),
    "closing paused": (INTRO, QUESTION, Skipped(), WRAP_UP, Paused()),
    "finished": (INTRO, QUESTION, Skipped(), WRAP_UP, Ended(), CLOSING),
    "finished, pending": (
        INTRO,
        QUESTION,
        Answered("The cache."),
        AssessmentFailed(0, "The judge is away."),
        WRAP_UP,
        Ended(),
        CLOSING,
    ),
}

STATES["finished, judged"] = (*STATES["ready"], WRAP_UP, Ended(), CLOSING)

# state, event, the phase after it, what must happen next
TABLE: list[tuple[str, Payload, Phase, Action | None]] = [
    ("new", INTRO, Phase.READY, ChooseNext()),
    ("new", Ended(), Phase.NEW, Close()),
    ("new", Answered("Hello?"), Phase.NEW, SayIntro()),
    ("new", QUESTION, Phase.NEW, SayIntro()),
    ("new", HINT, Phase.NEW, SayIntro()),
    ("greeted", QUESTION, Phase.OPEN, None),
    ("greeted", WRAP_UP, Phase.CLOSING_QUESTIONS, None),
    ("greeted", FOLLOW_UP, Phase.READY, ChooseNext()),
    ("greeted", replace(QUESTION, question_id=None), Phase.READY, ChooseNext()),
    ("greeted", INTRO, Phase.READY, ChooseNext()),
    ("open", Answered("The cache."), Phase.ANSWERED, Assess(0)),
    ("open", HintRequested(), Phase.OPEN, GiveHint()),
    ("open", Asked("Which GPU?"), Phase.OPEN, Clarify("Which GPU?")),
    ("open", RepeatRequested(), Phase.OPEN, Repeat()),
    ("open", Skipped(), Phase.READY, ChooseNext()),
    ("open", Paused(), Phase.OPEN, None),
    ("open", Ended(), Phase.OPEN, Close()),
    ("open", QUESTION, Phase.OPEN, None),
    ("open", WRAP_UP, Phase.OPEN, None),
    ("open", REPLY, Phase.OPEN, None),
    ("open", Assessed(0, MARKS), Phase.OPEN, None),
    ("open", AssessmentRetried(), Phase.OPEN, None),
    ("answered", Assessed(0, MARKS), Phase.READY, ChooseNext()),
    ("answered", AssessmentFailed(0, "away"), Phase.READY, ChooseNext()),
    ("answered", Answered("Once more."), Phase.ANSWERED, Assess(0)),
    ("answered", Skipped(), Phase.ANSWERED, Assess(0)),
    ("answered", HintRequested(), Phase.ANSWERED, Assess(0)),
    ("answered", Paused(), Phase.ANSWERED, Assess(0)),
    ("answered", Ended(), Phase.ANSWERED, Assess(0)),
    ("answered", Assessed(7, MARKS), Phase.ANSWERED, Assess(0)),
    ("ready", FOLLOW_UP, Phase.OPEN, None),
    ("ready", asks("idle-gpu"), Phase.OPEN, None),
    ("ready", WRAP_UP, Phase.CLOSING_QUESTIONS, None),
    ("ready", Paused(), Phase.READY, None),
    ("ready", Ended(), Phase.READY, Close()),
    ("ready", Answered("Too early."), Phase.READY, ChooseNext()),
    ("ready", AssessmentFailed(0, "away"), Phase.READY, ChooseNext()),
    ("follow-up open", Answered("14 GB."), Phase.ANSWERED, Assess(1)),
    ("follow-up open", Skipped(), Phase.READY, ChooseNext()),
    ("follow-up open", Asked("Which precision?"), Phase.OPEN, Clarify("Which precision?")),
    ("paused", Resumed(), Phase.OPEN, None),
    ("paused", Answered("The cache."), Phase.ANSWERED, Assess(0)),
    ("paused", HintRequested(), Phase.OPEN, GiveHint()),
    ("paused", Asked("Which GPU?"), Phase.OPEN, Clarify("Which GPU?")),
    ("paused", RepeatRequested(), Phase.OPEN, Repeat()),
    ("paused", Skipped(), Phase.READY, ChooseNext()),
    ("paused", Ended(), Phase.OPEN, Close()),
    ("pending", AssessmentRetried(), Phase.READY, Assess(0)),
    ("pending", asks("idle-gpu"), Phase.OPEN, None),
    ("closing", Asked("How long does it take?"), Phase.CLOSING_QUESTIONS, Reply("How long does it take?")),
    ("closing", Answered("How long?"), Phase.CLOSING_QUESTIONS, Reply("How long?")),
    ("closing", REPLY, Phase.CLOSING_QUESTIONS, None),
    ("closing", Ended(), Phase.CLOSING_QUESTIONS, Close()),
    ("closing", Skipped(), Phase.CLOSING_QUESTIONS, None),
    ("closing", HintRequested(), Phase.CLOSING_QUESTIONS, None),
    ("closing", QUESTION, Phase.CLOSING_QUESTIONS, None),
    ("closing", CLOSING, Phase.FINISHED, None),
    ("closing paused", Asked("How long?"), Phase.CLOSING_QUESTIONS, Reply("How long?")),
    ("closing paused", Answered("How long?"), Phase.CLOSING_QUESTIONS, Reply("How long?")),
    ("finished", Answered("One more thing."), Phase.FINISHED, None),
    ("finished", QUESTION, Phase.FINISHED, None),
    ("finished", Paused(), Phase.FINISHED, None),
    ("finished", Ended(), Phase.FINISHED, None),
    ("finished", AssessmentRetried(), Phase.FINISHED, None),
    ("finished, pending", AssessmentRetried(), Phase.FINISHED, Assess(0)),
    ("finished, pending", Contested(0, "a", 0, 3), Phase.FINISHED, None),
    ("finished, judged", Contested(0, "a", 0, 3), Phase.FINISHED, JudgeContest(0, "a")),
    ("finished, judged", Contested(7, "a", 0, 3), Phase.FINISHED, None),
    ("finished, judged", ContestFailed(0, "a", "away"), Phase.FINISHED, None),
    ("ready", Contested(0, "a", 0, 3), Phase.READY, ChooseNext()),
    ("answered", SelfRated(0, {"a": Verdict.MET}), Phase.ANSWERED, Assess(0)),
    ("open", SelfRated(0, {"a": Verdict.MET}), Phase.OPEN, None),
]


@pytest.mark.parametrize(
    ("name", "event", "phase", "action"),
    TABLE,
    ids=[f"{name}: {getattr(event, 'utterance', event.kind)}" for name, event, _, _ in TABLE],
)
def test_state_and_event_give_phase_and_action(
    name: str, event: Payload, phase: Phase, action: Action | None
) -> None:
    *before, last = log(*STATES[name], event)
    state, actions = advance(fold_all(before), last)
    assert state.phase is phase
    assert actions == (() if action is None else (action,))


def test_an_event_out_of_place_adds_no_line_and_no_turn() -> None:
    for name, event, phase, _ in TABLE:
        before = fold_all(log(*STATES[name]))
        after = fold_all(log(*STATES[name], event))
        if isinstance(event, Said) and phase is before.phase and event.utterance is not Utterance.REPLY:
            assert after.lines == before.lines, (name, event)
            assert len(after.turns) == len(before.turns), (name, event)


def test_answers_to_requests_clear_them() -> None:
    for request, answer in (
        (HintRequested(), HINT),
        (Asked("Which GPU?"), CLARIFICATION),
        (RepeatRequested(), REPEAT),
    ):
        state = state_after(QUESTION, request, answer)
        assert state.phase is Phase.OPEN
        assert next_action(state) is None, request


def test_what_the_candidate_is_told_belongs_to_the_open_turn() -> None:
    state = state_after(QUESTION, HintRequested(), HINT, Asked("Which GPU?"), CLARIFICATION)
    assert state.turns[0].hints == 1
    assert [(line.speaker, line.utterance, line.turn) for line in state.lines] == [
        ("interviewer", Utterance.INTRO, None),
        ("interviewer", Utterance.QUESTION, 0),
        ("interviewer", Utterance.HINT, 0),
        ("candidate", None, 0),
        ("interviewer", Utterance.CLARIFICATION, 0),
    ]


def test_the_interviewer_closes_after_the_last_question_it_takes() -> None:
    asked: list[Payload] = []
    for number in range(MAX_CLOSING_QUESTIONS):
        assert next_action(state_after(WRAP_UP, *asked)) is None
        asked += [Asked(f"Question {number}?"), REPLY]
    assert next_action(state_after(WRAP_UP, *asked)) == Close()


def test_a_retry_judges_everything_that_is_pending_once() -> None:
    pending = [
        QUESTION,
        Answered("One."),
        AssessmentFailed(0, "away"),
        asks("idle-gpu"),
        Answered("Two."),
        AssessmentFailed(1, "away"),
        AssessmentRetried(),
    ]
    assert next_action(state_after(*pending)) == Assess(0)
    assert next_action(state_after(*pending, Assessed(0, MARKS))) == Assess(1)
    done = state_after(*pending, Assessed(0, MARKS), Assessed(1, MARKS))
    assert next_action(done) == ChooseNext()
    assert [turn.pending_reason for turn in done.turns] == [None, None]


def test_a_retry_that_fails_stops_and_keeps_the_reason() -> None:
    state = state_after(
        QUESTION,
        Answered("One."),
        AssessmentFailed(0, "away"),
        AssessmentRetried(),
        AssessmentFailed(0, "still away"),
    )
    assert next_action(state) == ChooseNext()
    assert state.turns[0].pending_reason == "still away"
    assert state.turns[0].answer == "One."


def test_an_own_verdict_counts_only_before_the_judge_s_and_once() -> None:
    mine, other = SelfRated(0, {"a": Verdict.MET}), SelfRated(0, {"a": Verdict.MISSING})
    asked = (QUESTION, Answered("One."))
    assert state_after(QUESTION, mine).turns[0].own_verdicts is None
    assert state_after(*asked, mine, other, Assessed(0, MARKS)).turns[0].own_verdicts == mine.verdicts
    assert state_after(*asked, Assessed(0, MARKS), mine).turns[0].own_verdicts is None


def test_a_late_failure_does_not_take_an_assessment_back() -> None:
    state = state_after(QUESTION, Answered("One."), Assessed(0, MARKS), AssessmentFailed(0, "late"))
    assert state.turns[0].assessment == MARKS
    assert state.turns[0].pending_reason is None


def test_a_pause_is_not_charged_and_a_long_absence_only_up_to_a_bound() -> None:
    # 10 s between events: started, intro, question, paused | resumed, answered; the pause itself is free.
    assert state_after(QUESTION, Paused(), Resumed(), Answered("The cache.")).elapsed_s == 40.0
    events = log(INTRO, QUESTION)
    late = Event("s", 4, "e4", Answered("Back again."), events[-1].at + timedelta(hours=9))
    state = fold(fold_all(events), late)
    assert state.elapsed_s == 20.0 + MAX_THINKING_S
    assert state.turns[0].seconds == MAX_THINKING_S


def test_elapsed_time_runs_while_the_question_is_open_and_stands_still_in_a_pause() -> None:
    later = START + timedelta(seconds=80)
    assert state_after(QUESTION).elapsed_at(later) == 80.0
    assert state_after(QUESTION, Paused()).elapsed_at(later) == 30.0


def test_a_clock_that_went_backwards_charges_nothing() -> None:
    events = log(INTRO, QUESTION)
    state = fold(fold_all(events), Event("s", 4, "e4", Answered("Now."), START - timedelta(hours=1)))
    assert state.elapsed_s == 20.0


def test_a_log_begins_with_started() -> None:
    with pytest.raises(ValueError, match="started"):
        fold(None, log(INTRO)[1])
    with pytest.raises(ValueError, match="no events"):
        fold_all([])


@pytest.mark.parametrize(
    ("events", "kept"),
    [
        ((INTRO, QUESTION), True),
        ((INTRO, QUESTION, Paused()), True),
        ((INTRO,), False),
        ((INTRO, QUESTION, Answered("The cache.")), False),
        ((INTRO, QUESTION, Skipped()), False),
    ],
)
def test_submitted_code_is_kept_with_the_open_turn_and_reacted_to(
    events: tuple[Payload, ...], kept: bool
) -> None:
    before = state_after(*events)
    after = state_after(*events, SUBMITTED)
    assert [turn.submission for turn in after.turns] == [SUBMITTED if kept else None for _ in before.turns]
    assert after.phase is before.phase
    assert next_action(after) == (React() if kept else next_action(before))
    assert not after.paused, "who submits goes on"
    said = state_after(*events, SUBMITTED, Said(Utterance.REACTION, "Why?"))
    assert (said.phase, next_action(said)) == (before.phase, None if kept else next_action(before))


def test_the_last_submission_counts() -> None:
    better = CodeSubmitted("top_gap", "x = 2", 2, 2)
    assert state_after(QUESTION, SUBMITTED, better).turns[-1].submission == better


# Laws

AFTERWORKS: st.SearchStrategy[Payload] = st.one_of(
    st.builds(SecondOpinion, st.integers(-1, 4), st.just(MARKS)),
    st.builds(SecondOpinionFailed, st.integers(-1, 4), st.just("away")),
    st.builds(Advised, st.integers(-1, 4), st.sampled_from(["", "Read on."]), st.just("m")),
    st.builds(
        CodeMeasured, st.integers(-1, 4), st.just(1.0), st.just(True), st.just("O(n)"), st.none(), st.just("")
    ),
)
SUBMITTED = CodeSubmitted("top_gap", "x = 1", 1, 2, ("edge-none",))
PAYLOADS: st.SearchStrategy[Payload] = st.one_of(
    st.builds(Answered, st.sampled_from(["The cache.", "I do not know."])),
    st.builds(Asked, st.sampled_from(["Which GPU?", "How long?"])),
    st.builds(Assessed, st.integers(-1, 4), st.just(MARKS)),
    st.builds(AssessmentFailed, st.integers(-1, 4), st.just("away")),
    st.builds(SelfRated, st.integers(-1, 4), st.just({"cache-grows": Verdict.MET})),
    st.builds(Contested, st.integers(-1, 4), st.sampled_from(["a", "b"]), st.just(0), st.just(3)),
    st.builds(
        ContestJudged,
        st.integers(-1, 4),
        st.sampled_from(["a", "b"]),
        st.just(CriterionAssessment("a", Verdict.MET, 1.0)),
        st.just(CriterionAssessment("a", Verdict.MET, 1.0)),
        st.just(JUDGE),
    ),
    st.builds(ContestFailed, st.integers(-1, 4), st.sampled_from(["a", "b"]), st.just("away")),
    AFTERWORKS,
    st.just(SUBMITTED),
    st.sampled_from(
        [AssessmentRetried(), HintRequested(), RepeatRequested(), Skipped(), Paused(), Resumed(), Ended()]
    ),
    st.builds(
        Said,
        st.sampled_from(Utterance),
        st.just("words"),
        question_id=st.sampled_from([None, "kv-cache", "idle-gpu"]),
    ),
    st.just(Started(setup_of())),
)
LOGS = st.lists(PAYLOADS, max_size=30).map(lambda payloads: log(*payloads))

LEGAL = {
    Phase.NEW: {Phase.NEW, Phase.READY, Phase.FINISHED},
    Phase.READY: {Phase.READY, Phase.OPEN, Phase.CLOSING_QUESTIONS, Phase.FINISHED},
    Phase.OPEN: {Phase.OPEN, Phase.ANSWERED, Phase.READY, Phase.FINISHED},
    Phase.ANSWERED: {Phase.ANSWERED, Phase.READY, Phase.FINISHED},
    Phase.CLOSING_QUESTIONS: {Phase.CLOSING_QUESTIONS, Phase.FINISHED},
    Phase.FINISHED: {Phase.FINISHED},
}


@given(LOGS)
@settings(max_examples=200)
def test_any_order_of_events_folds_to_a_legal_state(events: list[Event]) -> None:
    state = fold(None, events[0])
    for event in events[1:]:
        before, (state, actions) = state, advance(state, event)
        assert state.phase in LEGAL[before.phase]
        assert len(actions) <= 1
        assert state.elapsed_s >= before.elapsed_s
        assert len(state.turns) - len(before.turns) in (0, 1)
        assert [turn.index for turn in state.turns] == list(range(len(state.turns)))
        assert (state.phase is Phase.OPEN) <= bool(state.turns)
        assert sum(map(len, state.threads)) == len(state.turns)
    assert fold_all(events) == state


@given(LOGS, AFTERWORKS)
@settings(max_examples=200)
def test_what_a_model_adds_afterwards_moves_nothing(events: list[Event], payload: Payload) -> None:
    """Take the additions away, and the state is the same as before; what happens next never depends on them."""
    before = fold_all(events)
    after = fold(before, Event("s", before.seq + 1, "late", payload, START + timedelta(days=1)))
    turns = tuple(
        replace(
            turn,
            opinion=old.opinion,
            opinion_failed=old.opinion_failed,
            advice=old.advice,
            feedback=old.feedback,
        )
        for turn, old in zip(after.turns, before.turns, strict=True)
    )
    assert replace(after, turns=turns, seq=before.seq) == before
    assert next_action(after) == next_action(before)


@given(LOGS, st.integers(0, 30))
@settings(max_examples=100)
def test_a_duplicate_event_changes_nothing(events: list[Event], place: int) -> None:
    at = place % len(events)
    assert fold_all([*events[: at + 1], events[at], *events[at + 1 :]]) == fold_all(events)


@given(LOGS)
@settings(max_examples=100)
def test_a_stored_log_folds_to_the_same_state(events: list[Event]) -> None:
    again = [replace(event, payload=from_json(to_json(event.payload))) for event in events]
    assert fold_all(again) == fold_all(events)


@given(LOGS)
@settings(max_examples=200)
def test_from_any_state_an_ended_round_closes_in_a_few_steps(events: list[Event]) -> None:
    """What the interviewer does next brings every ended round to its end; nothing waits for anybody."""
    state = fold_all(events)
    state = fold(state, Event("s", state.seq + 1, "end", Ended(), START + timedelta(days=1)))
    contests = sum(len(turn.contests) for turn in state.turns)
    for _ in range(len(state.turns) + contests + 3):
        action = next_action(state)
        if action is None:
            break
        outcome = _outcome(action)
        state = fold(state, Event("s", state.seq + 1, "next", outcome, START + timedelta(days=1)))
    assert state.phase is Phase.FINISHED


def _outcome(action: Action) -> Payload:
    match action:
        case Assess(turn=index):
            return AssessmentFailed(index, "away")
        case JudgeContest(turn=index, criterion_id=name):
            return ContestFailed(index, name, "away")
        case Close():
            return CLOSING
        case _:
            raise AssertionError(f"an ended round must not {action}")


def test_the_state_of_a_session_names_its_threads() -> None:
    state: State = state_after(
        QUESTION, Answered("1"), Assessed(0, MARKS), FOLLOW_UP, Skipped(), asks("idle-gpu")
    )
    assert [[turn.index for turn in item] for item in state.threads] == [[0, 1], [2]]
    assert [turn.index for turn in state.thread] == [2]
    assert state.current is state.turns[2]


# What the candidate is told of a model that fails


def follow_up(turn: int, origin: Origin = "bank", fallback: str | None = None) -> tuple[Payload, ...]:
    """A follow-up, its answer, and that it could not be judged."""
    said = replace(FOLLOW_UP, text=f"Number {turn}?", origin=origin, fallback=fallback)
    return (said, Answered("More."), AssessmentFailed(turn, "Away."))


def test_a_failing_model_is_mentioned_once_for_each_outage() -> None:
    state = state_after(
        QUESTION,
        Answered("The cache."),
        AssessmentFailed(0, "Away."),
        *follow_up(1, fallback="unavailable"),
        *follow_up(2, fallback="timed_out"),
        *follow_up(3),
        *follow_up(4, origin="model"),
        *follow_up(5, fallback="garbled"),
    )
    said = [line.fallback for line in state.lines if line.utterance is Utterance.FOLLOW_UP]
    assert said == ["unavailable", None, None, None, "garbled"]


@pytest.mark.parametrize("reason", ["unavailable", "circuit_open", "too_long", "garbled", "unheard of"])
def test_what_the_candidate_is_told_is_one_calm_sentence(reason: str) -> None:
    text = phrases.bank_speaks(reason)
    assert text.endswith("your answers are kept and the round goes on.")
    assert text.count(".") == 1
    assert not re.search(r"error|HTTP|fail|http", text, re.IGNORECASE)
