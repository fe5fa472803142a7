"""What a model adds behind an interview that goes on: it delays nothing, decides nothing, and what fails is made up for."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from faulty_vllm import FaultyVllm
from round_world import World, make_world, settle

from interviewer.afterwork import OPINIONS_AT_ONCE
from interviewer.build import Parts
from interviewer.errors import StoreConflict
from interviewer.events import Advised, Answered, Said, SecondOpinion, SecondOpinionFailed
from interviewer.interview import State
from interviewer.llm.breaker import Patience
from interviewer.llm.connect import Connection, connect
from interviewer.llm.errors import ModelError, ModelGarbled, ModelUnavailable
from interviewer.llm.protocol import Choice, Message
from interviewer.llm.scripted import Distribution, Reply, ScriptedModel
from interviewer.owners import LOCAL_OWNER
from interviewer.report import Coming, Report
from interviewer.store import NewEvent
from rubrics import Verdict

ANSWER = "credit 0.3 The cache grows with every token, so I look at its share first."
FULL = "credit 1.0 The cache grows linearly with the batch and everything else follows."


class Adviser(ScriptedModel):
    """Finds everything met in the first sentence and advises on the target; `may_choose` holds its choices back.

    `fails` is raised in the place of any answer while it is set.
    """

    def __init__(self, advice: str = "Study this closely: {target}") -> None:
        super().__init__(self._say, self._decide)
        self.advice = advice
        self.fails: ModelError | None = None
        self.may_choose = asyncio.Event()
        self.may_choose.set()
        self.chooses = asyncio.Event()

    def _say(self, messages: Sequence[Message]) -> Reply:
        if self.fails is not None:
            return self.fails
        if "one sentence of advice" not in messages[0].content:
            return ""
        target = re.search(r"<target>\n(.*)\n</target>", messages[1].content)
        assert target is not None
        return self.advice.format(target=target[1])

    def _decide(self, messages: Sequence[Message], labels: Sequence[str]) -> Distribution:
        return self.fails or {("4" if labels[0] == "0" else "A"): 1.0}

    async def choose(self, messages: Sequence[Message], choices: Sequence[str]) -> Choice:
        self.chooses.set()
        await self.may_choose.wait()
        return await super().choose(messages, choices)


@pytest.fixture
def model() -> Adviser:
    return Adviser()


@pytest.fixture
async def world(parts: Parts, store_url: str, model: Adviser) -> AsyncIterator[World]:
    made = make_world(parts, store_url, model=model, second_opinion=True)
    yield made
    await made.service.aclose()


async def stored(world: World, session: str) -> list[Any]:
    return [event.payload for event in await asyncio.to_thread(world.store.load, session)]


async def turn_of(world: World, session: str, place: int = 0) -> Any:
    return (await world.state(session)).turns[place]


async def test_the_opinion_comes_behind_the_next_utterance_and_is_waited_for_by_nobody(
    world: World, model: Adviser
) -> None:
    model.may_choose.clear()
    view = await world.start()
    view = await world.say(view.id, ANSWER)
    assert view.turn == 1, "the follow-up is there while the opinion is held back"
    await asyncio.wait_for(model.chooses.wait(), 10)
    report = await world.service.report(view.id, LOCAL_OWNER)
    assert report.coming.second_opinions == 1
    assert report.turns[0].second_opinion is None

    model.may_choose.set()
    await world.service.drain()
    report = await world.service.report(view.id, LOCAL_OWNER)
    assert report.coming == Coming()
    opinion = report.turns[0].second_opinion
    assert opinion is not None
    assert (opinion.judge.name, opinion.judge.model) == ("model", "scripted")
    assert opinion.criteria[0].verdict is Verdict.MET
    piece = opinion.criteria[0].evidence[0]
    assert ANSWER[piece.start : piece.end] == piece.text
    kinds = [type(payload) for payload in await stored(world, view.id)]
    assert kinds.index(SecondOpinion) > max(place for place, kind in enumerate(kinds) if kind is Said)


async def play(world: World) -> Report:
    view = await world.start()
    for text in (ANSWER, FULL, "flag dont_know I do not know that.", FULL):
        view = await world.say(view.id, text)
        await world.service.drain()
    await world.act(view.id, "end")
    await world.service.drain()
    return await world.service.report(view.id, LOCAL_OWNER)


async def test_an_opinion_changes_nothing_that_counts(parts: Parts, tmp_path: Path) -> None:
    reports = []
    for name, wanted in (("with", True), ("without", False)):
        world = make_world(
            parts, f"sqlite:///{tmp_path / name}.db", model=Adviser(advice=""), second_opinion=wanted
        )
        reports.append(await play(world))
        await world.service.aclose()
    with_them, without = reports
    assert [turn.second_opinion is not None for turn in with_them.turns] == [True, True, False, True]
    assert not any(turn.second_opinion for turn in without.turns)
    bare = tuple(replace(turn, second_opinion=None) for turn in with_them.turns)
    assert replace(with_them, turns=bare, session_id="") == replace(without, session_id="")


async def test_a_model_is_not_asked_about_what_the_gates_stopped(world: World, model: Adviser) -> None:
    view = await world.start()
    await world.say(view.id, "flag dont_know I do not know that.")
    await world.service.drain()
    assert not [messages for messages in model.asked if "single" in messages[0].content]
    assert (await world.service.report(view.id, LOCAL_OWNER)).coming.second_opinions == 0


async def test_what_fails_says_why_once_and_is_made_up_for(world: World, model: Adviser) -> None:
    model.fails = ModelUnavailable("The model is away.")
    view = await world.start()
    view = await world.say(view.id, ANSWER)
    await world.service.drain()
    report = await world.service.report(view.id, LOCAL_OWNER)
    assert report.turns[0].second_opinion_reason == "The model is away."
    assert report.coming == Coming(1, 1)
    for _ in range(3):
        await settle(await world.service.proceed(view.id, LOCAL_OWNER))
        await world.service.drain()
    failures = [p for p in await stored(world, view.id) if isinstance(p, SecondOpinionFailed)]
    assert failures == [SecondOpinionFailed(0, "The model is away.")]

    model.fails = None
    await world.act(view.id, "retry")
    await world.service.drain()
    report = await world.service.report(view.id, LOCAL_OWNER)
    assert report.coming == Coming()
    assert report.turns[0].second_opinion is not None
    assert report.turns[0].second_opinion_reason is None


async def test_whoever_looks_at_the_report_sets_it_going_again(world: World, model: Adviser) -> None:
    model.fails = ModelUnavailable("The model is away.")
    view = await world.start()
    await world.say(view.id, ANSWER)
    await world.service.drain()
    model.fails = None
    assert (await world.service.report(view.id, LOCAL_OWNER)).coming == Coming(1, 1)
    await world.service.drain()
    assert (await world.service.report(view.id, LOCAL_OWNER)).coming == Coming()


async def test_an_opinion_that_cannot_be_read_is_unscored_and_not_asked_again(
    world: World, model: Adviser
) -> None:
    model.fails = ModelGarbled("It rambles.")
    view = await world.start()
    await world.say(view.id, ANSWER)
    await world.service.drain()
    turn = (await world.service.report(view.id, LOCAL_OWNER)).turns[0]
    assert turn.second_opinion is not None
    assert turn.second_opinion.score is None
    assert "It rambles." in (turn.second_opinion.unscored_reason or "")
    assert turn.assessment.score is not None
    assert (await world.service.report(view.id, LOCAL_OWNER)).coming.second_opinions == 0


async def test_a_process_that_ends_amid_an_opinion_leaves_it_to_the_next(
    world: World, model: Adviser
) -> None:
    model.may_choose.clear()
    view = await world.start()
    await world.say(view.id, ANSWER)
    await asyncio.wait_for(model.chooses.wait(), 10)
    await world.service.aclose()

    later = world.again(model=Adviser(), second_opinion=True)
    assert (await turn_of(later, view.id)).opinion is None
    await settle(await later.service.proceed(view.id, LOCAL_OWNER))
    await later.service.drain()
    assert (await turn_of(later, view.id)).opinion is not None
    assert sum(isinstance(p, SecondOpinion) for p in await stored(later, view.id)) == 1
    await later.service.aclose()


async def test_two_processes_store_one_opinion(world: World, model: Adviser) -> None:
    model.may_choose.clear()
    view = await world.start()
    await world.say(view.id, ANSWER)
    await asyncio.wait_for(model.chooses.wait(), 10)
    other = world.again(model=Adviser(), second_opinion=True)
    await settle(await other.service.proceed(view.id, LOCAL_OWNER))
    await other.service.drain()
    model.may_choose.set()
    await world.service.drain()
    kinds = [type(payload) for payload in await stored(world, view.id)]
    assert (kinds.count(SecondOpinion), kinds.count(Advised)) == (1, 1)
    await other.service.aclose()


class Talker(Adviser):
    """Its follow-ups wait until they may be said."""

    def __init__(self) -> None:
        super().__init__()
        self.may_say = asyncio.Event()
        self.says = asyncio.Event()

    async def complete(
        self, messages: Sequence[Message], *, max_tokens: int = 400, temperature: float = 0.3
    ) -> AsyncIterator[str]:
        if "one sentence of advice" not in messages[0].content:
            self.says.set()
            await self.may_say.wait()
        async for piece in super().complete(messages, max_tokens=max_tokens):
            yield piece


async def test_an_opinion_that_comes_while_the_interviewer_speaks_does_not_make_it_speak_anew(
    parts: Parts, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = Talker()
    model.may_say.set()
    model.may_choose.clear()
    world = make_world(parts, store_url, model=model, second_opinion=True)
    added, append, loop = asyncio.Event(), world.store.append, asyncio.get_running_loop()

    def watched(session_id: str, seq: int, new: Sequence[NewEvent], *args: Any, **more: Any) -> Any:
        done = append(session_id, seq, new, *args, **more)
        if isinstance(new[0].payload, SecondOpinion):
            loop.call_soon_threadsafe(added.set)
        return done

    monkeypatch.setattr(world.store, "append", watched)
    view = await world.start()
    await world.say(view.id, ANSWER)
    await asyncio.wait_for(model.chooses.wait(), 10)
    model.may_say.clear()
    model.says.clear()
    speaking = asyncio.create_task(world.say(view.id, "credit 0.0 The weights, perhaps, or something else."))
    await asyncio.wait_for(model.says.wait(), 10)
    model.may_choose.set()
    await asyncio.wait_for(added.wait(), 10)
    model.may_say.set()
    view = await speaking
    await world.service.drain()
    follow_ups = [m for m in model.asked if "follow-up questions for" in m[1].content]
    assert len(follow_ups) == 2, "one for each answer"
    answers = [p.text for p in await stored(world, view.id) if isinstance(p, Answered)]
    assert len(answers) == 2
    await world.service.aclose()


async def test_only_so_many_opinions_are_asked_for_at_once(
    world: World, model: Adviser, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.may_choose.clear()
    asking: list[int] = []
    most: list[int] = []
    full = asyncio.Event()
    second_opinion = world.service.interviewer.second_opinion

    async def watched(*given: Any) -> Any:
        asking.append(1)
        most.append(len(asking))
        if len(asking) == OPINIONS_AT_ONCE:
            full.set()
        try:
            return await second_opinion(*given)
        finally:
            asking.pop()

    monkeypatch.setattr(world.service.interviewer, "second_opinion", watched)
    views = [await world.start() for _ in range(OPINIONS_AT_ONCE + 3)]
    for view in views:
        await world.say(view.id, ANSWER)
    # Whoever would ask beyond that has come so far.
    await asyncio.wait_for(full.wait(), 10)
    await world.service.session_page(LOCAL_OWNER)
    model.may_choose.set()
    await world.service.drain()
    assert max(most) == OPINIONS_AT_ONCE
    assert len(most) == len(views)
    for view in views:
        assert any(isinstance(payload, SecondOpinion) for payload in await stored(world, view.id))


async def test_advice_arrives_behind_the_feedback(world: World) -> None:
    view = await world.start()
    await world.say(view.id, ANSWER)
    before = next(p for p in await stored(world, view.id) if p.kind == "assessed").feedback
    await world.service.drain()
    turn = await turn_of(world, view.id)
    assert turn.advice.startswith("Study this closely: ")
    assert turn.feedback == f"{before} {turn.advice}"
    assert (await world.service.report(view.id, LOCAL_OWNER)).turns[0].feedback == turn.feedback


async def test_advice_that_may_not_stand_is_asked_for_once(world: World, model: Adviser) -> None:
    model.advice = "Excellent answer, you get full marks for everything here."
    view = await world.start()
    await world.say(view.id, ANSWER)
    await world.service.drain()
    await settle(await world.service.proceed(view.id, LOCAL_OWNER))
    await world.service.drain()
    turn = await turn_of(world, view.id)
    assert turn.advice == ""
    assert "Excellent" not in turn.feedback
    asked = [messages for messages in model.asked if "one sentence of advice" in messages[0].content]
    assert len(asked) == 1


async def test_afterwork_costs_no_time_of_the_round_and_moves_no_session(
    world: World, model: Adviser
) -> None:
    model.may_choose.clear()
    view = await world.start()
    await world.say(view.id, ANSWER)
    await asyncio.wait_for(model.chooses.wait(), 10)
    before: State = await world.state(view.id)
    line = await asyncio.to_thread(world.store.session, view.id)
    world.clock.tick(3000)
    model.may_choose.set()
    await world.service.drain()
    after = await world.state(view.id)
    assert after.turns[0].opinion is not None
    assert (after.elapsed_s, after.last_at) == (before.elapsed_s, before.last_at)
    assert await asyncio.to_thread(world.store.session, view.id) == line


async def test_a_session_that_is_deleted_amid_an_opinion_stays_deleted(world: World, model: Adviser) -> None:
    model.may_choose.clear()
    view = await world.start()
    await world.say(view.id, ANSWER)
    await asyncio.wait_for(model.chooses.wait(), 10)
    await world.service.delete(view.id, LOCAL_OWNER)
    model.may_choose.set()
    await world.service.drain()
    assert (await world.service.session_page(LOCAL_OWNER)).sessions == ()


async def test_work_that_is_stopped_before_it_began_is_forgotten(world: World, model: Adviser) -> None:
    model.fails = ModelUnavailable("The model is away.")
    view = await world.start()
    await world.say(view.id, ANSWER)
    await world.service.drain()
    assert (await world.service.report(view.id, LOCAL_OWNER)).coming == Coming(1, 1)
    await world.service.delete(view.id, LOCAL_OWNER)
    await asyncio.wait_for(world.service.drain(), 10)


async def test_what_fails_unexpectedly_is_logged_and_the_round_goes_on(
    world: World, model: Adviser, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> Distribution:
        raise ArithmeticError("a fault of ours")

    monkeypatch.setattr(model, "_choice", broken)
    view = await world.start()
    await world.say(view.id, ANSWER)
    await world.service.drain()
    assert "a fault of ours" in caplog.text
    view = await world.say(view.id, FULL)
    assert view.turn == 2


async def test_without_a_model_nothing_is_owed(parts: Parts, store_url: str) -> None:
    world = make_world(parts, store_url, second_opinion=True)
    view = await world.start()
    await world.say(view.id, ANSWER)
    assert (await world.service.report(view.id, LOCAL_OWNER)).coming == Coming()
    await world.service.aclose()


async def test_a_server_that_is_killed_amid_an_opinion_makes_it_when_it_is_back(
    parts: Parts, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("interviewer.llm.server_calls.wait_random_exponential", lambda **_: lambda _: 0.0)
    patience = Patience(failures=3, cool_down_s=0.01, longest_s=0.02, jitter=0.0)
    async with FaultyVllm() as server:
        connected = await connect(Connection("server", server.url), patience=patience)
        world = make_world(parts, store_url, model=connected.model, status=connected.status)
        view = await world.start()
        server.break_down("hangs_before_headers")
        saying = asyncio.create_task(world.say(view.id, "credit 1.0 The cache grows with every token."))
        await asyncio.wait_for(server.hangs.wait(), 10)
        view = await saying
        server.die()
        await world.service.drain()
        report = await world.service.report(view.id, LOCAL_OWNER)
        assert report.turns[0].second_opinion is None
        assert "The model server at" in (report.turns[0].second_opinion_reason or "")
        assert report.turns[0].assessment.score == 1.0

        await server.recover()
        await asyncio.sleep(0.05)
        await settle(await world.service.proceed(view.id, LOCAL_OWNER))
        await world.service.drain()
        opinion = (await world.service.report(view.id, LOCAL_OWNER)).turns[0].second_opinion
        assert opinion is not None
        assert (opinion.judge.model, opinion.score is not None) == ("first-model", True)
        await world.service.aclose()


async def test_what_comes_behind_the_interview_is_in_the_way_of_none_of_its_steps(
    parts: Parts, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The opinion on each answer is stored while the interviewer words what it says to the next one: no append is lost."""
    model = Talker()
    model.may_say.set()
    world = make_world(parts, store_url, model=model, second_opinion=True)
    added, append, loop = asyncio.Event(), world.store.append, asyncio.get_running_loop()
    refused: list[Any] = []

    def watched(session_id: str, seq: int, new: Sequence[NewEvent], *more: Any) -> Any:
        try:
            done = append(session_id, seq, new, *more)
        except StoreConflict:
            refused.append(new[0].payload)
            raise
        if isinstance(new[0].payload, SecondOpinion):
            loop.call_soon_threadsafe(added.set)
        return done

    monkeypatch.setattr(world.store, "append", watched)
    view = await world.start(questions=2)
    for turn in range(3):
        model.may_choose.clear()
        model.chooses.clear()
        model.may_say.set()
        view = await world.say(view.id, f"credit 0.1 The cache grows with token {2 * turn}.")
        if view.turn is None:
            break
        await asyncio.wait_for(model.chooses.wait(), 10)
        model.may_say.clear()
        model.says.clear()
        speaking = asyncio.create_task(
            world.say(view.id, f"credit 0.1 The cache grows with token {2 * turn + 1}.")
        )
        said = asyncio.create_task(model.says.wait())
        await asyncio.wait({speaking, said}, return_when=asyncio.FIRST_COMPLETED)
        added.clear()
        model.may_choose.set()
        await asyncio.wait_for(added.wait(), 10)
        model.may_say.set()
        said.cancel()
        view = await speaking
        await world.service.drain()
    opinions = [p for p in await stored(world, view.id) if isinstance(p, SecondOpinion)]
    assert len(opinions) >= 3
    assert refused == []
    await world.service.aclose()


async def test_what_advice_on_a_criterion_stands_on_is_looked_up_once(
    world: World, model: Adviser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two candidates say different things and leave the same criterion open."""
    retriever = world.parts.retriever
    retrieve, queries = retriever.retrieve, []

    def noted(query: str, *given: Any, **named: Any) -> Any:
        queries.append(query)
        return retrieve(query, *given, **named)

    monkeypatch.setattr(retriever, "retrieve", noted)
    for answer in (ANSWER, "credit 0.3 I would look at the weights first."):
        view = await world.start()
        await world.say(view.id, answer)
        await world.service.drain()
    prompts = [m[1].content for m in model.asked if "one sentence of advice" in m[0].content]
    targets = [re.search(r"<target>\n(.*)\n</target>", text) for text in prompts]
    named = [found[1] for found in targets if found is not None]
    assert len(named) == 2
    assert named[0] == named[1]
    assert sum(named[0] in query for query in queries) == 1
    assert all("<passage" in text for text in prompts)
