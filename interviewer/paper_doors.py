"""What can be done with a paper beside talking: turn to an item, tick options, submit code. The service holds one."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Protocol

from corpus import Question
from interviewer.errors import (
    BadInput,
    MockroundError,
    ProblemBroken,
    RunnerBusy,
    RunningOff,
    SandboxBroken,
    UnknownThing,
    WrongMoment,
)
from interviewer.events import CodeSubmitted, Ended, Payload, Ticked, WentTo
from interviewer.interview import State, Turn
from interviewer.packs import RolePack
from interviewer.paper import NEEDS_CODE, letters_in
from interviewer.sandbox.code_runs import CodeRuns
from interviewer.sandbox.results import CodeResult, Growth
from interviewer.submissions import submission_of
from interviewer.views import Update

log = logging.getLogger(__name__)

PAPER_ACTIONS = ("go", "choose", "submit")

NO_PAPER = "This round asks one question after the other; only an online assessment has items to turn to."


class Recorder(Protocol):
    """Appends what the candidate did, once."""

    async def __call__(
        self,
        session_id: str,
        owner: str | None,
        client_event_id: str | None,
        decide: Callable[[State], Payload],
    ) -> None: ...


class Papers:
    """The doors to a paper. Items are counted from 1. Methods raise the errors of `interviewer.errors` only."""

    def __init__(
        self,
        role: RolePack,
        code: CodeRuns,
        load: Callable[[str, str | None], Awaitable[State]],
        expect_open: Callable[[State, int | None], None],
        record: Recorder,
        proceed: Callable[[str, str | None], Awaitable[AsyncIterator[Update]]],
        keep_growth: Callable[[str, str | None, str, Growth], Awaitable[bool]],
    ) -> None:
        """`expect_open` raises WrongMoment unless the candidate may act; how right code grows goes to `keep_growth`."""
        self._role = role
        self.code = code
        self._load = load
        self._expect_open = expect_open
        self._record = record
        self._proceed = proceed
        self._keep_growth = keep_growth
        self._measuring: set[asyncio.Task[None]] = set()

    async def act(
        self,
        session_id: str,
        owner: str | None,
        action: str,
        text: str,
        item: int | None,
        client_event_id: str | None = None,
    ) -> AsyncIterator[Update]:
        """One of PAPER_ACTIONS, for an item or the one that is looked at; `text` is letters, or code."""
        if action == "choose":
            return await self.choose(session_id, owner, text, item, client_event_id)
        if action == "submit":
            return (await self.submit(session_id, owner, text, item, client_event_id))[1]
        if item is None:
            raise BadInput("Name the item to turn to, from 1.")
        return await self.go(session_id, owner, item, client_event_id)

    async def go(
        self, session_id: str, owner: str | None, item: int, client_event_id: str | None = None
    ) -> AsyncIterator[Update]:
        """Turn to an item. Watch what comes of it. Raises UnknownThing for one that is not there."""

        def decide(state: State) -> Payload:
            self._question(state, item)
            return WentTo(item - 1)

        await self._record(session_id, owner, client_event_id, decide)
        return await self._proceed(session_id, owner)

    async def choose(
        self,
        session_id: str,
        owner: str | None,
        letters: str,
        item: int | None = None,
        client_event_id: str | None = None,
    ) -> AsyncIterator[Update]:
        """Choose options of an item, such as `A, C`, in the place of what was chosen before; no letters take it back.

        Raises BadInput for what are no letters of options, and for a coding problem.
        """

        def decide(state: State) -> Payload:
            turn, question = self._looked_at(state, item)
            if not question.choices:
                raise BadInput(NEEDS_CODE)
            return Ticked(turn.index, letters_in(letters, question) if letters.strip() else ())

        await self._record(session_id, owner, client_event_id, decide)
        return await self._proceed(session_id, owner)

    async def submit(
        self,
        session_id: str,
        owner: str | None,
        code: str,
        item: int | None = None,
        client_event_id: str | None = None,
    ) -> tuple[CodeResult | None, AsyncIterator[Update]]:
        """Run code on the tests of an item's problem (the one that is looked at, by default) and keep both.

        The result is None where code is not run here: then the code alone is kept. How right code grows is measured
        behind it and kept, too.
        """
        turn, question = self._looked_at(await self._load(session_id, owner), item)
        if question.problem is None:
            raise BadInput("This item is no coding problem: choose options of it.")
        result: CodeResult | None = None
        try:
            result = await self.code.run(question.problem, code)
            kept = submission_of(code, result)
        except RunningOff as error:
            kept = CodeSubmitted(question.problem, code, error=str(error))
        kept = replace(kept, turn=turn.index)

        def decide(state: State) -> Payload:
            self._expect_open(state, None)
            return kept

        await self._record(session_id, owner, client_event_id, decide)
        if result is not None and result.passed:
            task = asyncio.create_task(self._measure(session_id, owner, question.problem, code))
            self._measuring.add(task)
            task.add_done_callback(self._measuring.discard)
        return result, await self._proceed(session_id, owner)

    async def hand_in(self, session_id: str, owner: str | None, drafts: str) -> AsyncIterator[Update]:
        """End a paper. `drafts` is JSON of code by problem: what was written and not submitted is submitted first."""
        for problem, code in _drafts_in(drafts).items():
            state = await self._load(session_id, owner)
            self._expect_paper(state)
            item = self._unsent(state, problem, code)
            if item is not None:
                try:
                    await self.submit(session_id, owner, code, item)
                except (BadInput, RunnerBusy, ProblemBroken, SandboxBroken) as error:
                    # What cannot be run is no reason not to hand in the rest.
                    log.warning(
                        "a draft of %s was not handed in with session %s: %s", problem, session_id, error
                    )
        await self._record(session_id, owner, None, self._ended)
        return await self._proceed(session_id, owner)

    def _unsent(self, state: State, problem: str, code: str) -> int | None:
        """The item, from 1, for which this code was written and not submitted; None where there is none."""
        for number, name in enumerate(state.setup.question_ids, 1):
            turn = state.turn_on(number - 1)
            if turn is None or self._role.pack.question(name).problem != problem:
                continue
            starter = self._role.pack.problem(problem).starter
            sent = "" if turn.submission is None else turn.submission.code
            return None if code.strip() in ("", starter.strip(), sent.strip()) else number
        return None

    def _ended(self, state: State) -> Payload:
        self._expect_paper(state)
        return Ended()

    async def drain(self) -> None:
        """Wait until nothing is measured any more."""
        while self._measuring:
            await asyncio.wait(list(self._measuring))

    async def aclose(self) -> None:
        """Stop measuring."""
        running = list(self._measuring)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _measure(self, session_id: str, owner: str | None, problem: str, code: str) -> None:
        try:
            await self._keep_growth(session_id, owner, code, await self.code.growth(problem, code))
        except MockroundError as error:
            log.warning("how a submission to session %s grows is not kept: %s", session_id, error)

    def _looked_at(self, state: State, item: int | None) -> tuple[Turn, Question]:
        """An item that was looked at, or the one that is."""
        if item is None:
            self._expect_paper(state)
            turn: Turn | None = state.turns[state.place]
        else:
            self._question(state, item)
            turn = state.turn_on(item - 1)
        if turn is None:
            raise WrongMoment(f"Look at item {item} first.")
        return turn, self._role.pack.question(turn.question_id)

    def _expect_paper(self, state: State) -> None:
        if not state.setup.paper:
            raise WrongMoment(NO_PAPER)
        self._expect_open(state, None)

    def _question(self, state: State, item: int) -> Question:
        """The item's question, of a paper that is worked on."""
        self._expect_paper(state)
        names = state.setup.question_ids
        if not 1 <= item <= len(names):
            raise UnknownThing(f"There is no item {item}; they are counted from 1 to {len(names)}.")
        return self._role.pack.question(names[item - 1])


def _drafts_in(drafts: str) -> dict[str, str]:
    """Code by problem, as the page has it. Raises BadInput."""
    try:
        found = json.loads(drafts or "{}")
    except (ValueError, RecursionError) as error:
        raise BadInput("The drafts are no JSON.") from error
    if not isinstance(found, dict) or not all(isinstance(code, str) for code in found.values()):
        raise BadInput("The drafts are code by problem.")
    return found
