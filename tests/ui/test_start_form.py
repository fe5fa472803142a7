"""The form that a round is started with offers what applies to the round that is chosen."""

from __future__ import annotations

import gradio as gr
import pytest
import pytest_asyncio
from paper_world import paper_role
from tab_world import Services

from interviewer.errors import BadInput
from interviewer.owners import LOCAL_OWNER
from ui.start_form import StartForm


@pytest_asyncio.fixture
async def with_paper(services: Services) -> StartForm:
    service = services()
    service.role = paper_role(service.role)
    with gr.Blocks(analytics_enabled=False):
        return StartForm(service)


async def test_a_paper_is_explained_and_has_neither_a_number_nor_study(with_paper: StartForm) -> None:
    form = with_paper
    paper = form._follow_round("paper", "study")
    assert "2 multiple-choice questions and 2 coding problems" in paper[form.about].value
    assert (paper[form.about].visible, paper[form.questions].visible) == (True, False)
    assert [value for _, value in paper[form.mode].choices] == ["practice", "real"]
    assert (paper[form.mode].value, paper[form.minutes].value) == ("practice", 20)
    assert form._follow_round("paper", "real")[form.mode].value == "real"

    other = form._follow_round("systems", "study")
    assert (other[form.about].visible, other[form.questions].visible) == (False, True)
    assert [value for _, value in other[form.mode].choices] == ["practice", "study", "real"]
    assert other[form.mode].value == "study"


async def test_nothing_of_a_long_background_is_cut_off_in_silence(services: Services) -> None:
    service = services()
    with gr.Blocks(analytics_enabled=False):
        form = StartForm(service)
    assert form.background.max_length is None
    wanted = form.request("systems", "IC3", 2, 30, "practice", "a" * 40_001)
    with pytest.raises(BadInput, match="40,001 characters; the limit is 40,000"):
        await service.start(wanted, LOCAL_OWNER)
