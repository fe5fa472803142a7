"""Connect a language model without a restart, and say plainly what it is used for."""

from __future__ import annotations

from html import escape

import gradio as gr

from interviewer.errors import MockroundError, NotAllowed
from interviewer.llm.errors import ModelError
from interviewer.service import InterviewService
from ui.events import QUIET
from ui.interview_tab import status_line
from ui.visitor import who_asks

_TEXT = """
**Who speaks and who judges.** Questions, rubrics and model answers come from the pack. Scores come from the embedded judge,
which needs no language model. A connected model words fresh follow-ups (each one checked before it is asked), answers
your own questions at the end, and adds to the report: a sentence of advice, and a second opinion that does not count (by
default from servers on this machine or private network alone). It does not score. A stronger model gives better
follow-ups, advice and opinions; `mockround qualify` measures the one that is connected, and what it fails at is left to
the pack.
"""


def trust_line(service: InterviewService) -> str:
    """What the connected model is trusted with, in one line."""
    sentence = service.model.trust
    return f'<p class="mr-soft">{escape(sentence)}</p>' if sentence else ""


def _expect_admin(service: InterviewService) -> None:
    """Raises NotAllowed: a server address is one that this machine then asks, and the model is everybody's."""
    if not who_asks(service).admin:
        raise NotAllowed("The language model is everybody's; ask who runs this server to change it.")


def build_model_tab(service: InterviewService, status: gr.HTML, tab: gr.Tab, suited_models: str = "") -> None:
    """What is in `tab`, the current Gradio context; `suited_models` is Markdown about this machine."""
    gr.Markdown(_TEXT)
    shown = gr.HTML(status_line(service))
    trust = gr.HTML(trust_line(service), elem_id="mr-trust")
    with gr.Row():
        url = gr.Textbox(
            label="Server (OpenAI-compatible)", placeholder="http://127.0.0.1:8000/v1", elem_id="mr-llm-url"
        )
        name = gr.Textbox(label="Model (empty: the first it lists)", elem_id="mr-llm-model")
        key = gr.Textbox(label="Key (if it wants one)", type="password", elem_id="mr-llm-key")
    agree = gr.Checkbox(
        label="Answers may be sent to an address outside this machine or private network", value=False
    )
    with gr.Row():
        connect = gr.Button("Test and connect", variant="primary", elem_id="mr-llm-connect")
        drop = gr.Button("Use no model", elem_id="mr-llm-none")
    if suited_models:
        gr.Markdown(suited_models, elem_id="mr-suited")

    def lines() -> tuple[str, str, str]:
        line = status_line(service)
        return line, line, trust_line(service)

    async def try_connect(address: str, model: str, token: str, agreed: bool) -> tuple[str, str, str]:
        try:
            _expect_admin(service)
            await service.model.connect(address, model or None, token or None, agreed)
            gr.Info("Connected.")
        except (MockroundError, ModelError) as error:
            gr.Warning(escape(str(error)))
        return lines()

    async def disconnect() -> tuple[str, str, str]:
        try:
            _expect_admin(service)
            await service.model.disconnect()
        except MockroundError as error:
            gr.Warning(escape(str(error)))
        return lines()

    changed = [shown, status, trust]
    connect.click(
        try_connect, [url, name, key, agree], changed, api_visibility="private", show_progress="minimal"
    )
    drop.click(disconnect, None, changed, api_visibility="private", show_progress="minimal")
    tab.select(lines, None, changed, **QUIET)
