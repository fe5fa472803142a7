"""The bank on the page: the list that the browser filters, and a card that gives nothing away."""

from __future__ import annotations

import json
import re
from html import unescape
from types import SimpleNamespace
from typing import cast

import gradio as gr
import pytest
import pytest_asyncio
from tab_world import HOSTILE, Services

from interviewer.errors import UnknownThing
from interviewer.library import QuestionCard
from interviewer.owners import LOCAL_OWNER
from interviewer.service import StartRequest
from ui.bank_list import bank_list
from ui.bank_tab import BankTab
from ui.cards import question_card
from ui.interview_tab import InterviewTab
from ui.visitor import COOKIE


# Async, as everything here that builds a part of a page: Gradio makes an event loop of its own where none runs.
@pytest_asyncio.fixture
async def tab(services: Services) -> BankTab:
    with gr.Blocks(analytics_enabled=False):
        return BankTab(services())


def test_the_list_says_by_what_each_question_is_filtered() -> None:
    card = QuestionCard("q", HOSTILE, "", "math", "IC3", (), 5, ('a "topic"', "gpu"))
    html = bank_list([card], {"systems": {"q", "other"}, "stats": {"other"}}, {"math": "Math"})
    (facets,) = re.findall(r'data-facets="([^"]*)"', html)
    assert json.loads(unescape(facets)) == {
        "round": ["systems"],
        "level": ["IC3"],
        "category": ["math"],
        "topic": ['a "topic"', "gpu"],
    }
    assert "IC3 · Math · 5 min" in html
    assert "<img" not in html
    assert "<script" not in html


async def test_the_list_is_given_once(tab: BankTab) -> None:
    first = tab.fill(False)
    assert re.findall(r'value="([^"]*)"', first[tab.list]) == [
        "kv-cache",
        "idle-gpu",
        "checkpoint",
        "variance",
    ]
    assert "standard error" not in first[tab.list], "the text of a question is told when it is chosen"
    assert tab.list not in tab.fill(first[tab.filled])


async def test_a_search_puts_the_nearest_first(tab: BankTab) -> None:
    ranked = (await tab.search("variance of a mean"))[tab.ranked].split()
    assert ranked[0] == "variance"
    assert len(ranked) == 4
    assert (await tab.search(" "))[tab.ranked] == ""


async def test_a_card_holds_no_spoilers(tab: BankTab) -> None:
    role = tab.service.role
    question = role.pack.question("kv-cache")
    shown = tab.look("kv-cache")[tab.card]
    assert question.prompt in shown
    hidden = [question.model_answer.strip(), *question.hints, *(step.text for step in question.follow_ups)]
    hidden += [criterion.text for criterion in role.rubrics["kv-cache"].criteria]
    assert not [words for words in hidden if words in shown]
    assert "There is no question" in tab.look("nobody")[tab.card]
    assert tab.look("")[tab.practise_row].visible is False


def test_a_hostile_question_is_shown_as_text() -> None:
    card = QuestionCard("q", HOSTILE, f"{HOSTILE}\n\n- **A** one", HOSTILE, "IC3", ("all",), 5, (HOSTILE,))
    html = question_card(card, {})
    assert "<img" not in html
    assert "<script" not in html
    assert html.count("&lt;script&gt;") == 4
    assert "<strong>A</strong> one" in html, "choices keep their form"


async def test_topics_follow_the_category(tab: BankTab) -> None:
    offered = tab._follow_category("math", "profiling")
    assert [value for _, value in offered.choices] == ["", "gpu", "statistics"]
    assert offered.value == ""
    assert tab._follow_category("", "profiling").value == "profiling"


async def test_a_round_left_for_a_question_is_paused(services: Services) -> None:
    service = services()
    visitor = cast(gr.Request, SimpleNamespace(cookies={COOKIE: "browser"}))
    with gr.Blocks(analytics_enabled=False):
        tab = InterviewTab(service, gr.Textbox(), gr.Tabs())
    before = await service.start(StartRequest("systems", "IC3"), LOCAL_OWNER, visitor="browser")
    wanted = StartRequest(None, "IC3", question_ids=("variance",))
    shown = [changes async for changes in tab.begin(wanted, visitor, before.id)]
    assert shown[0][tab.session_id] != before.id
    assert "standard error" in shown[-1][tab.chat][-1]["content"]
    assert (await service.view(before.id, LOCAL_OWNER)).paused is True

    # What was deleted meanwhile is no obstacle, and a refusal shows nothing.
    assert [changes async for changes in tab.begin(wanted, visitor, "gone")]
    with pytest.raises(UnknownThing):
        await anext(tab.begin(StartRequest(None, "IC3", question_ids=("nobody",)), visitor))
    await service.aclose()
