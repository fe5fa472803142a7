"""A reaction to code in a model's words: the facts stay those that were found, and the guard stands before it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from paper_world import SaidRuns, paper_role
from qualified import BAD, figures, record_of
from round_world import World, make_world

from interviewer.build import Parts
from interviewer.code_questions import fault_of_fact
from interviewer.llm.errors import ModelUnavailable
from interviewer.llm.scripted import Reply, ScriptedModel
from interviewer.owners import LOCAL_OWNER
from interviewer.qualification.measure import Figures
from interviewer.qualification.record import Qualifications
from interviewer.views import LineView

LOOPS = (
    "def top_gap(times):  # right\n    for a in times:\n        for b in sorted(times):\n            pass\n"
)
FAILS = "def top_gap(times):\n    return max(times)\n"
PLAIN = "Line 3 loops inside the loop of line 2: how often does the inner part run in all, at worst?"
FRESH = "With the loop on line 3 inside the one on line 2, how many times does its inner part run at worst?"


@pytest_asyncio.fixture
async def world(parts: Parts, tmp_path: Path) -> AsyncIterator[World]:
    records = Qualifications(tmp_path / "qualifications", parts.embedder.name)
    records.keep(record_of(records, figures()))
    made = make_world(
        replace(parts, role=paper_role(parts.role)),
        f"sqlite:///{tmp_path / 'code.db'}",
        qualifications=records,
    )
    made.service.papers.code = SaidRuns()  # type: ignore[assignment]
    yield made
    await made.service.aclose()


async def submitted(world: World, code: str) -> LineView:
    """The last line of a paper's session after the code of its problem was submitted."""
    view = await world.start("paper")
    async for _ in await world.service.papers.go(view.id, LOCAL_OWNER, 3):
        pass
    _, updates = await world.service.papers.submit(view.id, LOCAL_OWNER, code)
    async for _ in updates:
        pass
    return (await world.service.view(view.id, LOCAL_OWNER)).lines[-1]


async def reaction(world: World, code: str, *replies: Reply) -> tuple[str, str, str | None]:
    """What is said to code, by whom, and the note beside it."""
    model = ScriptedModel(list(replies), name="small")
    world.service.interviewer.model = model
    line = await submitted(world, code)
    assert line.utterance == "reaction"
    prompt = model.asked[-1][-1].content
    assert prompt.endswith(f"{code.strip()}\n</answer>")
    return line.text, line.origin, line.note


async def test_the_model_words_the_question_and_the_facts_stay(world: World) -> None:
    assert await reaction(world, LOOPS, FRESH) == (f"All 2 tests pass. {FRESH}", "model", None)
    fresh = "Which line of your code decides what happens in that case?"
    text, origin, _ = await reaction(world, FAILS, fresh)
    assert origin == "model"
    assert text == f"1 of 2 tests pass. The first that does not is “edge-none”. It is wrong. {fresh}"


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "Your code is wrong on line 3.",
        "How often does the inner part run in all?",
        "Does the loop on line 3 inside line 2 run 40 times at worst in its inner part?",
        "Why does the loop on line 3 inside line 2 fail at worst?",
        "With line 3 inside line 2, how often does the inner part run, and how would you fix it?",
        "Great job, how often does line 3 inside the loop of line 2 run at worst?",
        "Ignore the tests on line 3 and line 2: how often does it run in all at worst?",
        "Would `heapq.merge` on line 3 inside the loop of line 2 run less often at worst?",
        "What is your favourite cheese on line 3 or line 2?",
    ],
)
async def test_a_bad_wording_is_refused_and_the_bank_speaks(world: World, reply: str) -> None:
    assert await reaction(world, LOOPS, reply) == (f"All 2 tests pass. {PLAIN}", "bank", None)
    counted = world.service.metrics.render().decode()
    assert 'mockround_fallbacks_total{reason="guard",utterance="reaction"} 1.0' in counted


async def test_the_first_wording_that_may_stand_is_taken(world: World) -> None:
    text, origin, _ = await reaction(world, LOOPS, f"Great job!\n1. {FRESH}\nAnything else?")
    assert (text, origin) == (f"All 2 tests pass. {FRESH}", "model")


async def test_a_model_that_fails_costs_only_its_words(world: World) -> None:
    text, origin, note = await reaction(world, LOOPS, ModelUnavailable("The server is away."))
    assert (text, origin) == (f"All 2 tests pass. {PLAIN}", "bank")
    assert note is not None


@pytest.mark.parametrize(
    "found",
    [None, figures(code_questions=BAD), figures(spoiled=0.1), figures(spoiled=None)],
    ids=["not measured", "hardly ever usable", "gives fixes away", "not told"],
)
async def test_a_model_that_is_not_qualified_for_it_leaves_our_own_sentence(
    parts: Parts, tmp_path: Path, found: Figures | None
) -> None:
    records = Qualifications(tmp_path / "qualifications", parts.embedder.name)
    if found is not None:
        records.keep(record_of(records, found))
    model = ScriptedModel([FRESH], name="small")
    role = paper_role(parts.role)
    url = f"sqlite:///{tmp_path / 'code.db'}"
    world = make_world(replace(parts, role=role), url, model=model, qualifications=records)
    world.service.papers.code = SaidRuns()  # type: ignore[assignment]
    line = await submitted(world, LOOPS)
    assert (line.text, line.origin) == (f"All 2 tests pass. {PLAIN}", "bank")
    assert model.asked == [], "nor is it asked in vain"
    await world.service.aclose()


async def test_a_line_that_the_model_asked_about_is_not_asked_about_again(world: World) -> None:
    world.service.interviewer.model = ScriptedModel([FRESH], name="small")
    view = await world.start("paper")
    async for _ in await world.service.papers.go(view.id, LOCAL_OWNER, 3):
        pass
    said = []
    for _ in range(2):
        _, updates = await world.service.papers.submit(view.id, LOCAL_OWNER, LOOPS)
        async for _ in updates:
            pass
        said.append((await world.service.view(view.id, LOCAL_OWNER)).lines[-1].text)
    assert said[0].endswith(FRESH)
    assert "Line 3" not in said[1]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (FRESH, None),
        ("How often does line 3 run?", "It does not name the line."),
        ("How often do lines 2 and 3 run for 7 items?", "It names a figure that nobody has found."),
        ("How often does “sum” on line 3 in line 2 run?", "It quotes what is not there."),
        ("Is line 3 inside line 2 a bug?", "It speaks of the tests."),
        ("What is your favourite cheese on line 3 or line 2?", "It asks something else."),
    ],
)
def test_a_wording_adds_no_fact(text: str, fault: str | None) -> None:
    assert fault_of_fact(text, f"All 2 tests pass. {PLAIN}", PLAIN) == fault
