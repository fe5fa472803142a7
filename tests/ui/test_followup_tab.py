"""The follow-up lab: who speaks, what is shown of a follow-up, and what an answer to one showed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, TypeVar

import gradio as gr
import pytest
import pytest_asyncio
from tab_world import HOSTILE, Services

from interviewer.followups import FollowUpProposal, FollowUps
from interviewer.llm.scripted import ScriptedModel
from ui.followup_tab import FollowUpTab, Proposed, voice_line

T = TypeVar("T")

ANSWER = "credit 0.0 The cache grows."


@pytest_asyncio.fixture
async def tab(services: Services) -> FollowUpTab:
    with gr.Blocks(analytics_enabled=False):
        return FollowUpTab(services())


async def last(steps: AsyncIterator[T]) -> T:
    return [step async for step in steps][-1]


async def found(tab: FollowUpTab, question: str | None, own: str, answer: str) -> dict[Any, Any]:
    return await last(tab.find(question, own, answer, "IC3"))


async def test_who_speaks_is_said(services: Services) -> None:
    assert "No qualified language model speaks here" in voice_line(services())
    model = ScriptedModel(name="small<model>")
    line = voice_line(services(model))
    assert "small&lt;model&gt; words fresh follow-ups" in line
    assert "Not qualified yet" in line


async def test_without_a_model_the_whole_ladder_is_shown(tab: FollowUpTab) -> None:
    changes = await found(tab, "kv-cache", "", ANSWER)
    steps = tab.service.role.pack.question("kv-cache").follow_ups
    assert len(changes[tab.choice].choices) == len(steps) == 5
    html = changes[tab.result]
    assert html.count("from the bank") == 5
    assert html.count("crosses into Math") == 1
    assert "level IC1" in html
    # The target stands where it is looked up, after its follow-up and folded away.
    target = tab.service.library.criteria("kv-cache", ["cache-grows"])[0]
    before, _, after = html.partition("<details>")
    assert target not in before
    assert target in after


async def test_a_model_speaks_about_a_question_of_ones_own(services: Services) -> None:
    model = ScriptedModel(lambda _: "What happens to the other lanes when one lane of a warp branches?")
    with gr.Blocks(analytics_enabled=False):
        tab = FollowUpTab(services(model))
    changes = await found(
        tab, "kv-cache", "What is a warp of a GPU, and its lanes?", "Lanes of a warp in step."
    )
    assert "fresh, by the model" in changes[tab.result]
    assert changes[tab.proposed].question_id is None
    shown = await last(tab.judge(changes[tab.proposed], 1, "They wait."))
    assert "no rubric" in shown


@pytest.mark.parametrize(
    ("question", "own", "answer", "says"),
    [
        (None, "", ANSWER, "Choose a question of the bank"),
        (None, " \n", ANSWER, "Choose a question of the bank"),
        ("kv-cache", "", " ", "need an answer"),
        ("kv-cache", "", "x" * 20_001, "20,001 characters; the limit is 20,000"),
        (None, "What is a warp?", ANSWER, "need a language model"),
        (None, HOSTILE, ANSWER, "need a language model"),
    ],
    ids=["none", "blank", "no answer", "long", "own", "hostile"],
)
async def test_what_cannot_be_followed_up_is_one_sentence(
    tab: FollowUpTab, question: str | None, own: str, answer: str, says: str
) -> None:
    changes = await found(tab, question, own, answer)
    html = changes[tab.result]
    assert html.startswith('<p class="mr-notice"')
    assert says in html
    assert "<img" not in html


async def test_an_answer_is_judged_on_the_target_and_names_it(tab: FollowUpTab) -> None:
    changes = await found(tab, "kv-cache", "", ANSWER)
    proposed: Proposed = changes[tab.proposed]
    place = next(n for n, item in enumerate(proposed.followups, 1) if item.targets == ("weights-share",))
    html = await last(tab.judge(proposed, place, f"credit 1.0 Apart. {HOSTILE}"))
    assert tab.service.library.criteria("kv-cache", ["weights-share"])[0] in html
    assert ">met</span>" in html
    assert "&lt;script&gt;" in html
    assert "<script" not in html

    crossing = next(n for n, item in enumerate(proposed.followups, 1) if not item.targets)
    assert "goes beyond" in await last(tab.judge(proposed, crossing, "credit 1.0"))
    assert "Write an answer" in await last(tab.judge(proposed, place, ""))
    assert "could not be judged now" in await last(tab.judge(proposed, place, "judge fails"))
    assert "Choose one" in await last(tab.judge(proposed, None, "words"))
    assert "Choose one" in await last(tab.judge(None, None, "words"))


async def test_grounds_and_hostile_words(tab: FollowUpTab) -> None:
    passage = tab.service.interviewer.retriever.passages[0]
    item = FollowUpProposal(HOSTILE, (), (passage.passage_id,), "model", 0.5, "IC5")
    html = tab.page_of(FollowUps((item,), note=HOSTILE), "kv-cache")
    assert "What it stands on" in html
    assert "level IC5" in html
    assert "<img" not in html
    assert "<script" not in html
    assert "No follow-up was good enough" in tab.page_of(FollowUps(()), None)
