"""PostgreSQL is killed and started again while candidates talk: what was acknowledged is there, once."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import TypeVar

import pytest
import pytest_asyncio
from postgres_server import MISSING, PostgresServer, find_binaries, running_server
from round_world import World, collect, make_world

from interviewer.build import Parts
from interviewer.errors import StoreUnavailable
from interviewer.events import Answered
from interviewer.owners import LOCAL_OWNER
from interviewer.verify import verify

KILLS = 4
CANDIDATES = 3

pytestmark = [pytest.mark.postgres, pytest.mark.slow]
Result = TypeVar("Result")


@pytest.fixture
def cluster() -> Iterator[PostgresServer]:
    """One of its own: whoever else has a database there would lose the connection too."""
    binaries = find_binaries()
    if binaries is None:
        pytest.skip(MISSING)
    with running_server(binaries) as server:
        yield server


@pytest_asyncio.fixture
async def world(parts: Parts, cluster: PostgresServer) -> AsyncIterator[World]:
    made = make_world(parts, cluster.new_url())
    yield made
    await made.service.aclose()


class Failures:
    """How often the database was away when somebody asked for something, and what they were told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    async def until_it_is_back(self, ask: Callable[[], Awaitable[Result]]) -> Result:
        while True:
            try:
                return await ask()
            except StoreUnavailable as error:
                self.told.append(str(error))
                await asyncio.sleep(0.05)


async def test_a_database_that_crashes_loses_no_acknowledged_answer(
    world: World, cluster: PostgresServer
) -> None:
    failures = Failures()
    acknowledged: set[tuple[str, str]] = set()
    over = asyncio.Event()

    async def talk(number: int) -> None:
        while not over.is_set():
            view = await failures.until_it_is_back(lambda: world.start("all", questions=4))
            while view.phase == "open" and not over.is_set():
                key = f"{number}-{len(acknowledged)}-{view.turn}"
                text = f"credit 0.9 Answer {key}."

                async def answer(session: str = view.id, text: str = text, key: str = key) -> None:
                    updates = await world.service.send(
                        session, LOCAL_OWNER, text, client_event_id=key, as_answer=True
                    )
                    acknowledged.add((session, text))
                    await collect(updates)

                await failures.until_it_is_back(answer)
                session = view.id
                view = await failures.until_it_is_back(lambda session=session: world.look(session))  # type: ignore[misc]

    async def crash() -> None:
        rng = random.Random(5)
        for _ in range(KILLS):
            await asyncio.sleep(rng.uniform(0.1, 0.5))
            await asyncio.to_thread(cluster.kill)
            await asyncio.sleep(rng.uniform(0, 0.2))
            await asyncio.to_thread(cluster.start)
        await asyncio.sleep(0.3)
        over.set()

    await asyncio.gather(crash(), *(talk(number) for number in range(CANDIDATES)))

    stored: Counter[tuple[str, str]] = Counter()
    for session in world.store.lengths("local"):
        stored.update(
            (session, event.payload.text)
            for event in world.store.load(session)
            if isinstance(event.payload, Answered)
        )
    assert acknowledged - set(stored) == set()
    assert set(stored.values()) == {1}
    assert verify(world.store).faults == ()
    assert len(acknowledged) > KILLS
    assert failures.told
    assert all("The database" in sentence for sentence in failures.told)
