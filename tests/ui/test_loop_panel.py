"""The whole loop on the page: what is shown of each state, and what a click does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import gradio as gr
import pytest
import pytest_asyncio
from round_world import settle
from tab_world import HOSTILE, Services

from interviewer.debrief import Change, Exhibit
from interviewer.loop_sessions import Loops
from interviewer.loops import LoopView
from interviewer.owners import LOCAL_OWNER
from interviewer.report import Reading
from interviewer.service import InterviewService
from ui.debrief_page import debrief_page
from ui.home_tab import HomeTab
from ui.loop_panel import LoopPanel, chosen_loop, stages_table
from ui.notes import render_notes
from ui.start_form import StartForm


async def loop_of(service: InterviewService, stages: int = 0, credit: float = 0.9) -> LoopView:
    """A loop with so many finished stages."""
    doors = service.loops
    view = await doors.begin(LOCAL_OWNER, "IC3", seed=1)
    for _ in range(stages):
        session = await settle(
            await service.proceed((await doors.start(LOCAL_OWNER, view.id)).id, LOCAL_OWNER)
        )
        while session.phase == "open":
            session = await settle(await service.send(session.id, LOCAL_OWNER, f"credit {credit}"))
        await settle(await service.act(session.id, LOCAL_OWNER, "end"))
    return await doors.look(LOCAL_OWNER, view.id)


def panel_of(service: InterviewService) -> LoopPanel:
    with gr.Blocks(analytics_enabled=False):
        panel = LoopPanel(service, gr.HTML(), render_notes(service.role.pack.notes))
        panel.build_card()
        panel.build()
    return panel


def seen(panel: LoopPanel, changes: dict[Any, Any]) -> set[str]:
    """What can be seen of it."""
    parts = ("card", "part", "begin", "other", "stage", "again", "read", "decide")
    return {
        name for name in parts if changes.get(getattr(panel, name)) and changes[getattr(panel, name)].visible
    }


async def test_without_a_loop_nothing_is_shown(services: Services) -> None:
    panel = panel_of(services())
    assert seen(panel, await panel.look()) == set()


@pytest.mark.parametrize(
    ("stages", "parts", "button", "words"),
    [
        (0, {"card", "part", "begin"}, "Begin: First talk", "0 of 4 stages finished"),
        (
            1,
            {"card", "part", "begin", "stage", "again", "read", "decide"},
            "Begin: Onsite",
            "3 interviews, one at a time",
        ),
        (4, {"card", "part", "stage", "again", "read", "decide"}, None, "Every stage is finished"),
    ],
)
async def test_the_card_has_one_click_for_what_is_next(
    services: Services, stages: int, parts: set[str], button: str | None, words: str
) -> None:
    service = services()
    panel = panel_of(service)
    await loop_of(service, stages)
    changes = await panel.look()
    assert seen(panel, changes) == parts
    assert words in changes[panel.card_text]
    if button is not None:
        assert changes[panel.begin].value == button


async def test_an_open_stage_is_continued_and_not_decided_on(services: Services) -> None:
    service = services()
    panel = panel_of(service)
    view = await loop_of(service, 1)
    await service.loops.start(LOCAL_OWNER, view.id)
    changes = await panel.look()
    assert changes[panel.begin].value == "Continue: Design interview"
    assert "decide" not in seen(panel, changes)
    assert "Open: Design interview" in changes[panel.card_text]


async def test_deciding_and_deleting_want_to_be_confirmed(services: Services) -> None:
    service = services()
    panel = panel_of(service)
    view = await loop_of(service, 4)
    assert await panel._decide(view.id, "") == {panel.note: ""}
    changes = await panel._decide(view.id, "yes")
    assert seen(panel, changes) == {"part", "read"}
    assert "Strong hire at IC3" in changes[panel.debrief]
    assert await panel._delete(view.id, "") == {panel.note: ""}
    assert seen(panel, await panel._delete(view.id, "yes")) == set()
    assert "no loop" in (await panel._delete(view.id, "yes"))[panel.note]
    assert "no loop" in (await panel._read(view.id))[panel.note]
    assert "no loop" in (await panel._decide(view.id, "yes"))[panel.note]


async def test_one_that_is_under_way_is_shown_before_a_decided_one(services: Services) -> None:
    service = services()
    panel = panel_of(service)
    first = await loop_of(service, 1)
    await service.loops.decide(LOCAL_OWNER, first.id)
    second = await loop_of(service)
    loops = await service.loops.list(LOCAL_OWNER)
    assert [item.id for item in (chosen_loop(loops), chosen_loop(loops, first.id)) if item] == [
        second.id,
        first.id,
    ]
    changes = panel.shown(loops, first.id)
    assert changes[panel.chosen] == first.id
    assert "other" in seen(panel, changes)
    assert "not taken" in changes[panel.stages]


async def test_home_begins_with_the_loop_and_continues_its_stage_there(services: Services) -> None:
    service = services()
    with gr.Blocks(analytics_enabled=False):
        home = HomeTab(service, {})
    assert "Start with one round" in (await home.look())[home.head]
    view = await loop_of(service)
    changes = await home.look()
    assert "Today" in changes[home.head]
    assert changes[home.start].variant == "secondary"
    await service.loops.start(LOCAL_OWNER, view.id)
    changes = await home.look()
    assert not changes[home.open_card].visible
    assert changes[home.loop.begin].value == "Continue: First talk"


async def test_the_form_offers_the_loop_that_the_pack_has(services: Services) -> None:
    with gr.Blocks(analytics_enabled=False) as page:
        StartForm(services())
    offered = [block.value for block in page.blocks.values() if isinstance(block, gr.HTML)]
    assert any("First talk, then an onsite of 3 interviews" in str(value) for value in offered)


async def test_a_pack_without_a_loop_offers_none(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Loops, "plan", None)
    service = services()
    with gr.Blocks(analytics_enabled=False) as page:
        StartForm(service)
        home = HomeTab(service, {})
    (offer,) = [block for block in page.blocks.values() if getattr(block, "elem_id", None) == "mr-loop-offer"]
    assert not offer.visible  # type: ignore[attr-defined]
    assert seen(home.loop, await home.look()) == set()


@pytest_asyncio.fixture
async def hostile(services: Services) -> AsyncIterator[str]:
    """A debrief in which every text of a person, a pack or a rubric is an attack."""
    service = services()
    view = await loop_of(service, 4, credit=0.4)
    found = await service.loops.debrief(LOCAL_OWNER, view.id)
    exhibit = Exhibit("s", HOSTILE, "q", HOSTILE, "c", HOSTILE, None, True, "fault", HOSTILE, 0.1)
    change = Change(
        "s",
        HOSTILE,
        "q",
        HOSTILE,
        "c",
        HOSTILE,
        True,
        False,
        0.1,
        2,
        (Reading(HOSTILE, 'https://x/"onclick=1'),),
    )
    yield debrief_page(
        replace(
            found,
            level_title=HOSTILE,
            notice=HOSTILE,
            stages=(replace(found.stages[0], title=HOSTILE), *found.stages[1:]),
            evidence_for=(exhibit,),
            evidence_against=(exhibit,),
            held_down=(exhibit,),
            changes=(change,),
        )
    )


async def test_everything_in_a_debrief_is_text(hostile: str) -> None:
    assert "<img" not in hostile
    assert "<script" not in hostile
    assert 'x/"onclick' not in hostile
    for title in (
        "The level",
        "Stages",
        "Dimensions",
        "Evidence for",
        "Evidence against",
        "What would change",
    ):
        assert title in hostile


async def test_stages_are_shown_as_text(services: Services) -> None:
    view = await loop_of(services())
    stage = replace(view.stages[0], title=HOSTILE, looks_for=HOSTILE)
    assert "<img" not in stages_table(replace(view, stages=(stage, *view.stages[1:])))
