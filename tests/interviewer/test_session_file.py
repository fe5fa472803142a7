"""Sessions as files: what is exported comes back whole, and nothing else comes in."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from round_world import World, make_world

from interviewer.build import Parts
from interviewer.errors import BadInput, MockroundError, StoreConflict, WrongMoment
from interviewer.export import render_report
from interviewer.owners import LOCAL_OWNER
from interviewer.session_file import read_session_file

Damage = Callable[[dict[str, Any]], object]


async def exported(world: World) -> tuple[str, bytes]:
    """A finished round with an answer, a contest and a pending assessment."""
    view = await world.start(background="I tune kernels at Örtel & Co.")
    await world.say(view.id, "credit 0.5 The cache grows: größer 🧮.")
    await world.say(view.id, "judge fails, so this stays open")
    await world.act(view.id, "end")
    return view.id, await world.service.exchange.export(view.id, LOCAL_OWNER)


async def test_what_is_exported_comes_back_word_for_word(
    world_on_each: World, parts: Parts, tmp_path: object
) -> None:
    session, raw = await exported(world_on_each)
    other = make_world(parts, f"sqlite:///{tmp_path}/other.db")
    view = await other.service.exchange.take_in(raw, LOCAL_OWNER)
    assert view.id == session
    assert other.store.load(session) == world_on_each.store.load(session)
    assert await other.service.report(session, LOCAL_OWNER) == await world_on_each.service.report(
        session, LOCAL_OWNER
    )
    (line,) = (await other.service.session_page(LOCAL_OWNER)).sessions
    (before,) = (await world_on_each.service.session_page(LOCAL_OWNER)).sessions
    assert line == before
    assert await other.service.exchange.export(session, LOCAL_OWNER) == raw
    # It goes on where it was: what was pending can be judged here.
    other.judge.broken = False
    assert (await other.act(session, "retry")).pending == 0
    await other.service.aclose()


async def test_a_session_that_is_stored_is_never_overwritten(world_on_each: World) -> None:
    session, raw = await exported(world_on_each)
    before = world_on_each.store.load(session)
    data = json.loads(raw)
    data["title"] = "Other words"
    with pytest.raises(StoreConflict, match="stored here already; nothing was changed"):
        await world_on_each.service.exchange.take_in(json.dumps(data).encode(), LOCAL_OWNER)
    assert world_on_each.store.load(session) == before
    await world_on_each.service.delete(session, LOCAL_OWNER)
    await world_on_each.service.exchange.take_in(raw, LOCAL_OWNER)
    assert world_on_each.store.load(session) == before


async def test_an_unfinished_round_goes_on(world: World, parts: Parts, tmp_path: object) -> None:
    view = await world.start()
    raw = await world.service.exchange.export(view.id, LOCAL_OWNER)
    other = make_world(parts, f"sqlite:///{tmp_path}/other.db")
    assert not (await other.service.exchange.take_in(raw, LOCAL_OWNER)).finished
    assert (await other.say(view.id, "credit 0.9 The cache.")).turn == 1
    await other.service.aclose()


def assessed(data: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = next(e for e in data["events"] if e["payload"]["kind"] == "assessed")
    payload: dict[str, Any] = found["payload"]
    return payload


def set_to(place: str, value: object) -> Damage:
    def damage(data: dict[str, Any]) -> None:
        *path, last = place.split(".")
        at: Any = data
        for step in path:
            at = at[int(step)] if step.isdecimal() else at[step]
        at[last] = value

    return damage


DAMAGES: list[tuple[str, Damage, str]] = [
    ("format", set_to("format", "something"), "no exported session"),
    ("version", set_to("version", 2), "newer mockround"),
    ("id", set_to("id", "../../etc/passwd"), "damaged (id"),
    ("title", set_to("title", "a\x00b"), "damaged (title"),
    ("no events", set_to("events", []), "damaged (events"),
    ("one more key", set_to("extra", 1), "damaged (extra"),
    ("no start", lambda data: data["events"].pop(0), "first event"),
    ("kind", set_to("events.1.payload.kind", "telepathy"), "damaged"),
    ("naive time", set_to("events.1.at", "2026-03-02T10:00:00"), "damaged (events.1.at"),
    ("twice", set_to("events.2.client_event_id", "s:2"), "two events are called"),
    ("score", lambda data: assessed(data)["assessment"].update(score=7.0), "score is not between"),
    ("band", lambda data: assessed(data)["assessment"].update(band=9), "band is not between"),
    ("credit", lambda data: assessed(data)["assessment"]["criteria"][0].update(credit=2.0), "credit of"),
    (
        "evidence",
        lambda data: assessed(data)["assessment"]["criteria"][0]["evidence"][0].update(text="Never said."),
        "is not in the answer",
    ),
    (
        "unasked evidence",
        lambda data: assessed(data)["assessment"].update(
            unasked=[
                {
                    "id": "paged",
                    "verdict": "met",
                    "credit": 1.0,
                    "evidence": [{"start": 0, "end": 5, "text": "Never"}],
                }
            ]
        ),
        "the evidence of 'paged' is not in the answer",
    ),
    ("turn", lambda data: assessed(data).update(turn=40), "an answer that is not there"),
    ("level", set_to("events.0.payload.setup.level", "IC9"), "the level 'IC9'"),
    ("pack", set_to("events.0.payload.setup.pack", "other"), "belongs to the pack 'other'"),
    ("round", set_to("events.0.payload.setup.round", "gone"), "no longer has the round 'gone'"),
    (
        "question",
        lambda data: data["events"][2]["payload"].update(question_id="gone"),
        "no longer has the question 'gone'",
    ),
]


@pytest.mark.parametrize(
    ("damage", "says"), [item[1:] for item in DAMAGES], ids=[item[0] for item in DAMAGES]
)
async def test_what_is_damaged_is_refused_in_one_sentence(world: World, damage: Damage, says: str) -> None:
    session, raw = await exported(world)
    await world.service.delete(session, LOCAL_OWNER)
    data = copy.deepcopy(json.loads(raw))
    damage(data)
    with pytest.raises((BadInput, WrongMoment)) as caught:
        await world.service.exchange.take_in(json.dumps(data).encode(), LOCAL_OWNER)
    assert says in str(caught.value)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)
    assert (await world.service.session_page(LOCAL_OWNER)).sessions == ()


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"format": NaN}', "not JSON"),
        (b'{"format": "\\ud800"}', "not JSON"),
        (b"[]", "no exported session"),
        (b'{"session_id": "s", "turns": []}', "This is a report"),
    ],
    ids=["empty", "bytes", "deep", "nan", "surrogate", "list", "report"],
)
def test_other_files_are_refused(raw: bytes, says: str) -> None:
    with pytest.raises(MockroundError, match=says):
        read_session_file(raw)


async def test_a_report_is_told_from_a_session(world: World) -> None:
    session, _ = await exported(world)
    report = render_report(await world.service.report(session, LOCAL_OWNER), "json")[0]
    with pytest.raises(BadInput, match="sessions export"):
        read_session_file(report)
