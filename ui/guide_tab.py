"""Ask the role guide: a model's answer with citations where one is connected, and the passages themselves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from html import escape

import gradio as gr

from interviewer.errors import MockroundError
from interviewer.library import GuideAnswer
from interviewer.service import InterviewService
from ui.cards import citation, passage_cards
from ui.events import QUIET, busy, notice
from ui.formulas import formulas_html

_HOW = "Process, levels, pay, culture, benefits: ask as you would ask a recruiter. Answers come from the pack's guide alone."
_PASSAGES_ONLY = "No language model is connected, so these are the passages themselves."
_NEARNESS = (
    "A number names the passage nearest to the sentence; what is said there is below, and it is what counts."
)
_UNCITED = "no passage is near"


def build_guide_tab(service: InterviewService) -> None:
    """The tab inside the current Gradio context."""
    gr.HTML(f"<p>{_HOW}</p>", padding=False)
    question = gr.Textbox(
        label="Your question (Enter asks)",
        placeholder="How long does the process take?",
        elem_id="mr-guide-question",
    )
    ask = gr.Button("Ask the guide", variant="primary", elem_id="mr-guide-ask")
    answer = gr.HTML("", elem_id="mr-guide-answer", padding=False)

    async def reply(asked: str | None) -> AsyncIterator[str]:
        yield busy("Looking it up.")
        try:
            yield guide_answer(await service.library.ask_guide(asked or ""))
        except MockroundError as error:
            yield notice(str(error))

    gr.on(
        [ask.click, question.submit],
        reply,
        question,
        answer,
        trigger_mode="once",
        **QUIET,
    )


def guide_answer(found: GuideAnswer) -> str:
    """What the guide says, as HTML."""
    if not found.passages:
        return notice(found.note or "")
    if found.model is None:
        note = notice(found.note) if found.note else f'<p class="mr-soft">{_PASSAGES_ONLY}</p>'
        return f'<div class="mr-report">{note}{passage_cards(found.passages)}</div>'
    said = " ".join(f"{formulas_html(item.text)}{_mark(item.passage)}" for item in found.sentences)
    used = sorted({item.passage for item in found.sentences if item.passage is not None})
    sources = "".join(f"<li>{citation(place + 1, found.passages[place])}</li>" for place in used)
    return (
        f'<div class="mr-report"><div class="mr-card mr-said"><p>{said}</p>'
        f"{f'<ul class=mr-sources>{sources}</ul>' if sources else ''}"
        f'<p class="mr-soft">Worded by {escape(found.model)} from the passages below. {_NEARNESS}</p></div>'
        f"{passage_cards(found.passages)}</div>"
    )


def _mark(passage: int | None) -> str:
    if passage is None:
        return f' <span class="mr-soft">({_UNCITED})</span>'
    return f"<sup>{passage + 1}</sup>"
