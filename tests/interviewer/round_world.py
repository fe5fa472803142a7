"""A small world to hold rounds in: the tiny pack, a clock that tests move, and a judge whose marks stand in the answer.

An answer such as `credit 0.9` gets that credit on every criterion, `flag dont_know` gets the flag and no credit, and
`judge fails` makes the judge's model unavailable as long as `ScriptedJudge.broken` says so.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from corpus import Question
from interviewer.access.audit import Audit, no_audit
from interviewer.build import Parts
from interviewer.config import Settings
from interviewer.conversation import Interviewer
from interviewer.events import Answered, Assessed, Event, Payload, Said, Setup, Started, Utterance
from interviewer.interview import State, fold_all
from interviewer.judge.protocol import AnswerToJudge, Judge
from interviewer.llm.connect import ModelStatus
from interviewer.llm.errors import ModelUnavailable
from interviewer.llm.protocol import ChatModel
from interviewer.owners import LOCAL_OWNER
from interviewer.packs import RolePack
from interviewer.qualification.record import Qualifications
from interviewer.service import InterviewService, StartRequest
from interviewer.store import EventStore
from interviewer.views import SessionView, Settled, Update
from retrieval import Embedder, build_passages, open_retriever
from rubrics import (
    Assessment,
    CriterionAssessment,
    Evidence,
    JudgeRecord,
    Kind,
    Verdict,
    band_of,
    capped_band,
    score_credits,
)

TINY = Path(__file__).parents[1] / "packs" / "tiny"
START = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
# What the contract says that a report has at least.
REPORT_KEYS = {
    "session_id",
    "pack",
    "level",
    "round",
    "score",
    "band",
    "unscored",
    "dimensions",
    "turns",
    "strengths",
    "gaps",
    "practise_next",
    "judge",
    "versions",
}
JUDGE = JudgeRecord("embedded", "", None, "by hand")
NO_MODEL = ModelStatus("none", "No language model: the bank speaks.")
VERSIONS = {"mockround": "0.0", "pack": "tiny"}


class Clock:
    """Time that moves when a test says so."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def tick(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class ScriptedJudge:
    """Gives the marks that the answer itself asks for; `asked` keeps every item."""

    def __init__(self) -> None:
        self.asked: list[AnswerToJudge] = []
        self.broken = True

    @property
    def name(self) -> str:
        return "embedded"

    async def assess(self, item: AnswerToJudge) -> Assessment:
        self.asked.append(item)
        await asyncio.sleep(0)
        if "judge fails" in item.answer and self.broken:
            raise ModelUnavailable("The model server at http://judge does not answer; start it and retry.")
        found = re.search(r"credit ([\d.]+)", item.answer)
        flags = tuple(re.findall(r"flag (\w+)", item.answer))
        return assessment_of(item, 0.0 if flags or found is None else float(found[1]), flags)


def verdict_of(credit: float) -> Verdict:
    return Verdict.MET if credit >= 0.75 else Verdict.PARTIAL if credit >= 0.25 else Verdict.MISSING


def assessment_of(item: AnswerToJudge, credit: float, flags: tuple[str, ...] = ()) -> Assessment:
    """`credit` on every criterion that was asked for (none on red flags), with the whole answer as evidence."""
    words = (Evidence(0, len(item.answer), item.answer),) if credit >= 0.25 else ()
    criteria = tuple(
        CriterionAssessment(c.id, verdict_of(credit), credit, words, "as asked")
        for c in item.rubric.criteria
        if c.kind is not Kind.RED_FLAG and (item.criterion_ids is None or c.id in item.criterion_ids)
    )
    credits = {c.id: c.credit for c in criteria}
    score = score_credits(item.rubric, credits).score
    band = capped_band(band_of(score, item.bands), item.rubric, credits, item.level)
    return Assessment(score, band, 0.1, criteria, flags, None, JUDGE)


# Logs by hand, for the tests of the pure parts.


def log(*payloads: Payload, setup: Setup | None = None, step_s: float = 10.0) -> list[Event]:
    """A log that starts with `started`, one event every `step_s` seconds."""
    every = [Started(setup or setup_of()), *payloads]
    return [
        Event("s", seq, f"e{seq}", payload, START + timedelta(seconds=step_s * (seq - 1)))
        for seq, payload in enumerate(every, 1)
    ]


def setup_of(**changes: Any) -> Setup:
    """A systems round of the tiny pack at IC3."""
    return replace(Setup("tiny", "IC3", "systems", 30, 3), **changes)


def asks(question: Question | str, text: str = "What do you look at?") -> Said:
    """A question's turn opens."""
    return Said(Utterance.QUESTION, text, question_id=question if isinstance(question, str) else question.id)


def judged(role: RolePack, turn: int, question_id: str, credit: float, *flags: str) -> Assessed:
    """The answer of a turn got `credit` on every criterion."""
    item = AnswerToJudge("", "words", role.rubrics[question_id])
    return Assessed(turn, assessment_of(item, credit, flags))


def thread(
    role: RolePack, first_turn: int, question_id: str, credit: float, *flags: str
) -> tuple[Payload, ...]:
    """A question, its answer and its assessment."""
    return (asks(question_id), Answered("words"), judged(role, first_turn, question_id, credit, *flags))


def state_after(*payloads: Payload, setup: Setup | None = None, step_s: float = 10.0) -> State:
    """The state after the greeting and `payloads`."""
    return fold_all(log(Said(Utterance.INTRO, "Hello"), *payloads, setup=setup, step_s=step_s))


# Rounds through the service.


@dataclass
class World:
    """A service with everything that a test turns."""

    service: InterviewService
    store: EventStore
    judge: ScriptedJudge
    clock: Clock
    url: str
    parts: Parts

    def again(self, **changes: Any) -> World:
        """Another process on the same database."""
        return make_world(self.parts, self.url, clock=self.clock, **changes)

    async def start(self, round_id: str = "systems", level: str = "IC3", **options: Any) -> SessionView:
        """A round whose first question is open."""
        view = await self.service.start(StartRequest(round_id, level, seed=1, **options), LOCAL_OWNER)
        return await settle(await self.service.proceed(view.id, LOCAL_OWNER))

    async def say(self, session_id: str, text: str, **options: Any) -> SessionView:
        """Send a message and wait for what comes of it."""
        return await settle(await self.service.send(session_id, LOCAL_OWNER, text, **options))

    async def act(self, session_id: str, action: str, text: str = "") -> SessionView:
        """Press a button and wait for what comes of it."""
        return await settle(await self.service.act(session_id, LOCAL_OWNER, action, text))

    async def look(self, session_id: str) -> SessionView:
        """Come back to a session, and watch until it waits for the candidate."""
        return await settle(await self.service.proceed(session_id, LOCAL_OWNER))

    async def state(self, session_id: str) -> State:
        """The state in the database."""
        return fold_all(self.store.load(session_id))


def make_parts(role: RolePack, embedder: Embedder, folder: Path, judge: Judge | None = None) -> Parts:
    """A role indexed in a folder, without a model; the scripted judge unless another is given."""
    passages = build_passages(role.pack, role.rubrics)
    retriever = open_retriever(folder, passages, embedder)
    return Parts(role, embedder, retriever, passages, judge or ScriptedJudge(), None, NO_MODEL)


def make_world(
    parts: Parts,
    url: str,
    *,
    clock: Clock | None = None,
    model: ChatModel | None = None,
    judge: ScriptedJudge | None = None,
    unwatched_s: float = 30.0,
    second_opinion: bool | None = None,
    status: ModelStatus = NO_MODEL,
    qualifications: Qualifications | None = None,
    open_store: Callable[[str], EventStore] = EventStore,
    audit: Audit = no_audit,
    **wanted: Any,
) -> World:
    """A service on `url` with the scripted judge; `wanted` are further settings."""
    clock = clock or Clock()
    judge = judge or ScriptedJudge()
    store = open_store(url)
    interviewer = Interviewer(
        parts.role, parts.retriever, parts.embedder, judge, model, qualifications=qualifications
    )
    settings = Settings(
        llm="none", pack=TINY, unwatched_s=unwatched_s, second_opinion=second_opinion, **wanted
    )
    service = InterviewService(settings, parts.role, store, interviewer, VERSIONS, status, clock, audit)
    return World(service, store, judge, clock, url, parts)


async def collect(updates: AsyncIterator[Update]) -> list[Update]:
    """Every update up to the last."""
    return [update async for update in updates]


async def settle(updates: AsyncIterator[Update]) -> SessionView:
    """The view at the end of the updates."""
    last = (await collect(updates))[-1]
    assert isinstance(last, Settled)
    return last.view


def said_by(view: SessionView, speaker: str) -> list[str]:
    """What one side said."""
    return [line.text for line in view.lines if line.speaker == speaker]


def question_ids(events: Iterable[Event]) -> Sequence[str]:
    """The questions of a log, in order."""
    return [
        event.payload.question_id or ""
        for event in events
        if isinstance(event.payload, Said) and event.payload.utterance is Utterance.QUESTION
    ]
