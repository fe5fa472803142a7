"""Messages that arrive late, twice, or before the one that was sent first: each is in the log once, at its own turn."""

from __future__ import annotations

import asyncio
import random

import httpx
import pytest
from api_client import make_client
from round_world import World, make_world

from interviewer.build import Parts
from interviewer.events import Answered, Assessed
from interviewer.verify import verify

TURNS = 6


@pytest.fixture
def world(world_on_each: World) -> World:
    return world_on_each


def message(turn: int) -> tuple[dict[str, object], str]:
    """What a page sends at a turn: the same bytes and the same key, however often."""
    return {"text": f"credit 0.3 The answer to turn {turn}.", "turn": turn}, f"key-{turn}"


async def deliver(client: httpx.AsyncClient, session: str, turn: int) -> int:
    body, key = message(turn)
    answer = await client.post(
        f"/api/v1/sessions/{session}/messages", json=body, headers={"Idempotency-Key": key}
    )
    assert answer.status_code in (200, 409), answer.text
    return answer.status_code


def expect_each_once(world: World, session: str) -> None:
    events = world.store.load(session)
    said = [event.payload.text for event in events if isinstance(event.payload, Answered)]
    assert said == [message(turn)[0]["text"] for turn in range(TURNS)]
    judged = [event.payload.turn for event in events if isinstance(event.payload, Assessed)]
    assert judged == list(range(TURNS))
    assert verify(world.store, [session]).faults == ()


@pytest.mark.parametrize("seed", range(4))
async def test_a_network_that_shuffles_and_repeats(world: World, seed: int) -> None:
    """Each message arrives three times, in any order; one that is refused is sent once more when its turn is there."""
    rng = random.Random(seed)
    async with make_client(world) as client:
        session = (await world.start("all", questions=4)).id
        on_the_way = [turn for turn in range(TURNS) for _ in range(3)]
        rng.shuffle(on_the_way)
        statuses = [await deliver(client, session, turn) for turn in on_the_way]
        assert 409 in statuses
        for turn in range(TURNS):
            assert await deliver(client, session, turn) == 200
        # What was stored long ago is acknowledged again, and nothing comes of it.
        before = world.store.load(session)
        for turn in rng.sample(range(TURNS), TURNS):
            assert await deliver(client, session, turn) == 200
        assert world.store.load(session) == before
    expect_each_once(world, session)


async def test_everything_at_once_through_two_replicas(parts: Parts, store_url: str) -> None:
    """Two tabs at two replicas, and a hand that clicks twice: every message three times at the same moment."""
    one = make_world(parts, store_url)
    two = one.again()
    async with make_client(one) as first, make_client(two) as second:
        session = (await one.start("all", questions=4)).id
        for _ in range(TURNS):
            sent = [
                deliver(client, session, turn) for turn in range(TURNS) for client in (first, second, first)
            ]
            random.Random(7).shuffle(sent)
            await asyncio.gather(*sent)
        for turn in range(TURNS):
            assert await deliver(first, session, turn) == 200
    expect_each_once(one, session)
    for world in (one, two):
        await world.service.aclose()
