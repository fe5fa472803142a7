"""The Model tab says what the connected model is trusted with, and looks again whenever it is opened."""

from __future__ import annotations

from typing import Any, cast

import gradio as gr

from interviewer.service import InterviewService
from ui.model_tab import build_model_tab, trust_line


class _Status:
    sentence = "qwen words follow-ups."


class _Model:
    status = _Status()
    trust = "Not qualified yet: <nothing> is known."


class _Service:
    def __init__(self) -> None:
        self.model = _Model()


def test_the_line_is_escaped_and_absent_without_a_model() -> None:
    service = _Service()
    assert trust_line(cast(InterviewService, service)) == (
        '<p class="mr-soft">Not qualified yet: &lt;nothing&gt; is known.</p>'
    )
    service.model.trust = ""
    assert trust_line(cast(InterviewService, service)) == ""


async def test_opening_the_tab_shows_how_things_stand() -> None:
    service: Any = _Service()
    with gr.Blocks(analytics_enabled=False) as page:
        status = gr.HTML()
        with gr.Tabs(), gr.Tab("Model") as tab:
            build_model_tab(service, status, tab)
    (opened,) = (fn for fn in page.fns.values() if any(event == "select" for _, event in fn.targets))
    service.model.trust = "Qualified."
    assert opened.fn is not None
    line, same, trust = opened.fn()
    assert line == same
    assert "qwen words follow-ups." in line
    assert "Qualified." in trust
    assert len(opened.outputs) == 3
