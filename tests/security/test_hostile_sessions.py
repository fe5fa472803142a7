"""Exported sessions that somebody changed: each is refused in one sentence and leaves nothing, or is a session like any other."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hostile_world import Stored, store_things
from round_world import World, make_world

from interviewer.build import Parts
from interviewer.errors import BadInput, WrongMoment
from interviewer.export import render_report
from interviewer.owners import LOCAL_OWNER
from interviewer.verify import verify

MUTANTS = 600
_VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 3, 0.5, -0.0, 1e308, 10**18, 10**30, -(10**400), "", "x", "x" * 5_000, "\u202e\x00", "\ud800",
    "2026-13-40T99:00:00Z", "9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00+14:00", [], [None], {}, {"": {}},
    {"kind": "answered"}, "answered", [[[[[]]]]],
)  # fmt: skip


@dataclass
class Mutant:
    """A changed file, and what was done to it, for whoever reads a failure."""

    raw: bytes
    done: list[str] = field(default_factory=list)


def places_in(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of everything below a value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in items:
        yield (*path, key)
        yield from places_in(below, (*path, key))


def mutate(rng: random.Random, raw: bytes) -> Mutant:
    """One file out of another, by one to three changes."""
    if rng.random() < 0.15:
        return flipped(rng, raw)
    data = json.loads(raw)
    done = []
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        path = rng.choice(list(places_in(data)))
        holder = data
        for key in path[:-1]:
            holder = holder[key]
        last = path[-1]
        how = rng.choice(("remove", "replace", "replace", "replace", "add", "repeat", "swap", "nest"))
        done.append(f"{how} {'.'.join(map(str, path))}")
        if how == "remove":
            del holder[last]
        elif how == "replace":
            holder[last] = rng.choice(_VALUES)
            done[-1] += f" by {holder[last]!r:.40}"
        elif how == "nest":
            for _ in range(rng.choice((1, 50, 400))):
                holder[last] = rng.choice(([holder[last]], {"a": holder[last]}))
        elif isinstance(holder, list):
            other = rng.randrange(len(holder))
            if how == "swap":
                holder[last], holder[other] = holder[other], holder[last]
            else:
                holder.insert(other, copy.deepcopy(holder[last]))
        else:
            holder[f"{last}2" if how == "add" else rng.choice(list(holder))] = copy.deepcopy(holder[last])
    return Mutant(json.dumps(data).encode(), done)


def flipped(rng: random.Random, raw: bytes) -> Mutant:
    """Bits that turned, or a file that was cut off or glued together."""
    match rng.choice(("flip", "cut", "glue", "encode")):
        case "flip":
            changed = bytearray(raw)
            for _ in range(rng.choice((1, 1, 3, 30))):
                changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
            return Mutant(bytes(changed), ["flip"])
        case "cut":
            return Mutant(raw[: rng.randrange(len(raw))], ["cut"])
        case "glue":
            return Mutant(raw + raw[rng.randrange(len(raw)) :], ["glue"])
        case _:
            return Mutant(raw.decode().encode(rng.choice(("utf-16", "utf-8-sig", "utf-32"))), ["encode"])


async def files_of(world: World, stored: Stored) -> list[bytes]:
    """Sessions of every kind as files; they are deleted here."""
    found = []
    for session in stored.sessions:
        found.append(await world.service.exchange.export(session, LOCAL_OWNER))
        await world.service.delete(session, LOCAL_OWNER)
    return found


async def look_at(world: World, session: str) -> None:
    """Everything that is shown of a session."""
    await world.service.view(session, LOCAL_OWNER)
    await world.service.session_page(LOCAL_OWNER)
    report = await world.service.report(session, LOCAL_OWNER)
    for format in ("md", "json"):
        render_report(report, format)
    await world.service.exchange.export(session, LOCAL_OWNER)


async def outcome(world: World, mutant: Mutant, before: set[str]) -> str:
    """`refused` or `taken in`, or what is wrong with how the file was dealt with."""
    try:
        view = await world.service.exchange.take_in(mutant.raw, LOCAL_OWNER)
    except (BadInput, WrongMoment) as error:
        said = str(error)
        if not said.endswith(".") or "\n" in said or len(said) > 500:
            return f"no sentence: {said}"
        return "refused" if {item.id for item in world.store.list()} == before else "refused, and stored"
    except Exception as error:  # noqa: BLE001 - the test tells what was done to the file
        return f"not refused: {error!r}"
    try:
        await look_at(world, view.id)
        faults = verify(world.store).faults
    except Exception as error:  # noqa: BLE001 - as above
        return f"taken in, but {error!r}"
    finally:
        await world.service.delete(view.id, LOCAL_OWNER)
    return f"taken in with {faults}" if faults else "taken in"


@pytest.mark.parametrize("seed", range(3))
async def test_a_changed_file_is_refused_in_a_sentence_or_is_a_session(
    hostile_parts: Parts, tmp_path: Path, seed: int
) -> None:
    world = make_world(hostile_parts, f"sqlite:///{tmp_path}/rounds.db")
    files = await files_of(world, await store_things(world))
    before = {item.id for item in world.store.list()}
    rng = random.Random(seed)
    mutants = [mutate(rng, rng.choice(files)) for _ in range(MUTANTS // 3)]
    found = [(await outcome(world, mutant, before), mutant.done) for mutant in mutants]
    assert [item for item in found if item[0] not in ("refused", "taken in")] == []
    assert sum(item[0] == "refused" for item in found) > len(found) / 2
    await world.service.aclose()
