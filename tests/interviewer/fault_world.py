"""A whole round through the real service while its model server fails: the driver of fault tests and benchmarks.

`play` holds a round with a scripted candidate against a server that is whole, then fails in one way, then is whole
again, and returns what can be counted. Nothing of ours is restarted on the way.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from faulty_vllm import Fault, FaultyVllm
from round_world import VERSIONS, Clock

from interviewer.build import Parts
from interviewer.config import Settings
from interviewer.conversation import Interviewer
from interviewer.events import Answered, Assessed, AssessmentFailed, Said
from interviewer.interview import Phase, fold_all
from interviewer.judge.protocol import AnswerToJudge, Judge
from interviewer.llm.breaker import Patience
from interviewer.llm.connect import Connection, connect
from interviewer.llm.observe import Ended, Observation
from interviewer.llm.server_calls import Timeouts
from interviewer.owners import LOCAL_OWNER
from interviewer.personas import Scene, answer_as
from interviewer.service import InterviewService, StartRequest
from interviewer.store import EventStore
from interviewer.views import SessionView, Settled, Update
from rubrics import Assessment

# Short enough for a test, long enough for a busy machine to answer from the loopback.
TIMEOUTS = Timeouts(connect_s=5.0, first_token_s=2.0, stall_s=2.0, total_s=20.0)
PATIENCE = Patience(failures=3, cool_down_s=0.05, longest_s=0.1, jitter=0.0)
ANSWERS_WHOLE = 1
ANSWERS_FAILING = 4
MAX_ANSWERS = 60


@dataclass(frozen=True)
class Outcome:
    """What a round with a failing server came to.

    `answers_lost` of the `answers` sent are not in the store as they were sent. `wrong_scores` are assessments that
    are neither the judge's own, unchanged, nor unscored with a reason. `recovered`: the server was used again when it
    was whole. `told` are the sentences that the candidate read about it. `failures` are requests by how they ended.
    """

    fault: Fault
    answers: int
    answers_lost: int
    wrong_scores: int
    recovered: bool
    finished: bool
    told: tuple[str, ...]
    failures: Counter[str]
    unscored: int


class _Remembering:
    """A judge that keeps what it was asked."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self.asked: dict[str, AnswerToJudge] = {}

    @property
    def name(self) -> str:
        return self._judge.name

    async def assess(self, item: AnswerToJudge) -> Assessment:
        self.asked[f"{item.question}\n{item.answer}"] = item
        return await self._judge.assess(item)


class _Round:
    """One session with a candidate that covers about half."""

    def __init__(self, service: InterviewService, clock: Clock, session_id: str, seed: int) -> None:
        self.service = service
        self.clock = clock
        self.session_id = session_id
        self.sent: list[str] = []
        self._rng = random.Random(seed)

    async def answer(self) -> bool:
        """Answer the open turn; False where there is none."""
        state = fold_all(self.service.store.load(self.session_id))
        if state.phase is not Phase.OPEN or len(self.sent) >= MAX_ANSWERS:
            return False
        role = self.service.role
        question = role.pack.question(state.turns[-1].question_id)
        scene = Scene(state.turns[-1], question, role.rubrics[question.id], role, self._rng)
        text = answer_as("partial", scene)
        self.clock.tick(20)
        self.sent.append(text)
        await _last(await self.service.send(self.session_id, LOCAL_OWNER, text, as_answer=True))
        return True

    async def close(self, question: str) -> SessionView:
        """Ask the interviewer something, and end the round."""
        await _last(await self.service.send(self.session_id, LOCAL_OWNER, question))
        return await _last(await self.service.act(self.session_id, LOCAL_OWNER, "end"))


async def play(parts: Parts, store_url: str, fault: Fault, seed: int = 1, round_id: str = "all") -> Outcome:
    """A round of `round_id` on `store_url` whose server has `fault` in its middle, or, for one fault, at its start.

    The judge is that of `parts`. The candidate's last question is about the length of the process, which the guide
    of the built-in pack and of the tests' pack answers.
    """
    server = FaultyVllm()
    seen: list[Observation] = []
    async with server:
        if fault == "refuses_at_start":
            server.break_down(fault)
        connected = await connect(
            Connection("server", server.url), timeouts=TIMEOUTS, patience=PATIENCE, observe=seen.append
        )
        judge = _Remembering(parts.judge)
        maker = Interviewer(parts.role, parts.retriever, parts.embedder, judge, connected.model)
        clock = Clock()
        settings = Settings(llm="none", data=Path("."))
        service = InterviewService(
            settings, parts.role, EventStore(store_url), maker, VERSIONS, connected.status, clock
        )
        try:
            view = await service.start(StartRequest(round_id, "IC3", seed=seed), LOCAL_OWNER)
            await _last(await service.proceed(view.id, LOCAL_OWNER))
            round_ = _Round(service, clock, view.id, seed)
            return await _hold(round_, server, judge, parts.judge, fault, seen)
        finally:
            await service.aclose()


async def _hold(
    round_: _Round,
    server: FaultyVllm,
    remembered: _Remembering,
    judge: Judge,
    fault: Fault,
    seen: list[Observation],
) -> Outcome:
    if fault != "refuses_at_start":
        for _ in range(ANSWERS_WHOLE):
            await round_.answer()
        server.break_down(fault)
    for _ in range(ANSWERS_FAILING):
        await round_.answer()
    await server.recover()
    # A request of the afterwork that still hangs is the circuit breaker's one trial.
    await round_.service.drain()
    await asyncio.sleep(PATIENCE.longest_s)
    served = server.served
    while await round_.answer():
        pass
    view = await round_.close("How long does the process take from the first call to an offer?")
    events = round_.service.store.load(round_.session_id)
    payloads = [event.payload for event in events]
    stored = [payload.text for payload in payloads if isinstance(payload, Answered)]
    last = [item for item in payloads if isinstance(item, Said) and item.utterance.value == "reply"]
    return Outcome(
        fault=fault,
        answers=len(round_.sent),
        answers_lost=sum((Counter(round_.sent) - Counter(stored)).values()),
        wrong_scores=await _wrong_scores(round_, remembered, judge),
        recovered=server.served > served and bool(last) and last[-1].origin == "model",
        finished=view.finished,
        told=tuple(line.note for line in view.lines if line.note is not None),
        failures=Counter(item.outcome for item in seen if isinstance(item, Ended)),
        unscored=sum(isinstance(payload, AssessmentFailed) for payload in payloads),
    )


async def _wrong_scores(round_: _Round, remembered: _Remembering, judge: Judge) -> int:
    """Stored assessments that differ from what the judge says of the same item by itself."""
    wrong = 0
    for event in round_.service.store.load(round_.session_id):
        payload = event.payload
        if isinstance(payload, AssessmentFailed):
            wrong += not payload.reason
        if not isinstance(payload, Assessed):
            continue
        if payload.assessment.score is None:
            wrong += not payload.assessment.unscored_reason
            continue
        state = fold_all(round_.service.store.load(round_.session_id))
        turn = state.turns[payload.turn]
        items = [item for item in remembered.asked.values() if item.answer == turn.answer]
        alone = [await judge.assess(item) for item in items]
        wrong += payload.assessment not in alone
    return wrong


async def _last(updates: AsyncIterator[Update]) -> SessionView:
    view: SessionView | None = None
    async for update in updates:
        if isinstance(update, Settled):
            view = update.view
    assert view is not None, "updates end with Settled"
    return view
