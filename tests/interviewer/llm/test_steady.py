"""The limit, the circuit breaker and the counts around a model; time moves when a test says so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress

import pytest

from interviewer.llm.breaker import Breaker, Patience
from interviewer.llm.errors import (
    CircuitOpen,
    ModelError,
    ModelGarbled,
    ModelRejected,
    ModelTimedOut,
    ModelUnavailable,
)
from interviewer.llm.gate import TALK_IN_A_ROW, Gate
from interviewer.llm.observe import (
    Admitted,
    CircuitMoved,
    Ended,
    FirstToken,
    GaveUp,
    Observation,
    Queued,
    Refused,
    Verb,
)
from interviewer.llm.protocol import Choice, Message
from interviewer.llm.scripted import BreaksOff, ScriptedModel
from interviewer.llm.steady import SteadyModel

ASK = [Message("user", "A or B?")]
DOWN = ModelUnavailable("The server is down.")
PATIENCE = Patience(failures=3, cool_down_s=10.0, longest_s=35.0, jitter=0.0)


class Time:
    """Seconds that a test counts."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


async def turns_of_the_loop(count: int = 10) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


# The gate


class Visitors:
    """Tasks that enter a gate and stay until they are told to go; `order` is the order in which they came in."""

    def __init__(self, limit: int) -> None:
        self.gate = Gate(limit)
        self.order: list[str] = []
        self.tasks: dict[str, asyncio.Task[None]] = {}
        self._go: dict[str, asyncio.Event] = {}

    async def come(self, name: str, verb: Verb) -> None:
        self._go[name] = asyncio.Event()
        self.tasks[name] = asyncio.create_task(self._visit(name, verb))
        await turns_of_the_loop()

    async def go(self, name: str) -> None:
        self._go[name].set()
        await turns_of_the_loop()

    async def _visit(self, name: str, verb: Verb) -> None:
        async with self.gate.turn(verb):
            self.order.append(name)
            await self._go[name].wait()

    async def all_go(self) -> None:
        while any(not task.done() for task in self.tasks.values()):
            for name in list(self.order):
                await self.go(name)


async def test_no_more_than_the_limit_run_at_once() -> None:
    visitors = Visitors(2)
    for name in "abc":
        await visitors.come(name, "choose")
    assert (visitors.order, visitors.gate.running, visitors.gate.waiting) == (["a", "b"], 2, 1)
    await visitors.go("b")
    assert (visitors.order, visitors.gate.running, visitors.gate.waiting) == (["a", "b", "c"], 2, 0)
    await visitors.all_go()
    assert visitors.gate.running == 0


async def test_whoever_speaks_goes_first_and_assessments_are_not_starved() -> None:
    visitors = Visitors(1)
    await visitors.come("first", "choose")
    for number in range(2):
        await visitors.come(f"judge{number}", "choose")
    for number in range(TALK_IN_A_ROW + 2):
        await visitors.come(f"talk{number}", "complete")
    await visitors.all_go()
    talk = [f"talk{number}" for number in range(TALK_IN_A_ROW + 2)]
    assert visitors.order == [
        "first",
        *talk[:TALK_IN_A_ROW],
        "judge0",
        *talk[TALK_IN_A_ROW:],
        "judge1",
    ]


async def test_a_wait_that_is_cancelled_leaves_the_queue() -> None:
    visitors = Visitors(1)
    for name in "abc":
        await visitors.come(name, "complete")
    visitors.tasks["b"].cancel()
    await turns_of_the_loop()
    assert visitors.gate.waiting == 1
    await visitors.go("a")
    assert visitors.order == ["a", "c"]
    await visitors.go("c")
    assert visitors.gate.running == 0


async def test_a_turn_that_comes_in_the_moment_of_the_cancellation_is_passed_on() -> None:
    gate = Gate(1)
    came: list[str] = []

    async def wait(name: str) -> None:
        async with gate.turn("complete"):
            came.append(name)

    async with gate.turn("complete"):
        first, second = asyncio.create_task(wait("first")), asyncio.create_task(wait("second"))
        await turns_of_the_loop()
    first.cancel()
    await asyncio.wait([first, second])
    assert (first.cancelled(), came, gate.running, gate.waiting) == (True, ["second"], 0, 0)


def test_a_gate_lets_somebody_through() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Gate(0)


# The circuit breaker: what happens, and the state after it

OK = None
GARBLED, REJECTED = ModelGarbled("Nonsense."), ModelRejected("No.")
SLOW = ModelTimedOut("Too slow.")
ASKED_FOR_REST = ModelUnavailable("Busy.", retry_after_s=20.0)


def request(breaker: Breaker, end: BaseException | None) -> None:
    with suppress(ModelError, asyncio.CancelledError), breaker.guard():
        if end is not None:
            raise end


@pytest.mark.parametrize(
    ("ends", "state"),
    [
        ([DOWN, DOWN], "closed"),
        ([DOWN, DOWN, DOWN], "open"),
        ([DOWN, DOWN, OK, DOWN, DOWN], "closed"),
        ([DOWN, DOWN, GARBLED, DOWN, DOWN], "closed"),
        ([GARBLED] * 9, "closed"),
        ([REJECTED] * 9, "closed"),
        ([DOWN, asyncio.CancelledError(), DOWN, DOWN], "open"),
        ([SLOW], "open"),
        ([ASKED_FOR_REST], "open"),
    ],
)
def test_what_opens_the_circuit(ends: Sequence[BaseException | None], state: str) -> None:
    breaker = Breaker("The model", PATIENCE, clock=Time())
    for end in ends:
        request(breaker, end)
    assert breaker.state == state


def test_a_slow_request_beside_one_that_was_answered_counts_once() -> None:
    breaker = Breaker("The model", PATIENCE, clock=Time())
    with suppress(ModelError), breaker.guard():
        request(breaker, OK)
        raise SLOW
    assert breaker.state == "closed"


@pytest.mark.parametrize(
    ("trial", "state"),
    [(OK, "closed"), (REJECTED, "closed"), (GARBLED, "closed"), (DOWN, "open"), (SLOW, "open")],
)
def test_one_trial_decides(trial: BaseException | None, state: str) -> None:
    time = Time()
    moves: list[str] = []
    breaker = Breaker("The model at home", PATIENCE, clock=time, moved=moves.append)
    for _ in range(3):
        request(breaker, DOWN)
    time.now += 9.0
    with pytest.raises(CircuitOpen, match=r"^The model at home has failed repeatedly .* in 1 s\.$"):
        breaker.check()
    time.now += 1.0
    with suppress(ModelError), breaker.guard():
        with pytest.raises(CircuitOpen, match="being tried again"), breaker.guard():
            pass
        if trial is not None:
            raise trial
    assert moves == ["closed", "open", "half_open", state]


def test_others_are_let_through_when_the_trials_reply_begins() -> None:
    time = Time()
    breaker = Breaker("The model", PATIENCE, clock=time)
    for _ in range(3):
        request(breaker, DOWN)
    time.now += 10.0
    with suppress(ModelError), breaker.guard() as begun:
        begun()
        request(breaker, OK)
        assert breaker.state == "closed"
        raise DOWN  # the stream broke off, which is one failure of what is closed by now
    assert breaker.state == "closed"


def test_a_trial_that_was_cancelled_leaves_the_trial_to_the_next() -> None:
    time = Time()
    breaker = Breaker("The model", PATIENCE, clock=time)
    for _ in range(3):
        request(breaker, DOWN)
    time.now += 10.0
    request(breaker, asyncio.CancelledError())
    assert breaker.state == "open"
    request(breaker, OK)
    assert breaker.state == "closed"


def test_what_began_before_says_nothing_about_now() -> None:
    breaker = Breaker("The model", PATIENCE, clock=Time())
    with breaker.guard():
        for _ in range(3):
            request(breaker, DOWN)
    assert breaker.state == "open"


def test_each_cool_down_is_twice_as_long_up_to_the_longest() -> None:
    time = Time()
    breaker = Breaker("The model", PATIENCE, clock=time)
    for _ in range(3):
        request(breaker, DOWN)
    for cool_down_s in (10.0, 20.0, 35.0, 35.0):
        time.now += cool_down_s - 0.5
        with pytest.raises(CircuitOpen):
            breaker.check()
        time.now += 0.5
        request(breaker, DOWN)
    time.now += 35.0
    request(breaker, OK)
    for _ in range(3):
        request(breaker, DOWN)
    time.now += 10.0
    breaker.check()


@pytest.mark.parametrize(("chance", "cool_down_s"), [(0.0, 8.0), (0.5, 10.0), (1.0, 12.0)])
def test_cool_downs_differ_between_replicas(chance: float, cool_down_s: float) -> None:
    time = Time()
    breaker = Breaker("The model", Patience(1, 10.0, jitter=0.2), clock=time, chance=lambda: chance)
    request(breaker, DOWN)
    time.now += cool_down_s - 0.01
    with pytest.raises(CircuitOpen):
        breaker.check()
    time.now += 0.02
    breaker.check()


@pytest.mark.parametrize(("wished_s", "left_s"), [(20.0, 20), (900.0, 35), (2.0, 10)])
def test_a_server_that_asks_to_be_left_alone_is(wished_s: float, left_s: int) -> None:
    breaker = Breaker("The model", PATIENCE, clock=Time())
    request(breaker, ModelUnavailable("Busy.", wished_s))
    with pytest.raises(CircuitOpen, match=rf"in {left_s} s\."):
        breaker.check()


# The model


async def text_of(stream: AsyncIterator[str]) -> str:
    return "".join([piece async for piece in stream])


async def test_a_steady_model_says_what_the_model_says_and_everything_is_counted() -> None:
    seen: list[Observation] = []
    model = SteadyModel(
        ScriptedModel(["What then?"], [{"A": 0.75, "B": 0.25}]), observe=seen.append, clock=Time()
    )
    assert (model.name, model.where, model.answers) == ("scripted", "scripted", None)
    assert await text_of(model.complete(ASK)) == "What then?"
    assert await model.choose(ASK, ["A", "B"]) == Choice({"A": 0.75, "B": 0.25}, 0.0)
    assert seen == [
        CircuitMoved("closed"),
        Queued("complete"),
        Admitted("complete", 0.0),
        FirstToken(0.0),
        Ended("complete", "ok", 0.0),
        Queued("choose"),
        Admitted("choose", 0.0),
        Ended("choose", "ok", 0.0),
    ]
    assert model.answers is True


async def test_an_open_circuit_fails_at_once_and_sends_nothing() -> None:
    seen: list[Observation] = []
    inner = ScriptedModel([DOWN, BreaksOff("What"), DOWN, "Never."], choices=[])
    model = SteadyModel(inner, patience=PATIENCE, observe=seen.append, clock=Time())
    for _ in range(3):
        with pytest.raises(ModelUnavailable):
            await text_of(model.complete(ASK))
    assert (model.circuit, model.answers, len(inner.asked)) == ("open", False, 3)
    with pytest.raises(CircuitOpen):
        await text_of(model.complete(ASK))
    with pytest.raises(CircuitOpen):
        await model.choose(ASK, ["A", "B"])
    assert len(inner.asked) == 3
    assert seen[-2:] == [Refused("complete"), Refused("choose")]
    assert [item.outcome for item in seen if isinstance(item, Ended)] == ["unavailable"] * 3


class HeldModel(ScriptedModel):
    """Says one word, then waits; `closed_streams` counts streams that were closed."""

    def __init__(self) -> None:
        super().__init__()
        self.closed_streams = 0

    async def complete(
        self, messages: Sequence[Message], *, max_tokens: int = 400, temperature: float = 0.3
    ) -> AsyncIterator[str]:
        try:
            yield "Well"
            await asyncio.Event().wait()
        finally:
            self.closed_streams += 1


async def test_a_reply_that_is_left_or_cancelled_gives_its_turn_back() -> None:
    seen: list[Observation] = []
    inner = HeldModel()
    model = SteadyModel(inner, limit=1, observe=seen.append, clock=Time())
    left = model.complete(ASK)
    assert await anext(left) == "Well"
    waiting = asyncio.create_task(model.choose(ASK, ["A", "B"]))
    given_up = asyncio.create_task(model.choose(ASK, ["A", "B"]))
    await turns_of_the_loop()
    given_up.cancel()
    await asyncio.wait([given_up])
    await left.aclose()  # type: ignore[attr-defined]
    assert (await waiting).outside == 0.0
    reading = asyncio.create_task(text_of(model.complete(ASK)))
    await turns_of_the_loop()
    reading.cancel()
    await asyncio.wait([reading])
    assert inner.closed_streams == 2
    assert seen.count(GaveUp("choose")) == 1
    assert [item.outcome for item in seen if isinstance(item, Ended)] == ["cancelled", "ok", "cancelled"]
    assert model.circuit == "closed"


async def test_closing_closes_the_model_and_its_circuit_is_told_no_more() -> None:
    seen: list[Observation] = []
    inner = ScriptedModel([DOWN] * 3)
    model = SteadyModel(inner, patience=PATIENCE, observe=seen.append, clock=Time())
    await model.aclose()
    assert inner.closed
    for _ in range(3):
        with pytest.raises(ModelUnavailable):
            await text_of(model.complete(ASK))
    assert model.circuit == "open"
    assert [item for item in seen if isinstance(item, CircuitMoved)] == [CircuitMoved("closed")]
