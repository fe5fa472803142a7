"""What a candidate can do in a round, through the one door that page, API and terminal use."""

from __future__ import annotations

import pytest
from round_world import World, collect, question_ids, said_by, settle

from interviewer import phrases
from interviewer.errors import BadInput, UnknownThing, WrongMoment
from interviewer.events import Answered, Asked, Ended, Utterance
from interviewer.interview import MAX_CLOSING_QUESTIONS, Phase
from interviewer.owners import LOCAL_OWNER
from interviewer.replies import NOTHING
from interviewer.service import ACTIONS, StartRequest
from interviewer.views import Delta, Judged, Settled, Spoken, Working

ANSWER = "credit 0.3 The cache grows with every token, so I look at its share first."
FULL = "credit 1.0 The cache grows linearly and everything else follows."
NOT_TEXT = "\0\x07\x1b\x7f\x85\ud800\udfff"


@pytest.fixture
def world(world_on_each: World) -> World:
    return world_on_each


async def at_the_end(world: World) -> str:
    """A session in which the candidate may ask."""
    view = await world.start(questions=1)
    view = await world.act(view.id, "skip")
    assert view.phase is Phase.CLOSING_QUESTIONS
    return view.id


# Answering


async def test_an_answer_is_assessed_and_followed_up(world: World) -> None:
    view = await world.start()
    updates = await collect(await world.service.send(view.id, LOCAL_OWNER, ANSWER, turn=0))
    spoken = [update.line for update in updates if isinstance(update, Spoken)]
    judged = [update for update in updates if isinstance(update, Judged)]
    deltas = "".join(update.text for update in updates if isinstance(update, Delta))

    assert [type(update) for update in updates if not isinstance(update, Delta)] == [
        Working,
        Judged,
        Working,
        Spoken,
        Settled,
    ]
    assert [(update.turn, update.reason) for update in judged] == [(0, None)]
    assert [line.utterance for line in spoken] == ["follow_up"]
    assert deltas == spoken[0].text
    assert world.judge.asked[0].answer == ANSWER
    assert world.judge.asked[0].level == "IC3"


async def test_a_follow_up_is_judged_on_what_it_asked(world: World) -> None:
    view = await world.start()
    view = await world.say(view.id, "credit 0.3 Perhaps memory.")
    targets = (await world.state(view.id)).turns[1].criterion_ids
    await world.say(view.id, FULL)

    assert view.turn_kind == "follow_up"
    assert world.judge.asked[1].criterion_ids == targets
    assert len(targets) == 1


async def test_a_whole_round_to_its_report(world: World) -> None:
    view = await world.start()
    for _ in range(30):
        if view.phase is not Phase.OPEN:
            break
        world.clock.tick(60)
        view = await world.say(view.id, FULL, turn=view.turn)
    assert view.phase is Phase.CLOSING_QUESTIONS
    view = await world.say(view.id, "No, thank you.")
    report = await world.service.report(view.id, LOCAL_OWNER)

    assert view.finished
    assert view.lines[-1].text == phrases.closing()
    assert len(set(question_ids(world.store.load(view.id)))) == 3
    assert report.finished
    assert (report.score, report.band, report.session_id) == (1.0, 4, view.id)


async def test_the_clock_ends_the_round(world: World) -> None:
    view = await world.start(minutes=5)
    world.clock.tick(301)
    view = await world.say(view.id, FULL)
    assert view.phase is Phase.CLOSING_QUESTIONS
    assert view.lines[-1].text.startswith("We are at time.")


async def test_the_same_message_twice_is_one_message(world: World) -> None:
    view = await world.start()
    first = await world.say(view.id, ANSWER, client_event_id="key", turn=0)
    second = await world.say(view.id, ANSWER, client_event_id="key", turn=0)

    assert first == second
    assert said_by(second, "candidate") == [ANSWER]
    assert len(world.judge.asked) == 1


async def test_a_button_pressed_twice_is_pressed_once(world: World) -> None:
    view = await world.start()
    for _ in range(2):
        updates = await world.service.act(view.id, LOCAL_OWNER, "hint", client_event_id="key")
        view = await settle(updates)
    assert view.hints_left == 1


@pytest.mark.parametrize("key", ["k" * 121, "nul\0", "lone \ud800", "line\nbreak"], ids=ascii)
async def test_a_key_that_cannot_be_stored_is_refused(world: World, key: str) -> None:
    view = await world.start()
    for call in (
        world.service.send(view.id, LOCAL_OWNER, ANSWER, client_event_id=key),
        world.service.act(view.id, LOCAL_OWNER, "hint", client_event_id=key),
        world.service.start(StartRequest("systems", "IC3"), LOCAL_OWNER, client_event_id=key),
    ):
        with pytest.raises(BadInput, match="idempotency key"):
            await call
    assert (await world.state(view.id)).seq == view.seq
    assert len((await world.service.session_page(LOCAL_OWNER)).sessions) == 1


@pytest.mark.parametrize("phase", ["next question", "candidate's questions", "finished"])
async def test_a_stale_page_changes_nothing(world: World, phase: str) -> None:
    view = await world.start(questions=2 if phase == "next question" else 1)
    view = await world.act(view.id, "skip")
    if phase == "finished":
        view = await world.act(view.id, "end")
    for call in (
        world.service.send(view.id, LOCAL_OWNER, ANSWER, turn=0),
        world.service.act(view.id, LOCAL_OWNER, "clarify", "Which GPU?", turn=0),
        world.service.act(view.id, LOCAL_OWNER, "skip", turn=0),
    ):
        with pytest.raises(WrongMoment):
            await call
    assert (await world.state(view.id)).seq == view.seq


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "The message is empty"),
        (" \n\t ", "The message is empty"),
        (NOT_TEXT, "The message is empty"),
        ("x" * 20_001, "20,001 characters; the limit is 20,000"),
        ("\N{PILE OF POO}" * 50_000, "50,000 characters; the limit is 20,000"),
        ("word " * 40_000, "199,999 characters; the limit is 20,000"),
    ],
    ids=["empty", "blank", "control characters", "one too many", "200 kB of emoji", "200 kB"],
)
async def test_what_is_no_message_is_refused(world: World, text: str, says: str) -> None:
    view = await world.start()
    with pytest.raises(BadInput, match=says):
        await world.service.send(view.id, LOCAL_OWNER, text)
    if "empty" not in says:
        with pytest.raises(BadInput, match=says):
            await world.service.act(view.id, LOCAL_OWNER, "clarify", text)
    assert (await world.state(view.id)).seq == view.seq


async def test_the_longest_message_is_taken_whole(world: World) -> None:
    view = await world.start()
    longest = ("credit 0.9 " + "x" * 20_000)[:20_000]
    view = await world.say(view.id, longest)
    assert said_by(view, "candidate") == [longest]


async def test_control_characters_and_half_surrogates_are_left_out(world: World) -> None:
    view = await world.start()
    view = await world.say(view.id, f"credit 0.9\r\n\tThe{NOT_TEXT} cache, ☃ 𝕂𝕍.\r")
    cleaned = "credit 0.9\n\tThe cache, ☃ 𝕂𝕍."
    assert said_by(view, "candidate") == [cleaned]
    assert world.judge.asked[0].answer == cleaned


@pytest.mark.parametrize("session_id", ["", "nobody", "nul\0", "lone \ud800"], ids=ascii)
async def test_a_session_that_is_not_there(world: World, session_id: str) -> None:
    for call in (
        world.service.view(session_id, LOCAL_OWNER),
        world.service.send(session_id, LOCAL_OWNER, ANSWER),
        world.service.act(session_id, LOCAL_OWNER, "hint"),
        world.service.report(session_id, LOCAL_OWNER),
        world.service.delete(session_id, LOCAL_OWNER),
    ):
        with pytest.raises(UnknownThing, match="There is no session"):
            await call
    with pytest.raises(UnknownThing):
        await collect(await world.service.proceed(session_id, LOCAL_OWNER))


async def test_somebody_elses_session_is_unknown(world: World) -> None:
    view = await world.start()
    with pytest.raises(UnknownThing):
        await world.service.view(view.id, "somebody else")


# Hints, clarifications and the other buttons


async def test_hints_come_one_after_another_and_end(world: World) -> None:
    view = await world.start()
    for _ in range(3):
        view = await world.act(view.id, "hint")
    hints = [line.text for line in view.lines if line.utterance == "hint"]
    assert hints == ["Think about memory first.", "Which number is the largest?", phrases.no_more_hints()]
    assert view.hints_left == 0
    assert view.turn == 0


async def test_hints_of_one_question_are_not_used_up_by_another(world: World) -> None:
    view = await world.start()
    await world.act(view.id, "hint")
    view = await world.act(view.id, "skip")
    assert view.hints_left == 2
    view = await world.act(view.id, "hint")
    assert view.lines[-1].text == "Think about memory first."
    assert view.hints_left == 1


@pytest.mark.parametrize("by", ["message", "button"])
async def test_a_clarification_does_not_use_up_the_turn(world: World, by: str) -> None:
    view = await world.start()
    text = "Which GPU is it?"
    view = await (world.say(view.id, text) if by == "message" else world.act(view.id, "clarify", text))
    assert view.lines[-1].text == "An H100 with 80 GB."
    assert (view.phase, view.turn) == (Phase.OPEN, 0)
    assert said_by(view, "candidate") == [text]
    assert world.judge.asked == []


async def test_nothing_is_made_up_to_clarify(world: World) -> None:
    view = await world.start()
    view = await world.act(view.id, "clarify", "Does the moon matter?")
    assert view.lines[-1].text == phrases.no_clarification()


async def test_the_question_is_repeated_as_it_was(world: World) -> None:
    view = await world.start()
    asked = view.lines[-1].text
    view = await world.say(view.id, "Could you repeat the question?")
    assert (view.lines[-1].utterance, view.lines[-1].text) == ("repeat", asked)


async def test_skipping_goes_on_kindly_and_is_not_judged(world: World) -> None:
    view = await world.start()
    before = question_ids(world.store.load(view.id))
    view = await world.say(view.id, "Skip")
    assert view.question_number == 2
    assert question_ids(world.store.load(view.id))[:1] == before
    assert world.judge.asked == []
    report = await world.service.report(view.id, LOCAL_OWNER)
    assert [(turn.skipped, turn.assessment.score) for turn in report.turns] == [(True, 0.0)]


async def test_dont_know_closes_the_thread_kindly(world: World) -> None:
    view = await world.start()
    view = await world.say(view.id, "flag dont_know I don't know.")
    assert (view.turn_kind, view.question_number) == ("question", 2)
    assert not view.lines[-1].text.startswith(("Thank you", "Good", "Thanks", "All right"))


async def test_a_command_is_an_answer_where_the_candidate_says_so(world: World) -> None:
    view = await world.start()
    await world.say(view.id, "skip", as_answer=True)
    assert world.judge.asked[0].answer == "skip"


async def test_ending_early_keeps_what_was_said(world: World) -> None:
    view = await world.start()
    await world.say(view.id, ANSWER)
    view = await world.say(view.id, "End the interview, please.".replace(",", ""))
    report = await world.service.report(view.id, LOCAL_OWNER)
    assert view.finished
    assert [turn.answer for turn in report.turns] == [ANSWER]
    for call in (
        world.service.send(view.id, LOCAL_OWNER, ANSWER),
        world.service.act(view.id, LOCAL_OWNER, "pause"),
    ):
        with pytest.raises(WrongMoment, match="This round is over"):
            await call


async def test_a_pause_is_not_charged_to_the_round(world: World) -> None:
    view = await world.start()
    world.clock.tick(60)
    view = await world.act(view.id, "pause")
    world.clock.tick(900)
    assert (await world.service.view(view.id, LOCAL_OWNER)).elapsed_s == 60
    assert view.paused
    view = await world.act(view.id, "resume")
    world.clock.tick(30)
    view = await world.say(view.id, ANSWER)
    assert (view.paused, view.elapsed_s) == (False, 90)
    assert (await world.service.report(view.id, LOCAL_OWNER)).turns[0].seconds == 90


async def test_an_answer_ends_a_pause(world: World) -> None:
    view = await world.start()
    await world.act(view.id, "pause")
    view = await world.say(view.id, ANSWER)
    assert not view.paused
    assert view.turn == 1


@pytest.mark.parametrize("action", ["", "contest", "dance", "HINT", "hint\0"])
async def test_an_action_that_is_none_changes_nothing(world: World, action: str) -> None:
    view = await world.start()
    with pytest.raises(UnknownThing, match=f"choose one of {', '.join(ACTIONS)}"):
        await world.service.act(view.id, LOCAL_OWNER, action)
    assert (await world.state(view.id)).seq == view.seq


async def test_clarifying_needs_a_question(world: World) -> None:
    view = await world.start()
    with pytest.raises(BadInput, match="Write what you want to have clarified"):
        await world.service.act(view.id, LOCAL_OWNER, "clarify", "  ")


# The candidate's own questions


async def test_the_candidates_questions_are_answered_and_limited(world: World) -> None:
    session_id = await at_the_end(world)
    for number in range(MAX_CLOSING_QUESTIONS):
        view = await world.say(session_id, f"Zebras, umbrellas, {number}?")
    assert view.finished
    assert said_by(view, "interviewer").count(NOTHING) == MAX_CLOSING_QUESTIONS
    assert view.lines[-1].utterance == "closing"


@pytest.mark.parametrize(
    "text", ["No.", "No thanks", "No, thanks!", "that's all", "Skip", "end the interview"]
)
async def test_no_question_ends_the_round(world: World, text: str) -> None:
    view = await world.say(await at_the_end(world), text)
    assert view.finished
    assert [type(event.payload) for event in world.store.load(view.id)].count(Ended) == 1


async def test_a_statement_at_the_end_is_not_judged(world: World) -> None:
    view = await world.say(await at_the_end(world), "credit 1.0 I forgot to say that the cache grows.")
    payloads = [event.payload for event in world.store.load(view.id)]
    assert world.judge.asked == []
    assert any(isinstance(payload, Asked) for payload in payloads)
    assert not any(isinstance(payload, Answered) for payload in payloads)
    assert view.phase is Phase.CLOSING_QUESTIONS


async def test_every_button_has_its_place_at_the_end(world: World) -> None:
    session_id = await at_the_end(world)
    for action in ("hint", "repeat", "skip"):
        with pytest.raises(WrongMoment, match="The questions are over"):
            await world.service.act(session_id, LOCAL_OWNER, action)
    view = await world.act(session_id, "clarify", "How long does the process take?")
    assert view.lines[-1].utterance == Utterance.REPLY
