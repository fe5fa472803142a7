"""Many candidates at once on one process, against a scripted server: what our own code costs a turn.

Processor time is split by running the same rounds twice: with the model client on a socket, and with a model in this
process that says the same after the same delays. What the embedder's threads use is counted where they use it.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench import scripted_vllm as script
from interviewer.build import Parts
from interviewer.config import Settings
from interviewer.conversation import Interviewer
from interviewer.errors import MockroundError
from interviewer.interview import Phase, fold_all
from interviewer.judge.embedded import EmbeddedJudge
from interviewer.llm.connect import Connection, ModelStatus, connect
from interviewer.llm.observe import Admitted, Ended, Observation
from interviewer.llm.protocol import ChatModel, Choice, Message
from interviewer.llm.steady import SteadyModel
from interviewer.owners import LOCAL_OWNER
from interviewer.personas import Scene, answer_as
from interviewer.service import InterviewService, StartRequest
from interviewer.simulate import SimulatedClock
from interviewer.store import EventStore, default_url
from interviewer.views import Delta, Update
from retrieval import Embedder

THINKS_S = (0.5, 3.0)


class EmbeddingTime:
    """Processor time of the packaged embedder, counted in the threads that do its work, from now on."""

    def __init__(self, embedder: Embedder) -> None:
        """Raises AttributeError for an embedder that does its work elsewhere."""
        self.cpu_s = 0.0
        for name in ("_embed_group", "_embed_window"):
            setattr(embedder, name, self._counted(getattr(embedder, name)))

    def _counted(self, work: Callable[..., object]) -> Callable[..., object]:
        def counted(*arguments: object) -> object:
            before = time.thread_time()
            found = work(*arguments)
            self.cpu_s += time.thread_time() - before
            return found

        return counted


class InProcessModel:
    """What bench/scripted_vllm.py says, after the same delays, without a client."""

    name = script.MODEL
    where = "this process"

    def __init__(self) -> None:
        self._chance = random.Random(0)

    def _about(self, seconds: float) -> float:
        return seconds * self._chance.uniform(1 - script.JITTER, 1 + script.JITTER)

    async def complete(
        self, messages: Sequence[Message], *, max_tokens: int = 400, temperature: float = 0.3
    ) -> AsyncIterator[str]:
        """The question, word by word."""
        await asyncio.sleep(self._about(script.FIRST_TOKEN_S))
        for word in script.REPLY.split(" "):
            yield word if word == "You" else f" {word}"
            await asyncio.sleep(self._about(script.NEXT_TOKEN_S))

    async def choose(self, messages: Sequence[Message], choices: Sequence[str]) -> Choice:
        """The first label is likeliest."""
        await asyncio.sleep(self._about(script.CHOICE_S))
        weights = 0.5 ** np.arange(1, len(choices) + 1)
        return Choice(dict(zip(choices, (weights / weights.sum()).tolist(), strict=True)), 0.0)

    async def aclose(self) -> None:
        """Nothing to close."""


class CandidateTime:
    """Processor time that the candidates use, who are no part of the service."""

    def __init__(self) -> None:
        self.cpu_s = 0.0

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count what the calling thread does inside, which must not wait."""
        before = time.thread_time()
        yield
        self.cpu_s += time.thread_time() - before


@dataclass(frozen=True)
class Load:
    """What many candidates at once came to. Times in seconds; `to_word` is from send to the first word of the reply.

    `cpu_s` is the service's: without the candidates', and with the embedder's.
    """

    turns: int
    cpu_s: float
    embedding_cpu_s: float
    wall_s: float
    errors: int
    to_word: tuple[float, ...]
    queued: tuple[float, ...]


async def load(
    parts: Parts,
    folder: Path,
    candidates: range,
    turns: int,
    url: str | None,
    embedding: EmbeddingTime,
    opinions: bool = False,
) -> Load:
    """Sessions of `turns` answers each, one for each seed in `candidates`, all at once.

    `url` None takes the model in this process; `opinions`: the model judges every answer too, in the background.
    """
    seen: list[Observation] = []
    model: ChatModel
    if url is None:
        model, status = (
            SteadyModel(InProcessModel(), observe=seen.append),
            ModelStatus("server", "in process"),
        )
    else:
        connected = await connect(Connection("server", url), must_answer=True, observe=seen.append)
        assert connected.model is not None
        model, status = connected.model, connected.status
    interviewer = Interviewer(
        parts.role, parts.retriever, parts.embedder, EmbeddedJudge(parts.embedder), model
    )
    settings = Settings(llm="none", data=folder, second_opinion=opinions)
    service = InterviewService(
        settings,
        parts.role,
        EventStore(default_url(folder)),
        interviewer,
        {"mockround": "bench"},
        status,
        SimulatedClock(),
    )
    service.warm_up()
    waits: list[float] = []
    theirs = CandidateTime()
    before, started, embedded = time.process_time(), time.monotonic(), embedding.cpu_s
    results = await asyncio.gather(
        *(_candidate(service, place, turns, waits, theirs) for place in candidates), return_exceptions=True
    )
    wall = time.monotonic() - started
    # What a model adds in the background belongs to the turns as well.
    await service.drain()
    cpu = time.process_time() - before - theirs.cpu_s
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, MockroundError):
            raise result
    failed = sum(isinstance(item, Ended) and item.outcome != "ok" for item in seen)
    await service.aclose()
    return Load(
        turns=sum(result for result in results if isinstance(result, int)),
        cpu_s=cpu,
        embedding_cpu_s=embedding.cpu_s - embedded,
        wall_s=wall,
        errors=failed + sum(isinstance(result, BaseException) for result in results),
        to_word=tuple(waits),
        queued=tuple(item.waited_s for item in seen if isinstance(item, Admitted)),
    )


async def _candidate(
    service: InterviewService, place: int, turns: int, waits: list[float], theirs: CandidateTime
) -> int:
    """One candidate who thinks a little between answers; the number of answers given."""
    rng = random.Random(place)
    view = await service.start(StartRequest("ml-systems", "IC3", questions=6, seed=place), LOCAL_OWNER)
    await first_word(await service.proceed(view.id, LOCAL_OWNER))
    for turn in range(turns):
        text = await asyncio.to_thread(_answer, service, view.id, rng, theirs)
        if text is None:
            return turn
        await asyncio.sleep(rng.uniform(*THINKS_S))
        sent = time.monotonic()
        waited = await first_word(await service.send(view.id, LOCAL_OWNER, text, as_answer=True))
        if waited is not None:
            waits.append(waited - sent)
    return turns


def _answer(
    service: InterviewService, session_id: str, rng: random.Random, theirs: CandidateTime
) -> str | None:
    """What to say next, read from the log in a thread; None when the round is over."""
    with theirs.counted():
        state = fold_all(service.store.load(session_id))
        if state.phase is not Phase.OPEN:
            return None
        question = service.role.pack.question(state.turns[-1].question_id)
        scene = Scene(state.turns[-1], question, service.role.rubrics[question.id], service.role, rng)
        return answer_as("partial", scene)


async def first_word(updates: AsyncIterator[Update]) -> float | None:
    """When the first word of the reply came; all updates are taken."""
    came: float | None = None
    async for update in updates:
        if came is None and isinstance(update, Delta):
            came = time.monotonic()
    return came
