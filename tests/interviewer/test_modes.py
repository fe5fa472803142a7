"""How a round is held: in study each question is reviewed, in a real round nothing helps and nothing shows before the end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from round_world import (
    START,
    World,
    asks,
    collect,
    judged,
    log,
    said_by,
    setup_of,
    state_after,
    thread,
)

from interviewer.errors import WrongMoment
from interviewer.events import (
    Answered,
    HintRequested,
    Paused,
    Resumed,
    Said,
    Skipped,
    Utterance,
)
from interviewer.interview import MAX_THINKING_S, ChooseNext, Phase, fold_all, next_action
from interviewer.modes import Mode
from interviewer.owners import LOCAL_OWNER
from interviewer.packs import RolePack
from interviewer.policy import AskQuestion, WrapUp, choose_follow_up, next_move
from interviewer.study import review
from interviewer.views import Judged, Spoken

STUDY, REAL = setup_of(mode=Mode.STUDY), setup_of(mode=Mode.REAL)
ANSWER = "credit 0.3 The cache grows with every token, so I look at its share first."


@pytest.fixture
def world(world_on_each: World) -> World:
    return world_on_each


def reviews(lines: list[str]) -> list[str]:
    return [text for text in lines if text.startswith("Before we go on")]


# Real


def test_in_a_real_round_every_minute_counts() -> None:
    step_s = 3.0 * MAX_THINKING_S
    for setup, spent in ((REAL, 2 * step_s), (setup_of(), 2.0 * MAX_THINKING_S)):
        state = state_after(asks("kv-cache"), setup=setup, step_s=step_s)
        assert state.elapsed_s == spent
        assert state.elapsed_at(START + timedelta(seconds=3 * step_s)) == spent * 1.5


def test_a_real_round_takes_no_pause_and_no_hint_from_a_log() -> None:
    state = state_after(asks("kv-cache"), Paused(), HintRequested(), setup=REAL)
    assert not state.paused
    assert not state.wants_hint
    usual = state_after(asks("kv-cache"), HintRequested(), Paused())
    assert usual.paused
    assert usual.wants_hint


async def test_a_real_round_refuses_help_and_shows_nothing_before_it_is_over(world: World) -> None:
    view = await world.start(mode=Mode.REAL)
    assert (view.mode, view.hints_left) == (Mode.REAL, 0)
    for call, says in (
        (world.service.act(view.id, LOCAL_OWNER, "hint"), "gives no hints"),
        (world.service.send(view.id, LOCAL_OWNER, "Can I have a hint?"), "gives no hints"),
        (world.service.act(view.id, LOCAL_OWNER, "pause"), "cannot be paused"),
        (world.service.report(view.id, LOCAL_OWNER), "when the round is over"),
    ):
        with pytest.raises(WrongMoment, match=says):
            await call
    updates = await collect(await world.service.send(view.id, LOCAL_OWNER, ANSWER, turn=0))
    assert not [update for update in updates if isinstance(update, Judged)]
    with pytest.raises(WrongMoment, match="when the round is over"):
        await world.service.report(view.id, LOCAL_OWNER)
    await world.act(view.id, "end")
    report = await world.service.report(view.id, LOCAL_OWNER)
    assert report.turns[0].assessment.score is not None
    assert report.time_used == "less than a minute (planned: 30), held as the real thing"


async def test_a_real_round_says_that_an_answer_could_not_be_scored(world: World) -> None:
    view = await world.start(mode=Mode.REAL)
    updates = await collect(await world.service.send(view.id, LOCAL_OWNER, "judge fails credit 0.3 answer"))
    assert [update.reason is not None for update in updates if isinstance(update, Judged)] == [True]


# Study


def test_the_clock_does_not_end_a_study_round(role: RolePack) -> None:
    state = state_after(asks("kv-cache"), Skipped(), setup=STUDY)
    assert isinstance(next_move(state, role, 10 * 3600), AskQuestion)
    usual = state_after(asks("kv-cache"), Skipped())
    assert next_move(usual, role, 10 * 3600) == WrapUp("time")


def test_a_slow_answer_is_followed_up_in_a_study_round(role: RolePack) -> None:
    opened = (asks("kv-cache"), Answered("words"), judged(role, 0, "kv-cache", 0.3))
    slow_s = role.pack.question("kv-cache").minutes * 60 + 1.0
    assert choose_follow_up(state_after(*opened, setup=STUDY, step_s=slow_s), role) is not None
    assert choose_follow_up(state_after(*opened, step_s=slow_s), role) is None


def test_a_review_belongs_between_two_questions() -> None:
    said = Said(Utterance.REVIEW, "How it went.")
    opened = state_after(asks("kv-cache"), said, setup=STUDY)
    assert (opened.reviewed, len(opened.lines)) == (0, 2)
    skipped = state_after(asks("kv-cache"), Skipped(), said, setup=STUDY)
    assert (skipped.reviewed, skipped.phase, skipped.reviewing) == (1, Phase.READY, True)
    assert next_action(skipped) is None
    resumed = state_after(asks("kv-cache"), Skipped(), said, Resumed(), setup=STUDY)
    assert (resumed.reviewing, next_action(resumed)) == (False, ChooseNext())
    assert skipped.lines[-1].utterance is Utterance.REVIEW


def test_a_review_says_how_it_went_and_how_it_is_answered(role: RolePack) -> None:
    question = role.pack.question("kv-cache")
    strong = review(state_after(*thread(role, 0, "kv-cache", 0.9), setup=STUDY), role)
    weak = review(state_after(*thread(role, 0, "kv-cache", 0.0), setup=STUDY), role)
    for text in (strong, weak):
        assert question.model_answer.strip() in text
        assert question.common_wrong_answer.why.strip() in text
    assert "“strong hire”" in strong
    assert "What you showed" in strong
    assert "“strong no hire”" in weak
    assert "What was missing" in weak
    required = [c.text for c in role.rubrics["kv-cache"].criteria if c.kind == "required" and c.group is None]
    assert all(f"– {text}" in weak for text in required)
    skipped = review(state_after(asks("kv-cache"), Skipped(), setup=STUDY), role)
    assert question.model_answer.strip() in skipped
    assert "missing" not in skipped.split("A model answer")[0]
    assert "stands at" not in skipped


def test_only_the_latest_question_is_reviewed(role: RolePack) -> None:
    state = fold_all(
        log(
            Said(Utterance.INTRO, "Hello"),
            *thread(role, 0, "kv-cache", 0.0),
            *thread(role, 1, "idle-gpu", 0.9),
            setup=STUDY,
        )
    )
    text = review(state, role)
    assert role.pack.question("idle-gpu").model_answer.strip() in text
    assert role.pack.question("kv-cache").model_answer.strip() not in text


async def test_a_study_round_reviews_each_question_once_and_survives_a_restart(world: World) -> None:
    view = await world.start(questions=2, mode=Mode.STUDY)
    view = await world.act(view.id, "skip")
    told = said_by(view, "interviewer")
    assert reviews(told) == told[-1:]
    assert (view.reviewing, view.turn) == (True, None)
    again = world.again()
    with pytest.raises(WrongMoment, match="Take the next question first"):
        await again.say(view.id, "credit 0.95 all of it")
    view = await again.act(view.id, "resume")
    assert (view.reviewing, view.turn) == (False, 1)
    while view.phase == "open":
        view = await again.say(view.id, "credit 0.95 all of it")
    assert len(reviews(said_by(view, "interviewer"))) == 2
    assert (await again.act(view.id, "resume")).phase == Phase.CLOSING_QUESTIONS
    await again.act(view.id, "end")
    report = await again.service.report(view.id, LOCAL_OWNER)
    assert report.time_used.endswith("a study round: each question was reviewed before the next")
    await again.service.aclose()


async def test_the_usual_round_reviews_nothing(world: World) -> None:
    view = await world.start(questions=2)
    updates = await collect(await world.service.act(view.id, LOCAL_OWNER, "skip"))
    assert not [u for u in updates if isinstance(u, Spoken) and u.line.utterance == "review"]
