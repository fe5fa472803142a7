"""The report's own actions: contest a verdict, answer a question again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, TypeVar

import gradio as gr
import pytest
import pytest_asyncio
from tab_world import HOSTILE, Services

from interviewer.owners import LOCAL_OWNER
from interviewer.service import StartRequest
from ui.notes import render_notes
from ui.report_tab import ReportTab

T = TypeVar("T")
ANSWER = f"credit 0.0 at first. The last sentence has credit 0.9 in it. {HOSTILE}"


@pytest_asyncio.fixture
async def tab(services: Services) -> ReportTab:
    with gr.Blocks(analytics_enabled=False):
        service = services()
        return ReportTab(service, gr.Textbox(), render_notes(service.role.pack.notes))


async def last(steps: AsyncIterator[T]) -> T:
    return [step async for step in steps][-1]


async def played(tab: ReportTab, end: bool = True) -> str:
    wanted = StartRequest(None, "IC3", question_ids=("kv-cache",), follow_ups=0)
    return await play(tab, wanted, ANSWER, end)


async def play(tab: ReportTab, wanted: StartRequest, answer: str, end: bool = True) -> str:
    """A round of one answer."""
    service = tab.service
    session = (await service.start(wanted, LOCAL_OWNER)).id
    await settled(await service.proceed(session, LOCAL_OWNER))
    await settled(await service.send(session, LOCAL_OWNER, answer))
    if end:
        await settled(await service.act(session, LOCAL_OWNER, "end"))
    return session


async def settled(updates: AsyncIterator[Any]) -> None:
    async for _ in updates:
        pass


async def test_a_verdict_is_contested_from_the_report(tab: ReportTab) -> None:
    session = await played(tab)
    page = await tab.show(session)
    assert page.count('data-mr-tell="mr-contest-target"') == 5, (
        "one for each open criterion, none for a red flag"
    )
    target = "1|0|paged"
    opened = await tab.contest.open(session, target)
    html = opened[tab.contest.about]
    assert "Proposes a paged cache" in html
    assert "has credit 0.9 in it." in html
    assert "<img" not in html
    refused: dict[Any, Any] = await last(tab.contest.judge_again(session, target, "never said"))
    assert "not in the answer" in refused[tab.contest.note]
    done: dict[Any, Any] = await last(tab.contest.judge_again(session, target, "The last sentence"))
    assert done[tab.contest.about] == ""
    page = await tab.show(session)
    assert "First missing, second met: <b>the second verdict counts</b>." in page
    assert "You marked “The last sentence”" in page
    assert "<img" not in page
    assert page.count('data-mr-tell="mr-contest-target"') == 4
    again = await tab.contest.open(session, target)
    assert "cannot be contested any more" in again[tab.contest.note]


@pytest.mark.parametrize("target", ["", "1", "1|9|paged", "1|0|nothing", "1|x|paged", "1|0|restart-fix"])
async def test_a_strange_target_is_one_sentence(tab: ReportTab, target: str) -> None:
    session = await played(tab)
    assert "cannot be contested" in (await tab.contest.open(session, target))[tab.contest.note]
    assert (
        "cannot be contested"
        in (await last(tab.contest.judge_again(session, target, "The")))[tab.contest.note]
    )


async def test_a_round_that_goes_on_offers_neither(tab: ReportTab) -> None:
    page = await tab.show(await played(tab, end=False))
    assert "data-mr-tell" not in page


async def test_a_question_is_asked_again_at_the_same_level(tab: ReportTab) -> None:
    session = await played(tab)
    wanted = await tab._wanted(session, "kv-cache")
    assert (wanted.level, wanted.question_ids, wanted.again) == ("IC3", ("kv-cache",), session)
    session = await play(tab, wanted, "credit 0.9")
    page = await tab.show(session)
    assert "5 of 5 criteria came out better, 0 worse." in page
    assert "missing before" in page
