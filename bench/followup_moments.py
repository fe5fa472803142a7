"""Moments of simulated rounds at which the interview asks a follow-up, taken from the logs of real sessions.

The rounds are played by the scripted candidate `partial` through the service, without a language model, so that every
model is asked at the same moments: the ladder has spoken before, the answer is the last one, the embedded judge has
assessed it, and the policy has chosen what to probe.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from corpus import LEVELS, Passage, Question
from interviewer.build import Parts
from interviewer.config import Settings
from interviewer.conversation import Interviewer
from interviewer.events import Event, Said, Utterance
from interviewer.interview import State, fold_all
from interviewer.policy import AskFollowUp, choose_follow_up
from interviewer.service import InterviewService, StartRequest
from interviewer.simulate import SimulatedClock, simulate
from interviewer.store import EventStore, default_url
from rubrics import Assessment, Rubric

PERSONA = "partial"
QUESTIONS = 6


@dataclass(frozen=True)
class Moment:
    """Everything that the interview knows when it is about to probe. `asked` is all that the interviewer has said,
    `probes` the follow-ups among it.

    `target` is a criterion or group id, `criterion_ids` the criteria behind it, `step` what the ladder would ask.
    """

    place: int
    question: Question
    rubric: Rubric
    answer: str
    assessment: Assessment
    level: str
    asked: tuple[str, ...]
    probes: tuple[str, ...]
    target: str
    criterion_ids: tuple[str, ...]
    step: str
    passages: tuple[Passage, ...]


async def moments(parts: Parts, folder: Path, count: int, seed: int) -> list[Moment]:
    """`count` moments of rounds drawn with the seed: kind of round and level at random, six questions each.

    A round that is a paper asks no follow-ups and is left out. The rounds are kept in a database in `folder`.
    """
    interviewer = Interviewer(parts.role, parts.retriever, parts.embedder, parts.judge)
    clock = SimulatedClock()
    service = InterviewService(
        Settings(llm="none", data=folder),
        parts.role,
        EventStore(default_url(folder)),
        interviewer,
        {"mockround": "bench"},
        parts.model_status,
        clock,
    )
    chance = random.Random(seed)
    rounds = [round_.id for round_ in parts.role.pack.info.rounds if not round_.parts]
    found: list[Moment] = []
    while len(found) < count:
        request = StartRequest(
            chance.choice(rounds), chance.choice(LEVELS), questions=QUESTIONS, seed=chance.randrange(2**31)
        )
        _, view = await simulate(service, clock, PERSONA, request)
        log = await asyncio.to_thread(service.store.load, view.id)
        for state, move in _probes(log, parts):
            passages = await interviewer.grounding(move.question, state.turns[-1].answer or "")
            found.append(_moment(len(found), state, move, parts, passages))
    await service.aclose()
    return found[:count]


def _moment(
    place: int, state: State, move: AskFollowUp, parts: Parts, passages: tuple[Passage, ...]
) -> Moment:
    last = state.turns[-1]
    assert last.assessment is not None
    assert move.target is not None
    return Moment(
        place=place,
        question=move.question,
        rubric=parts.role.rubrics[move.question.id],
        answer=last.answer or "",
        assessment=last.assessment,
        level=state.setup.level,
        asked=tuple(line.text for line in state.lines if line.speaker == "interviewer"),
        probes=tuple(line.text for line in state.lines if line.utterance is Utterance.FOLLOW_UP),
        target=move.target,
        criterion_ids=move.criterion_ids,
        step=move.step.text,
        passages=passages,
    )


def _probes(log: Sequence[Event], parts: Parts) -> list[tuple[State, AskFollowUp]]:
    """The states before each follow-up that a model would have been asked for, with the policy's move."""
    probes = []
    for place, event in enumerate(log):
        said = event.payload
        if not isinstance(said, Said) or said.utterance is not Utterance.FOLLOW_UP:
            continue
        state = fold_all(log[:place])
        move = choose_follow_up(state, parts.role)
        if move is None or move.step.text not in said.text:
            raise ValueError(f"the policy chose another follow-up than the session has: {said.text!r}")
        if move.target is not None and not move.redirects:
            probes.append((state, move))
    return probes
