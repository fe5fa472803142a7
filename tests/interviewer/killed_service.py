"""A service that is killed again and again while candidates talk to it, each time in a fork of this process.

Every life opens the same database, sends again what the one before it was not told to be stored, and goes on. What
candidates are told goes through a pipe the moment they are told it, so that what was acknowledged is known after the kill.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import time
import traceback
import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn

from round_world import Clock, World, collect, make_world, settle

from interviewer.build import Parts
from interviewer.errors import StoreUnavailable, UnknownThing
from interviewer.events import Answered
from interviewer.interview import Phase
from interviewer.owners import LOCAL_OWNER
from interviewer.store import EventStore
from interviewer.verify import verify

QUESTIONS = 3


class WallClock(Clock):
    """The time that it is."""

    def __call__(self) -> datetime:
        return datetime.now(UTC)


@dataclass
class Candidate:
    """One who talks: the session, and the message (key, text) that was sent and not acknowledged."""

    number: int
    session: str | None = None
    pending: tuple[str, str] | None = None


class Ordeal:
    """Lives and kills of a service on one database, and the toll: sets of `(session, text)` that were lost or doubled.

    `acknowledged` is session -> answers that a candidate was told to be stored. `looks` counts logs that were looked
    at after a kill, `faulty` those with a fault, and `faults` has the sentences.
    """

    def __init__(
        self,
        parts: Parts,
        url: str,
        candidates: int = 6,
        open_store: Callable[[str], EventStore] = EventStore,
    ) -> None:
        self.url = url
        self.candidates = [Candidate(number) for number in range(candidates)]
        self.acknowledged: dict[str, set[str]] = {}
        self.lost: set[tuple[str, str]] = set()
        self.doubled: set[tuple[str, str]] = set()
        self.faults: list[str] = []
        self.kills = self.looks = self.faulty = self.sent_again = 0
        self._parts = parts
        self._open_store = open_store

    @property
    def answers(self) -> int:
        """How many answers were acknowledged."""
        return sum(map(len, self.acknowledged.values()))

    def live_and_die(self, wait_s: float, once_ready: bool = True) -> None:
        """One life, killed `wait_s` after the database was opened, or after the process began."""
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reading)
            self._live(writing)
        os.close(writing)
        with os.fdopen(reading) as told:
            if once_ready:
                assert told.readline() == '"ready"\n', "the service did not start"
            time.sleep(wait_s)
            os.kill(pid, signal.SIGKILL)
            status = os.waitpid(pid, 0)[1]
            assert os.WIFSIGNALED(status), "the service ended by itself"
            self.kills += 1
            touched = {item.session for item in self.candidates if item.session is not None}
            for line in told:
                self._note(json.loads(line))
        touched |= {item.session for item in self.candidates if item.session is not None}
        self.look(touched)

    def look(self, sessions: Iterable[str] | None = None) -> None:
        """Compare the logs of sessions, or of all, with what was acknowledged, and verify them."""
        wanted = sorted(self.acknowledged) if sessions is None else sorted(sessions)
        store = self._open_store(self.url)
        try:
            there = []
            for session in wanted:
                stored = self._answers_in(store, session)
                if stored is not None:
                    there.append(session)
                texts = stored or Counter()
                self.lost |= {(session, text) for text in self.acknowledged[session] if not texts[text]}
                self.doubled |= {(session, text) for text, times in texts.items() if times > 1}
            self.looks += len(there)
            if there:
                found = verify(store, there).faults
                self.faults += [fault.text for fault in found]
                self.faulty += len({fault.session_id for fault in found})
        finally:
            store.close()

    @staticmethod
    def _answers_in(store: EventStore, session: str) -> Counter[str] | None:
        try:
            events = store.load(session)
        except (UnknownThing, StoreUnavailable):
            return None
        return Counter(event.payload.text for event in events if isinstance(event.payload, Answered))

    def _note(self, told: Any) -> None:
        if told == "ready":
            return
        candidate = self.candidates[told["who"]]
        match told:
            case {"session": session}:
                candidate.session = session
                self.acknowledged.setdefault(session, set())
            case {"sends": [key, text]}:
                self.sent_again += candidate.pending is not None
                candidate.pending = (key, text)
            case {"has": text}:
                assert candidate.session is not None
                self.acknowledged[candidate.session].add(text)
                candidate.pending = None

    # In the fork

    def _live(self, pipe: int) -> NoReturn:
        try:
            asyncio.run(self._talk_all(lambda told: os.write(pipe, f"{json.dumps(told)}\n".encode())))
        except BaseException:
            traceback.print_exc()
            raise
        finally:
            os._exit(1)

    async def _talk_all(self, tell: Callable[[Any], object]) -> None:
        world = make_world(self._parts, self.url, clock=WallClock(), open_store=self._open_store)
        tell("ready")
        await asyncio.gather(*(self._talk(world, candidate, tell) for candidate in self.candidates))

    @staticmethod
    async def _talk(world: World, candidate: Candidate, tell: Callable[[Any], object]) -> None:
        who, session, pending = candidate.number, candidate.session, candidate.pending
        rng = random.Random()
        while True:
            if session is None:
                session = (await world.start("all", questions=QUESTIONS)).id
                tell({"who": who, "session": session})
            view = await settle(await world.service.proceed(session, LOCAL_OWNER))
            if pending is None and view.phase is not Phase.OPEN:
                if not view.finished:
                    await world.act(session, "end")
                session = None
                continue
            if pending is None:
                key = uuid.uuid4().hex
                pending = (key, f"credit {rng.random():.2f} What I say is {key}, in so many words.")
            key, text = pending
            tell({"who": who, "sends": pending})
            updates = await world.service.send(
                session, LOCAL_OWNER, text, client_event_id=key, as_answer=True
            )
            tell({"who": who, "has": text})
            pending = None
            await collect(updates)
