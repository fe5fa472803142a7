"""The self-assessment tab: own verdicts come first, and all of them; then both views, and the history."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any, TypeVar

import gradio as gr
import pytest
import pytest_asyncio
from tab_world import HOSTILE, Services

from ui.self_page import history
from ui.self_tab import Rating, SelfTab

T = TypeVar("T")
CRITERIA = ("cache-grows", "weights-share", "paged", "quantize", "guess", "restart-fix")


@pytest_asyncio.fixture
async def tab(services: Services) -> SelfTab:
    with gr.Blocks(analytics_enabled=False):
        return SelfTab(services())


async def last(steps: AsyncIterator[T]) -> T:
    return [step async for step in steps][-1]


def begin(
    tab: SelfTab, question: str | None = "kv-cache", answer: str = "credit 0.5", **own: str
) -> dict[Any, Any]:
    return tab.begin(question, own.get("own", ""), own.get("lines", ""), own.get("reference", ""), answer)


def ticked(*verdicts: str) -> str:
    return json.dumps(dict(zip(CRITERIA, verdicts, strict=False)))


async def test_the_form_shows_criteria_and_no_spoilers(tab: SelfTab) -> None:
    changes = begin(tab, answer=f"credit 0.5 {HOSTILE}")
    html = changes[tab.form]
    assert html.count("<fieldset") == len(CRITERIA)
    assert "A fault: Says that restarting" in html
    assert "A bonus: Gives a number" in html
    assert "checked" not in html
    rubric = tab.service.role.rubrics["kv-cache"]
    assert not any(phrase in html for criterion in rubric.criteria for phrase in criterion.shows)
    assert tab.service.role.pack.question("kv-cache").model_answer not in html
    assert "<img" not in html
    assert changes[tab.rating] == Rating(changes[tab.rating].subject, f"credit 0.5 {HOSTILE}", CRITERIA)


@pytest.mark.parametrize(
    ("question", "answer", "own", "says"),
    [
        (None, "words", {}, "Choose a question"),
        ("kv-cache", " ", {}, "Paste or write an answer"),
        ("kv-cache", "a" * 20_001, {}, "The answer has 20,001 characters; the limit is 20,000. Shorten it."),
        (None, "words", {"own": "What is a warp?"}, "rubric or a model answer"),
        (None, "words", {"own": "What is a warp?", "lines": "bonus: Only this."}, "one point a line"),
    ],
)
async def test_what_cannot_be_rated_says_so(
    tab: SelfTab, question: str | None, answer: str, own: dict[str, str], says: str
) -> None:
    changes = begin(tab, question, answer, **own)
    assert says in changes[tab.problem]
    assert tab.form not in changes


async def test_nothing_is_judged_before_every_verdict_is_given(tab: SelfTab) -> None:
    rating = begin(tab)[tab.rating]
    for given, says in (
        ("", "6 criteria have"),
        (ticked(*["met"] * 5), "1 criterion has"),
        ("[", "reload it"),
    ):
        assert says in (await last(tab.compare(rating, "IC3", given)))[tab.note]
    assert "rate it first" in (await last(tab.compare(None, "IC3", ticked("met"))))[tab.note]
    assert "Nothing is rated yet" in await tab.show_history()


async def test_both_views_stand_side_by_side(tab: SelfTab) -> None:
    rating = begin(tab, answer=f"credit 0.5 {HOSTILE}")[tab.rating]
    given = ticked("met", "missing", "partial", "partial", "partial", "missing")
    changes = await last(tab.compare(rating, "IC3", given))
    html = changes[tab.result]
    assert "Of 6 criteria you rated 1 <b>higher</b> and 1 <b>lower</b> than the judge." in html
    assert html.count("you are higher") == html.count("you are lower") == 1
    assert "no red flag" in html
    assert "It compares words and meanings and can be wrong" in html
    assert "<img" not in html
    assert "<script" not in html
    assert changes[tab.session]
    assert "1 of 6 higher, 1 lower than the judge" in changes[tab.history]
    assert "too few answers to say" in changes[tab.history]
    assert "%" not in html


async def test_an_answer_that_could_not_be_scored_gives_its_reason(tab: SelfTab) -> None:
    rating = begin(tab, answer="judge fails")[tab.rating]
    changes = await last(tab.compare(rating, "IC3", ticked(*["met"] * 6)))
    assert "does not answer" in changes[tab.result]
    assert "you are higher" not in changes[tab.result]
    assert "not scored" in changes[tab.history]


async def test_a_question_of_ones_own_with_hostile_words(tab: SelfTab) -> None:
    changes = begin(tab, None, "credit 0.9", own=f"What is a warp? {HOSTILE}", lines=f"32 lanes. {HOSTILE}")
    assert "<img" not in changes[tab.form]
    shown = await last(tab.compare(changes[tab.rating], "IC3", '{"c1": "met"}'))
    assert "You and the judge agree on all 1 criteria." in shown[tab.result]
    assert "<img" not in shown[tab.result] + shown[tab.history]


async def test_the_history_draws_every_dimension(tab: SelfTab) -> None:
    for credit in ("0.4", "0.5", "0.6"):
        rating = begin(tab, answer=f"credit {credit}")[tab.rating]
        await last(
            tab.compare(rating, "IC3", ticked("met", "missing", "met", "missing", "missing", "missing"))
        )
    html = await tab.show_history()
    assert "you overrate yourself" in html
    assert "you underrate yourself" in html
    assert html.count("<circle") == html.count('class="whisker"') == 2
    assert "95 %" in html
    assert 'aria-hidden="true"' in html, "the table says the same to those who do not see the chart"
    assert html == history(await tab.service.self_assessments.overview("local"))
