"""The question bank: filter and search it, look at a question without spoilers, practise it.

The list is given to the browser once, whole, and narrowed there (bank.js).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import gradio as gr

from interviewer.errors import MockroundError
from interviewer.service import InterviewService, StartRequest
from ui.bank_list import CHOSEN, COUNT, bank_list
from ui.begin import PREPARING_QUESTION, begin
from ui.cards import question_card
from ui.choices import (
    ANY,
    category_choices,
    level_choices,
    level_dropdown,
    round_choices,
    topic_choices,
    with_any,
)
from ui.events import QUIET, Changes, notice
from ui.interview_tab import InterviewTab

_HOW = '<p class="mr-soft">Choose a question to read it; model answer, hints and rubric stay hidden.</p>'


class BankTab:
    """The tab's components; `connect` adds their events."""

    def __init__(self, service: InterviewService) -> None:
        """Build the components inside the current Gradio context."""
        self.service = service
        self._categories = {value: title for title, value in category_choices(service)}
        self.query = gr.Textbox(
            label="Search (Enter searches)", placeholder="memory of a long context", elem_id="mr-bank-query"
        )
        with gr.Row():
            self.round = _dropdown("Round", with_any("Any", round_choices(service)), "mr-bank-round")
            self.level = _dropdown(
                "Question's level", with_any("Any", level_choices(service)), "mr-bank-level"
            )
            self.category = _dropdown(
                "Category", with_any("Any", category_choices(service)), "mr-bank-category"
            )
            self.topic = _dropdown(
                "Topic (type it)", with_any("Any", topic_choices(service)), "mr-bank-topic"
            )
        # The ids of the bank by nearness to what was searched for, and the one that is chosen.
        self.ranked = gr.Textbox(visible="hidden")
        self.chosen = gr.Textbox(visible="hidden", elem_id=CHOSEN)
        self.filled = gr.State(False)
        self.found = gr.HTML(COUNT, elem_id="mr-bank-found", padding=False)
        self.trouble = gr.HTML("", elem_id="mr-bank-trouble", padding=False)
        with gr.Row(elem_id="mr-bank-panes"):
            with gr.Column(scale=2, min_width=300):
                self.list = gr.HTML("", elem_id="mr-bank-list", padding=False)
            with gr.Column(scale=3, min_width=300):
                self.card = gr.HTML(_HOW, elem_id="mr-bank-card", padding=False)
                with gr.Row(visible=False, elem_id="mr-bank-practise-row") as self.practise_row:
                    self.own_level = level_dropdown(
                        service, "mr-bank-own-level", "Judged at level", min_width=240, scale=2
                    )
                    self.practise = gr.Button(
                        "Practise this question", variant="primary", min_width=200, elem_id="mr-bank-practise"
                    )
                self.note = gr.HTML("", elem_id="mr-bank-note", padding=False)

    def connect(self, tab: gr.Tab, session_id: gr.Textbox, interview: InterviewTab) -> None:
        """Add the events."""

        async def practise(
            chosen: str, level: str, round_id: str, current: str, request: gr.Request
        ) -> AsyncIterator[Changes]:
            if not chosen:
                yield {self.note: gr.skip()}
                return
            named = (chosen,)

            async def find() -> StartRequest:
                return StartRequest(round_id or None, level, question_ids=named)

            async for out in begin(
                find, self.practise, self.note, interview, request, current, PREPARING_QUESTION
            ):
                yield out

        tab.select(self.fill, self.filled, [self.list, self.filled], **QUIET).then(
            None, js="() => window.mockroundBank.show()", **QUIET
        )
        facets = {"round": self.round, "level": self.level, "category": self.category, "topic": self.topic}
        for name, dropdown in facets.items():
            # Its `input` comes twice, when an option is chosen and when the field is left.
            dropdown.change(
                None, dropdown, js=f"value => window.mockroundBank.filter('{name}', value)", **QUIET
            )
        self.category.change(self._follow_category, [self.category, self.topic], self.topic, **QUIET)
        # The first search after a start waits for the embedding model.
        searching = {**QUIET, "show_progress": "minimal", "show_progress_on": self.found}
        self.query.submit(
            self.search,
            self.query,
            [self.ranked, self.trouble],
            # What is typed while a search runs is searched for next, not dropped.
            trigger_mode="always_last",
            **searching,
        ).then(None, self.ranked, js="ids => window.mockroundBank.order(ids)", **QUIET)
        self.chosen.change(
            self.look,
            self.chosen,
            [self.card, self.practise_row, self.note],
            trigger_mode="always_last",
            **QUIET,
        )
        self.practise.click(
            practise,
            [self.chosen, self.own_level, self.round, session_id],
            [self.practise, self.note, interview.tabs, *interview.outputs],
            cancels=interview.playing,
            **QUIET,
        )

    def fill(self, filled: bool) -> Changes:
        """The list, the first time that it is looked at."""
        if filled:
            return {self.filled: True}
        library, rounds = self.service.library, self.service.role.pack.info.rounds
        asked = {item.id: {card.id for card in library.questions(round_id=item.id)} for item in rounds}
        return {self.list: bank_list(library.questions(), asked, self._categories), self.filled: True}

    async def search(self, query: str | None) -> Changes:
        """The bank's order by nearness to the query."""
        try:
            nearest = await self.service.library.nearest_questions(query or "")
        except MockroundError as error:
            return {self.trouble: notice(str(error))}
        return {self.ranked: " ".join(nearest), self.trouble: ""}

    def look(self, chosen: str) -> Changes:
        """The chosen question without spoilers."""
        if not chosen:
            return {self.card: _HOW, self.practise_row: gr.Row(visible=False), self.note: ""}
        try:
            card = self.service.library.question(chosen)
        except MockroundError as error:
            return {self.card: notice(str(error)), self.practise_row: gr.Row(visible=False), self.note: ""}
        return {
            self.card: question_card(card, self._categories),
            self.practise_row: gr.Row(visible=True),
            self.note: "",
        }

    def _follow_category(self, category: str, topic: str) -> Any:
        """Only topics of the category are on offer."""
        choices = topic_choices(self.service, category)
        kept = topic if topic in {value for _, value in choices} else ANY
        return gr.Dropdown(choices=with_any("Any", choices), value=kept)


def _dropdown(label: str, choices: list[tuple[str, str]], elem_id: str) -> gr.Dropdown:
    return gr.Dropdown(
        choices, value=ANY, label=label, filterable=elem_id == "mr-bank-topic", min_width=120, elem_id=elem_id
    )


def build_bank_tab(service: InterviewService) -> BankTab:
    """The tab inside the current Gradio context."""
    return BankTab(service)
