"""Scripted candidates play whole rounds, with the real embedding model and the judge that stands on it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import pytest
from round_world import TINY, make_world

from interviewer.build import Parts, build_service
from interviewer.config import Settings
from interviewer.errors import UnknownThing
from interviewer.owners import LOCAL_OWNER
from interviewer.personas import PERSONAS
from interviewer.report import Report
from interviewer.service import StartRequest
from interviewer.simulate import SimulatedClock, simulate
from interviewer.views import SessionView

CONTRACT_PERSONAS = {
    "strong",
    "partial",
    "weak",
    "gibberish",
    "dont-know",
    "verbose",
    "repeater",
    "injector",
}
Played = tuple[Report, SessionView]


async def play(
    parts: Parts, persona: str, round_id: str = "all", level: str = "IC3", seed: int = 0
) -> Played:
    clock = SimulatedClock()
    service = build_service(Settings(pack=TINY), parts, store_url="sqlite://", clock=clock)
    try:
        return await simulate(service, clock, persona, StartRequest(round_id, level, seed=seed))
    finally:
        await service.aclose()


@pytest.fixture(scope="module")
def rounds() -> dict[str, Played]:
    """Rounds that were played already."""
    return {}


@pytest.fixture
def played(rounds: dict[str, Played], real_parts: Parts) -> Callable[[str], Any]:
    async def once(persona: str) -> Played:
        if persona not in rounds:
            rounds[persona] = await play(real_parts, persona)
        return rounds[persona]

    return once


def test_the_personas_are_those_of_the_contract() -> None:
    assert set(PERSONAS) == CONTRACT_PERSONAS


@pytest.mark.parametrize("persona", sorted(CONTRACT_PERSONAS))
async def test_every_persona_ends_its_round_and_is_asked_nothing_twice(
    played: Callable[[str], Any], persona: str
) -> None:
    report, view = await played(persona)
    assert report.finished
    assert view.finished
    questions = [turn.question_id for turn in report.turns if turn.kind == "question"]
    assert len(questions) == len(set(questions)) == 4
    prompts = [turn.prompt for turn in report.turns]
    assert len(prompts) == len(set(prompts))
    assert report.unscored == sum(turn.assessment.score is None for turn in report.turns)
    assert [line.speaker for line in view.lines].count("candidate") == len(report.turns)
    for turn in report.turns:
        for piece in (piece for item in turn.assessment.criteria for piece in item.evidence):
            assert turn.answer[piece.start : piece.end] == piece.text


async def test_who_answers_better_is_scored_higher(played: Callable[[str], Any]) -> None:
    score = {name: (await played(name))[0].score for name in CONTRACT_PERSONAS}
    assert score["strong"] > score["partial"] > score["weak"]
    for name in ("gibberish", "dont-know", "repeater", "injector"):
        assert score[name] < 0.15, name
        assert score[name] <= score["weak"]
    report, _ = await played("strong")
    assert report.band is not None
    assert report.band >= 3


async def test_padding_adds_nothing(played: Callable[[str], Any]) -> None:
    partial, verbose = (await played("partial"))[0], (await played("verbose"))[0]
    assert verbose.score <= partial.score + 0.05


async def test_the_same_seed_gives_the_same_round(played: Callable[[str], Any], real_parts: Parts) -> None:
    report, view = await played("partial")
    again, view_again = await play(real_parts, "partial")

    def content(report: Report, view: SessionView) -> str:
        text = json.dumps([asdict(report), asdict(view)], sort_keys=True, default=str)
        return text.replace(view.id, "the session")

    assert content(again, view_again) == content(report, view)


async def test_another_seed_gives_other_words(parts: Parts) -> None:
    said = [[turn.answer for turn in (await play(parts, "gibberish", seed=n))[0].turns] for n in (0, 0, 1)]
    assert said[0] == said[1] != said[2]


async def test_the_number_of_questions_is_kept(parts: Parts) -> None:
    clock = SimulatedClock()
    service = build_service(Settings(pack=TINY), parts, store_url="sqlite://", clock=clock)
    report, _ = await simulate(service, clock, "weak", StartRequest("systems", "IC1", questions=2, seed=3))
    await service.aclose()
    assert len(report.questions) == 2
    assert report.level == "IC1"


async def test_an_unknown_persona_is_named_with_those_there_are(parts: Parts) -> None:
    world = make_world(parts, "sqlite://")
    with pytest.raises(UnknownThing, match=r"'hero'.*strong, partial, weak"):
        await simulate(world.service, SimulatedClock(), "hero", StartRequest("systems", "IC3"))
    assert (await world.service.session_page(LOCAL_OWNER)).sessions == ()
    await world.service.aclose()
