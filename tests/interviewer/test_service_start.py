"""How a round begins: what is asked for, what is refused, and what earlier rounds and a résumé change."""

from __future__ import annotations

import pytest
from round_world import World, question_ids, settle

from interviewer.errors import BadInput, UnknownThing
from interviewer.interview import Phase
from interviewer.owners import LOCAL_OWNER
from interviewer.service import StartRequest


async def test_a_round_opens_with_a_greeting_and_a_question(world: World) -> None:
    view = await world.start()
    spoken = [line.utterance for line in view.lines]

    assert spoken == ["intro", "question"]
    assert (view.phase, view.turn, view.turn_kind) == (Phase.OPEN, 0, "question")
    assert (view.question_number, view.questions, view.hints_left) == (1, 3, 2)
    assert (view.title, view.level, view.minutes) == ("Systems · IC3", "IC3", 30)
    assert "Systems" in view.lines[0].text
    assert "IC3" in view.lines[0].text


async def test_the_same_seed_asks_the_same_first_question(world: World) -> None:
    first, second = [
        await world.service.start(StartRequest("all", "IC3", seed=7), LOCAL_OWNER) for _ in range(2)
    ]
    for view in (first, second):
        await settle(await world.service.proceed(view.id, LOCAL_OWNER))
    assert first.id != second.id
    assert question_ids(world.store.load(first.id)) == question_ids(world.store.load(second.id))


async def test_a_start_sent_twice_is_one_session(world: World) -> None:
    request = StartRequest("systems", "IC3")
    first = await world.service.start(request, LOCAL_OWNER, client_event_id="key")
    second = await world.service.start(request, LOCAL_OWNER, client_event_id="key")
    elsewhere = await world.service.start(request, "somebody else", client_event_id="key")

    assert first.id == second.id
    assert elsewhere.id != first.id
    assert [line.id for line in (await world.service.session_page("local")).sessions] == [first.id]


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"round": "juggling"}, UnknownThing, "There is no round 'juggling'; choose one of systems, all."),
        ({"level": "IC9"}, UnknownThing, "There is no level 'IC9'; choose one of IC1, IC3, IC5."),
        ({"questions": 0}, BadInput, "between 1 and 60 questions"),
        ({"questions": 61}, BadInput, "between 1 and 60 questions"),
        ({"minutes": 0}, BadInput, "between 1 and 600 minutes"),
        ({"minutes": 601}, BadInput, "between 1 and 600 minutes"),
        ({"follow_ups": -1}, BadInput, "Between 0 and 10 follow-ups"),
        ({"follow_ups": 11}, BadInput, "Between 0 and 10 follow-ups"),
        ({"background": "x" * 40_001}, BadInput, "40,001 characters; the limit is 40,000"),
    ],
)
async def test_a_bad_start_is_refused(
    world: World, changes: dict[str, object], error: type[Exception], says: str
) -> None:
    wanted: dict[str, object] = {"round": "systems", "level": "IC3", **changes}
    with pytest.raises(error, match=says):
        await world.service.start(StartRequest(**wanted), LOCAL_OWNER)  # type: ignore[arg-type]
    assert (await world.service.session_page(LOCAL_OWNER)).sessions == ()


async def test_earlier_rounds_are_taken_into_account(world: World) -> None:
    asked: list[str] = []
    for questions in (1, 2):
        view = await world.start(questions=questions)
        while view.phase is Phase.OPEN:
            view = await world.act(view.id, "skip")
        asked += question_ids(world.store.load(view.id))
    view = await world.start()
    assert set((await world.state(view.id)).setup.seen) == set(asked)
    foreign = await world.service.start(StartRequest("systems", "IC3"), "somebody else")
    assert (await world.state(foreign.id)).setup.seen == ()


async def test_a_background_is_kept_and_mentioned(world: World) -> None:
    view = await world.start(background="I tuned KV caches\0 for two years.\r\nAnd checkpoints.")
    setup = (await world.state(view.id)).setup
    assert setup.background == "I tuned KV caches for two years.\nAnd checkpoints."
    assert set(setup.relevance) == {"kv-cache", "idle-gpu", "checkpoint"}
    assert "background" in view.lines[0].text
