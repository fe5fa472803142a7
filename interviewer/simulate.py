"""Play a whole round with a scripted candidate, through the same service as everybody else."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from interviewer.errors import MockroundError, expect_known
from interviewer.interview import SEPARATOR, Phase, State, fold_all
from interviewer.owners import LOCAL_OWNER
from interviewer.paper import item_of
from interviewer.personas import PERSONAS, Scene, answer_as, choice_of, code_of
from interviewer.report import Report
from interviewer.service import InterviewService, StartRequest
from interviewer.views import SessionView, settled

# A round that has not ended after this many answers never will; it is far above what any round's limits allow.
MAX_ANSWERS = 400


class SimulatedClock:
    """Time that passes only when the candidate speaks: a fixed start, a fixed number of seconds for each answer."""

    def __init__(self, seconds_per_answer: float = 100.0) -> None:
        """Start on a fixed date, so that a seed gives the same report."""
        self._now = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
        self._step = timedelta(seconds=seconds_per_answer)

    def __call__(self) -> datetime:
        """The simulated time."""
        return self._now

    def tick(self) -> None:
        """One answer later."""
        self._now += self._step


async def simulate(
    service: InterviewService, clock: SimulatedClock, persona: str, request: StartRequest
) -> tuple[Report, SessionView]:
    """The report and the final view of a round that `persona` plays. The service must use `clock`."""
    expect_known("persona", persona, PERSONAS)
    view = await service.start(request, LOCAL_OWNER)
    return await play(service, clock, persona, view.id, request.seed)


async def play(
    service: InterviewService, clock: SimulatedClock, persona: str, session_id: str, seed: int | None
) -> tuple[Report, SessionView]:
    """The report and the final view of a round that was started and that `persona` plays to its end."""
    rng = random.Random(f"{persona}:{seed}")
    async for _ in await service.proceed(session_id, LOCAL_OWNER):
        pass
    for _ in range(MAX_ANSWERS):
        state = fold_all(service.store.load(session_id))
        if state.phase is Phase.FINISHED:
            await service.drain()  # nobody will look again
            return await service.report(session_id, LOCAL_OWNER), await service.view(session_id, LOCAL_OWNER)
        clock.tick()
        if state.phase is Phase.OPEN and state.setup.paper:
            await _work_on_item(service, persona, session_id, state)
            continue
        if state.phase is Phase.OPEN:
            turn = state.turns[-1]
            question = service.role.pack.question(turn.question_id)
            scene = Scene(turn, question, service.role.rubrics[question.id], service.role, rng)
            updates = await service.send(session_id, LOCAL_OWNER, answer_as(persona, scene), as_answer=True)
        else:
            updates = await service.act(session_id, LOCAL_OWNER, "end")
        async for _ in updates:
            pass
    raise MockroundError(f"The simulated round did not end within {MAX_ANSWERS} answers.")


async def _work_on_item(
    service: InterviewService, persona: str, session_id: str, state: State
) -> SessionView:
    """What the persona leaves at the item of a paper that it looks at; then the next one, or the end."""
    turn = state.turns[state.place]
    question = service.role.pack.question(turn.question_id)
    number = item_of(state, turn) + 1
    if question.problem is None:
        letters = SEPARATOR.join(choice_of(persona, question))
        view = await settled(await service.papers.choose(session_id, LOCAL_OWNER, letters))
    else:
        code = code_of(persona, service.role.pack.problem(question.problem), number)
        if code is not None:
            await settled((await service.papers.submit(session_id, LOCAL_OWNER, code))[1])
        view = await service.view(session_id, LOCAL_OWNER)
    if number == len(view.items):
        return await settled(await service.act(session_id, LOCAL_OWNER, "end"))
    return await settled(await service.papers.go(session_id, LOCAL_OWNER, number + 1))
