"""What is asked next: nothing twice, inside the time, at the level shown, over all categories, and kindly."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from round_world import START, asks, assessment_of, judged, setup_of, state_after, thread

from corpus import LEVELS, Pack
from interviewer.events import (
    Answered,
    Assessed,
    AssessmentFailed,
    Event,
    Payload,
    Said,
    Setup,
    Skipped,
    Utterance,
)
from interviewer.interview import State, fold
from interviewer.judge.protocol import AnswerToJudge
from interviewer.packs import RolePack
from interviewer.policy import (
    CLOSING_FLAGS,
    MISSED,
    AskFollowUp,
    AskQuestion,
    Move,
    WrapUp,
    category_quotas,
    choose_question,
    next_move,
    open_entries,
    thread_result,
    working_level,
)

MINUTES = 60


@pytest.fixture(scope="module")
def wide(role: RolePack) -> RolePack:
    """Twenty questions, two of each level in each of two categories, each on a topic of its own, in one round."""
    template = role.pack.question("kv-cache")
    steps = tuple(s for s in template.follow_ups if s.category is None)
    questions = tuple(
        template.model_copy(
            update={
                "id": f"{category}-{level.lower()}-{letter}",
                "category": category,
                "level": level,
                "topics": (f"{category}-{level.lower()}-{letter}",),
                "rounds": ("wide",),
                "follow_ups": tuple(
                    s.model_copy(update={"text": f"{s.text} ({category} {level}{letter})"}) for s in steps
                ),
            }
        )
        for category in ("systems", "math")
        for level in LEVELS
        for letter in "ab"
    )
    wide_round = role.pack.round("all").model_copy(update={"id": "wide", "questions": 20, "minutes": 240})
    info = role.pack.info.model_copy(update={"rounds": (wide_round,)})
    pack = Pack(role.pack.root, info, questions, role.pack.guide, role.pack.notes)
    return RolePack(pack, {question.id: role.rubrics["kv-cache"] for question in questions})


def play(
    role: RolePack, setup: Setup, credits: list[float], seconds_per_answer: float = 60.0
) -> tuple[State, list[Move]]:
    """Let the policy hold a round; the answers get `credits` in turn, the last one for ever."""
    state = state_after(setup=setup, step_s=0.0)
    at = START
    moves: list[Move] = []
    for _ in range(300):
        move = next_move(state, role)
        moves.append(move)
        if isinstance(move, WrapUp):
            return state, moves
        for payload in _turn(role, state, move, credits[min(len(state.turns), len(credits) - 1)]):
            if isinstance(payload, Answered):
                at += timedelta(seconds=seconds_per_answer)
            state = fold(state, Event("s", state.seq + 1, "", payload, at))
    raise AssertionError("the round does not end")


def _turn(role: RolePack, state: State, move: AskQuestion | AskFollowUp, credit: float) -> list[Payload]:
    question = move.question
    rubric = role.rubrics[question.id]
    if isinstance(move, AskQuestion):
        said, ids = asks(question, question.prompt), None
    else:
        ids = move.criterion_ids
        said = Said(Utterance.FOLLOW_UP, move.step.text, question_id=question.id, criterion_ids=ids)
    assessment = assessment_of(AnswerToJudge("", "words", rubric, criterion_ids=ids), credit)
    return [said, Answered("words"), Assessed(len(state.turns), assessment)]


def asked_questions(moves: list[Move]) -> list[str]:
    return [move.question.id for move in moves if isinstance(move, AskQuestion)]


def wide_setup(**changes: object) -> Setup:
    return replace(setup_of(round="wide", questions=8, minutes=240, follow_ups=0), **changes)  # type: ignore[arg-type]


# Nothing twice, and an end


def test_every_round_ends_and_asks_nothing_twice(wide: RolePack) -> None:
    # The role is not an argument of the law: Hypothesis would print it with every example.
    @given(
        credits=st.lists(st.sampled_from([0.0, 0.3, 0.5, 0.8, 1.0]), min_size=1, max_size=12),
        level=st.sampled_from(LEVELS),
        questions=st.integers(1, 25),
        follow_ups=st.integers(0, 5),
        seconds=st.sampled_from([1.0, 90.0, 600.0]),
        seed=st.integers(0, 3),
    )
    @settings(max_examples=60)
    def law(
        credits: list[float], level: str, questions: int, follow_ups: int, seconds: float, seed: int
    ) -> None:
        setup = wide_setup(level=level, questions=questions, follow_ups=follow_ups, seed=seed)
        state, moves = play(wide, setup, credits, seconds)
        prompts = [turn.prompt for turn in state.turns if not turn.is_question]
        assert len(set(asked_questions(moves))) == len(asked_questions(moves)) <= questions
        assert len(set(prompts)) == len(prompts)
        for item in state.threads:
            assert len(item) <= 1 + follow_ups
            probed = [entry for turn in item[1:] for entry in turn.criterion_ids]
            assert len(set(probed)) == len(probed), "a criterion is probed once"

    law()


def test_the_reason_of_the_wrap_up(wide: RolePack) -> None:
    assert play(wide, wide_setup(questions=2), [0.5])[1][-1] == WrapUp("done")
    assert play(wide, wide_setup(questions=30), [0.5], 1.0)[1][-1] == WrapUp("exhausted")
    assert play(wide, wide_setup(questions=20, minutes=10), [0.5], 150.0)[1][-1] == WrapUp("time")


# Time


def test_no_question_is_opened_without_the_time_for_it(wide: RolePack) -> None:
    """Each question wants 8 minutes; with less than 40 % of that left (3.2 minutes) no other is opened."""
    one = thread(wide, 0, "systems-ic3-a", 0.5)
    setup = wide_setup(minutes=10)
    state = state_after(*one, setup=setup)
    assert isinstance(next_move(state, wide, elapsed_s=600 - 0.4 * 480 - 1), AskQuestion)
    assert next_move(state, wide, elapsed_s=600 - 0.4 * 480 + 1) == WrapUp("time")


def test_no_follow_up_after_the_time_is_up(wide: RolePack) -> None:
    state = state_after(
        *thread(wide, 0, "systems-ic3-a", 0.5 - 0.2), setup=wide_setup(minutes=10, follow_ups=3)
    )
    assert isinstance(next_move(state, wide, elapsed_s=599), AskFollowUp)
    assert next_move(state, wide, elapsed_s=600) == WrapUp("time")


def test_a_thread_that_used_up_its_minutes_is_left(wide: RolePack) -> None:
    """8 minutes for the thread: an answer that took 9 leaves none for a follow-up."""
    question = asks("systems-ic3-a")
    quick = state_after(
        question, Answered("w"), judged(wide, 0, "systems-ic3-a", 0.3), setup=wide_setup(follow_ups=3)
    )
    slow = replace(quick, turns=(replace(quick.turns[0], seconds=540.0),))
    assert isinstance(next_move(quick, wide), AskFollowUp)
    assert isinstance(next_move(slow, wide), AskQuestion)


# Level


@pytest.mark.parametrize(
    ("level", "credits", "expected"),
    [
        ("IC3", [], 2.0),
        ("IC3", [0.9], 2.5),
        ("IC3", [0.9, 0.9], 3.0),
        ("IC3", [0.9, 0.9, 0.9], 3.0),  # never more than one level away
        ("IC3", [0.1], 1.5),
        ("IC3", [0.1, 0.1, 0.1], 1.0),
        ("IC3", [0.5, 0.5], 2.0),
        ("IC3", [0.9, 0.1], 2.0),
        ("IC1", [0.1], 0.0),
        ("IC5", [0.9], 4.0),
    ],
)
def test_the_level_follows_what_was_shown(
    wide: RolePack, level: str, credits: list[float], expected: float
) -> None:
    threads: list[Payload] = []
    for index, credit in enumerate(credits):
        threads += thread(wide, index, f"systems-ic{index + 1}-a", credit)
    assert working_level(state_after(*threads, setup=wide_setup(level=level)), wide) == expected


def test_strong_answers_bring_harder_questions_and_weak_ones_easier(wide: RolePack) -> None:
    def mean_level(credit: float, level: str = "IC3") -> float:
        _, moves = play(wide, wide_setup(level=level), [credit])
        levels = [LEVELS.index(wide.pack.question(name).level) for name in asked_questions(moves)]
        return sum(levels[2:]) / len(levels[2:])

    assert mean_level(1.0) > mean_level(0.5) > mean_level(0.0)
    assert mean_level(0.5, "IC5") > mean_level(0.5) > mean_level(0.5, "IC1")


def test_what_could_not_be_scored_moves_nothing(wide: RolePack) -> None:
    state = state_after(
        asks("systems-ic3-a"), Answered("w"), AssessmentFailed(0, "away"), setup=wide_setup(follow_ups=3)
    )
    assert thread_result(state.thread, wide, "IC3") is None
    assert working_level(state, wide) == 2.0
    assert isinstance(next_move(state, wide), AskQuestion), "no follow-up on an answer that nobody has read"


# Coverage


def test_categories_are_asked_by_share(wide: RolePack) -> None:
    """Systems .7 and math .3 of ten questions: one each, then 5.6 and 2.4 of the other eight, so 7 and 3."""
    _, moves = play(wide, wide_setup(questions=10), [0.5])
    count = Counter(wide.pack.question(name).category for name in asked_questions(moves))
    assert count == {"systems": 7, "math": 3}


def test_two_questions_cover_both_categories(wide: RolePack) -> None:
    _, moves = play(wide, wide_setup(questions=2), [0.5])
    assert {wide.pack.question(name).category for name in asked_questions(moves)} == {"systems", "math"}


@pytest.mark.parametrize(
    ("total", "shares", "expected"),
    [
        # Largest remainder after one each: 3 left, 1.5, .9 and .6 of them.
        (6, {"a": 0.5, "b": 0.3, "c": 0.2}, {"a": 2, "b": 2, "c": 2}),
        (10, {"a": 0.7, "b": 0.3}, {"a": 7, "b": 3}),
        (2, {"a": 0.1, "b": 0.5, "c": 0.4}, {"a": 0, "b": 1, "c": 1}),
        (3, {"a": 0.0, "b": 0.0, "c": 0.0}, {"a": 1, "b": 1, "c": 1}),
    ],
)
def test_quotas(total: int, shares: dict[str, float], expected: dict[str, int]) -> None:
    assert category_quotas(total, shares) == expected


@given(
    st.integers(1, 60),
    st.dictionaries(st.sampled_from("abcdefgh"), st.floats(0, 1), min_size=1),
)
def test_quotas_add_up(total: int, shares: dict[str, float]) -> None:
    quotas = category_quotas(total, shares)
    assert sum(quotas.values()) == total
    assert min(quotas.values()) >= (1 if total >= len(shares) else 0)


def test_a_topic_not_yet_touched_comes_first(role: RolePack) -> None:
    """Three questions of the same distance; two share the topic that was asked about."""
    base = role.pack.question("kv-cache")
    named = [("one", ("gpu",)), ("two", ("gpu",)), ("three", ("gpu",)), ("other", ("network",))]
    questions = tuple(base.model_copy(update={"id": name, "topics": topics}) for name, topics in named)
    pack = Pack(role.pack.root, role.pack.info, questions, (), ())
    tied = RolePack(pack, {question.id: role.rubrics["kv-cache"] for question in questions})
    for seed in range(10):
        state = state_after(*thread(tied, 0, "one", 0.5), setup=setup_of(seed=seed, questions=4))
        chosen = choose_question(state, tied)
        assert chosen is not None
        assert chosen.id == "other"


# Background and earlier sessions


def test_a_background_steers_the_choice(wide: RolePack) -> None:
    for name in ("systems-ic3-a", "systems-ic3-b"):
        state = state_after(setup=wide_setup(relevance={name: 1.0}))
        chosen = choose_question(state, wide)
        assert chosen is not None
        assert chosen.id == name


def test_what_earlier_sessions_asked_comes_last(wide: RolePack) -> None:
    first = choose_question(state_after(setup=wide_setup()), wide)
    assert first is not None
    again = choose_question(state_after(setup=wide_setup(seen=(first.id,))), wide)
    assert again is not None
    assert again.id != first.id


def test_the_seed_varies_the_choice_and_fixes_it(wide: RolePack) -> None:
    def asked(seed: int) -> tuple[str, ...]:
        return tuple(asked_questions(play(wide, wide_setup(seed=seed), [0.5])[1]))

    assert asked(3) == asked(3)
    assert len({asked(seed) for seed in range(6)}) > 1


# Follow-ups


def test_the_weightiest_open_criterion_of_the_level_is_probed_first(role: RolePack) -> None:
    """IC3 must show cache-grows (weight 3) and weights-share (2); paged and quantize (2 each) come after them."""
    rubric = role.rubrics["kv-cache"]
    assert open_entries(rubric, {}, "IC3") == ["cache-grows", "weights-share", "paged", "quantize"]
    assert open_entries(rubric, {"cache-grows": 0.8}, "IC3") == ["weights-share", "paged", "quantize"]
    assert open_entries(rubric, {"weights-share": 0.5}, "IC1") == ["cache-grows", "paged", "quantize"]
    move = next_move(state_after(*thread(role, 0, "kv-cache", 0.3)), role)
    assert isinstance(move, AskFollowUp)
    assert (move.target, move.criterion_ids) == ("cache-grows", ("cache-grows",))
    assert move.step.criterion == "cache-grows"


@pytest.mark.parametrize("limit", [0, 1, 2, 3])
def test_follow_ups_stop_at_the_limit(role: RolePack, limit: int) -> None:
    state, moves = play(role, setup_of(follow_ups=limit, questions=1), [0.3], 10.0)
    assert len(state.turns) == 1 + limit
    assert moves[-1] == WrapUp("done")


def test_an_answer_that_missed_the_subject_gets_one_narrower_question(role: RolePack) -> None:
    state = state_after(*thread(role, 0, "kv-cache", 0.0, MISSED))
    move = next_move(state, role)
    assert isinstance(move, AskFollowUp)
    assert move.redirects
    lowest = [s for s in role.pack.question("kv-cache").follow_ups if s.criterion == move.step.criterion]
    assert move.step == lowest[0]
    state = state_after(*thread(role, 0, "kv-cache", 0.0, MISSED, "injection"))
    assert isinstance(next_move(state, role), AskQuestion), "with another reason it is closed"


@pytest.mark.parametrize("flag", sorted(CLOSING_FLAGS - {MISSED}))
def test_an_answer_that_is_none_closes_its_thread(role: RolePack, flag: str) -> None:
    state = state_after(*thread(role, 0, "kv-cache", 0.0, flag))
    assert isinstance(next_move(state, role), AskQuestion)


def test_a_flag_on_an_answer_with_substance_does_not_close_the_thread(role: RolePack) -> None:
    state = state_after(*thread(role, 0, "kv-cache", 0.3, "injection"))
    assert isinstance(next_move(state, role), AskFollowUp)


def test_skipping_leaves_the_thread(role: RolePack) -> None:
    assert isinstance(next_move(state_after(asks("kv-cache"), Skipped()), role), AskQuestion)


def test_a_complete_answer_is_taken_one_step_beyond_the_rubric_once(role: RolePack) -> None:
    state, _ = play(role, setup_of(questions=1, follow_ups=3), [1.0], 10.0)
    assert [turn.criterion_ids for turn in state.turns[1:]] == [()]
    assert "ten machines" in state.turns[1].prompt


def test_a_follow_up_lifts_what_the_thread_has_shown(role: RolePack) -> None:
    """The best credit of every criterion over the answers of the thread counts."""
    opening = thread(role, 0, "kv-cache", 0.3)
    said = Said(Utterance.FOLLOW_UP, "And?", question_id="kv-cache", criterion_ids=("cache-grows",))
    item = AnswerToJudge("", "w", role.rubrics["kv-cache"], criterion_ids=("cache-grows",))
    state = state_after(*opening, said, Answered("w"), Assessed(1, assessment_of(item, 1.0)))
    result = thread_result(state.thread, role, "IC3")
    assert result is not None
    assert result.credits == {
        "cache-grows": 1.0,
        "weights-share": 0.3,
        "paged": 0.3,
        "quantize": 0.3,
        "guess": 0.3,
    }
    # Weights 3, 2, 2, 2 and a bonus of 1: (3 + .6 + .6 + .6) / 9 + .3 / 9.
    assert result.score.score == pytest.approx(4.8 / 9 + 0.3 / 9)
    # weights-share, one of the two entries of IC3, is unmet: the band is held at borderline.
    assert result.band == 2
    worse = state_after(
        *thread(role, 0, "kv-cache", 0.8), said, Answered("w"), Assessed(1, assessment_of(item, 0.0))
    )
    after = thread_result(worse.thread, role, "IC3")
    assert after is not None
    assert after.credits["cache-grows"] == 0.8
