"""The bank on the page: filters, pages of a long list, and a card that gives nothing away."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import gradio as gr
import pytest
import pytest_asyncio
from tab_world import HOSTILE, Services

from interviewer.errors import UnknownThing
from interviewer.library import QuestionCard
from interviewer.owners import LOCAL_OWNER
from interviewer.service import StartRequest
from ui.bank_tab import BankTab
from ui.cards import question_card
from ui.interview_tab import InterviewTab
from ui.visitor import COOKIE


# Async, as everything here that builds a part of a page: Gradio makes an event loop of its own where none runs.
@pytest_asyncio.fixture
async def tab(services: Services) -> BankTab:
    with gr.Blocks(analytics_enabled=False):
        return BankTab(services())


def listed(tab: BankTab, changes: dict[Any, Any]) -> list[str]:
    return [value for _, value in changes[tab.choice].choices]


@pytest.mark.parametrize(
    ("round_id", "level", "category", "topic", "found"),
    [
        ("", "", "", "", ["kv-cache", "idle-gpu", "checkpoint", "variance"]),
        ("systems", "", "", "", ["kv-cache", "idle-gpu", "checkpoint"]),
        ("", "IC1", "", "", ["idle-gpu", "variance"]),
        ("", "", "math", "", ["variance"]),
        ("", "", "", "profiling", ["idle-gpu"]),
        ("systems", "", "math", "", []),
    ],
)
async def test_the_filters_narrow_the_list(
    tab: BankTab, round_id: str, level: str, category: str, topic: str, found: list[str]
) -> None:
    changes = await tab.search("", round_id, level, category, topic)
    assert listed(tab, changes) == found
    assert ("loosen a filter" in changes[tab.found]) is not bool(found)
    assert changes[tab.choice].visible is bool(found)


async def test_a_search_puts_the_nearest_first(tab: BankTab) -> None:
    changes = await tab.search("variance of a mean", "", "", "", "")
    assert listed(tab, changes)[0] == "variance"
    assert "nearest" in changes[tab.found]


async def test_a_long_list_comes_in_pages(tab: BankTab) -> None:
    first = await tab.search("", "", "", "", "", shown=3)
    assert len(listed(tab, first)) == 3
    assert (first[tab.more].visible, first[tab.more].value) == (True, "Show more (1 left)")
    rest = await tab.show_more(3, "", "", "", "", "", None)
    assert len(listed(tab, rest)) == 4
    assert rest[tab.more].visible is False


async def test_what_was_chosen_stays_open_while_it_is_listed(tab: BankTab) -> None:
    kept = await tab.search("", "", "", "math", "", chosen="variance")
    assert kept[tab.choice].value == "variance"
    assert "standard error" in kept[tab.card]
    gone = await tab.search("", "systems", "", "", "", chosen="variance")
    assert gone[tab.choice].value is None
    assert gone[tab.practise_row].visible is False


async def test_a_card_holds_no_spoilers(tab: BankTab) -> None:
    role = tab.service.role
    question = role.pack.question("kv-cache")
    shown = tab.look("kv-cache")[tab.card]
    assert question.prompt in shown
    hidden = [question.model_answer.strip(), *question.hints, *(step.text for step in question.follow_ups)]
    hidden += [criterion.text for criterion in role.rubrics["kv-cache"].criteria]
    assert not [words for words in hidden if words in shown]
    assert "There is no question" in tab.look("nobody")[tab.card]


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
