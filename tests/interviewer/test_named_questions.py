"""A round of questions that somebody named: exactly those, in that order."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest
from api_client import API, make_client, problem
from round_world import World, question_ids, setup_of, state_after, thread

from interviewer.chosen import check_asked_in, named_questions, round_asking
from interviewer.errors import BadInput, MockroundError, UnknownThing
from interviewer.interview import Phase
from interviewer.owners import LOCAL_OWNER
from interviewer.packs import RolePack
from interviewer.policy import AskQuestion, WrapUp, next_move
from interviewer.service import StartRequest

# The policy


@pytest.mark.parametrize("seed", range(5))
def test_the_policy_asks_what_was_named_in_order(role: RolePack, seed: int) -> None:
    named = ("variance", "checkpoint", "kv-cache")
    setup = setup_of(round="all", questions=3, follow_ups=0, question_ids=named, seed=seed, seen=named)
    asked: list[str] = []
    state = state_after(setup=setup)
    while isinstance(move := next_move(state, role), AskQuestion):
        asked.append(move.question.id)
        turns = [item for place, name in enumerate(asked) for item in thread(role, place, name, 0.5)]
        state = state_after(*turns, setup=setup)
    assert asked == list(named)
    assert move == WrapUp("done")


def test_named_questions_obey_the_clock(role: RolePack) -> None:
    setup = setup_of(
        round="all", minutes=10, follow_ups=0, questions=2, question_ids=("variance", "kv-cache")
    )
    state = state_after(*thread(role, 0, "variance", 0.5), setup=setup)
    assert isinstance(next_move(state, role, elapsed_s=60), AskQuestion)
    assert next_move(state, role, elapsed_s=590) == WrapUp("time")


def test_a_named_question_is_followed_up_as_any(role: RolePack) -> None:
    plain = setup_of(questions=1, follow_ups=3)
    named = replace(plain, question_ids=("kv-cache",))
    said = thread(role, 0, "kv-cache", 0.3)
    assert next_move(state_after(*said, setup=named), role) == next_move(
        state_after(*said, setup=plain), role
    )


# What may be named


@pytest.mark.parametrize(
    ("ids", "expected"),
    [(["kv-cache"], "systems"), (["kv-cache", "idle-gpu"], "systems"), (["kv-cache", "variance"], "all")],
)
def test_the_first_round_that_asks_them_all(role: RolePack, ids: list[str], expected: str) -> None:
    assert round_asking(role.pack, named_questions(role.pack, ids)) == expected


def test_a_question_that_no_round_asks_is_refused(role: RolePack) -> None:
    rounds = role.pack.info.rounds[:1]
    pack = replace(role.pack, info=role.pack.info.model_copy(update={"rounds": rounds}))
    with pytest.raises(BadInput, match="No round asks all of variance"):
        round_asking(pack, named_questions(pack, ["variance"]))
    check_asked_in(pack, "systems", named_questions(pack, ["kv-cache"]))


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"question_ids": ("nobody",)}, UnknownThing, "There is no question 'nobody'"),
        ({"question_ids": ("kv-cache", "kv-cache")}, BadInput, "name the question 'kv-cache' once"),
        (
            {"question_ids": ("variance",)},
            BadInput,
            "'systems' does not ask the question 'variance'; choose 'all'",
        ),
        ({"question_ids": ("kv-cache",), "questions": 2}, BadInput, "not both"),
        ({"round": None}, BadInput, "Name the round, or the questions"),
        ({"round": "nope", "question_ids": ("kv-cache",)}, UnknownThing, "There is no round 'nope'"),
    ],
)
async def test_a_start_with_the_wrong_questions_is_refused(
    world: World, changes: dict[str, object], error: type[MockroundError], says: str
) -> None:
    wanted: dict[str, object] = {"round": "systems", "level": "IC3", **changes}
    with pytest.raises(error, match=says):
        await world.service.start(StartRequest(**wanted), LOCAL_OWNER)  # type: ignore[arg-type]
    assert (await world.service.session_page(LOCAL_OWNER)).sessions == ()


# Through the service


async def test_one_question_is_practised_to_its_end(world: World) -> None:
    view = await world.service.start(StartRequest(None, "IC5", question_ids=("variance",)), LOCAL_OWNER)
    async for _ in await world.service.proceed(view.id, LOCAL_OWNER):
        pass
    view = await world.service.view(view.id, LOCAL_OWNER)
    assert (view.round, view.title, view.questions, view.minutes) == ("all", "Variance of a mean · IC5", 1, 8)
    assert [(item.category, item.asked) for item in view.coverage] == [("math", 1)]
    view = await world.act(view.id, "skip")
    assert view.phase is Phase.CLOSING_QUESTIONS
    assert question_ids(world.store.load(view.id)) == ["variance"]
    assert (await world.again().state(view.id)).setup.question_ids == ("variance",)


async def test_several_questions_take_their_time_together(world: World) -> None:
    wanted = StartRequest(None, "IC3", question_ids=("variance", "kv-cache"), background="I tuned caches.")
    view = await world.service.start(wanted, LOCAL_OWNER)
    assert (view.round, view.title, view.questions, view.minutes) == ("all", "Everything · IC3", 2, 16)
    setup = (await world.state(view.id)).setup
    assert (setup.relevance, setup.background) == ({}, "I tuned caches."), "nothing is left to choose"


async def test_a_program_names_questions(world: World) -> None:
    async with make_client(world) as client:
        wanted = {"level": "IC3", "question_ids": ["checkpoint"]}
        answer = await client.post(f"{API}/sessions", json=wanted)
        assert answer.status_code == 201, answer.text
        assert "1,024 GPUs" in answer.json()["lines"][-1]["text"]
        refused: httpx.Response = await client.post(f"{API}/sessions", json={"level": "IC3"})
        assert "Name the round" in problem(refused, 422)
