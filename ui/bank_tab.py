"""The question bank: filter and search it, look at a question without spoilers, practise it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import gradio as gr

from interviewer.errors import MockroundError
from interviewer.library import QuestionCard
from interviewer.service import InterviewService, StartRequest
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
from ui.words import counted

_SHOWN = 25
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
        self.found = gr.HTML("", elem_id="mr-bank-found", padding=False)
        self.shown = gr.State(_SHOWN)
        # What is read: a filter may have taken it off the list of choices, and the list then refuses it as its value.
        self.open = gr.State(None)
        with gr.Row(elem_id="mr-bank-panes"):
            with gr.Column(scale=2, min_width=300):
                self.choice = gr.Radio([], label="Questions", elem_id="mr-bank-list")
                self.more = gr.Button("Show more", visible=False, size="sm", elem_id="mr-bank-more")
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

    @property
    def filters(self) -> list[Any]:
        """What `search` takes, in its order."""
        return [self.query, self.round, self.level, self.category, self.topic]

    @property
    def listed(self) -> list[Any]:
        """What `search` changes."""
        return [
            self.found,
            self.shown,
            self.choice,
            self.more,
            self.open,
            self.card,
            self.practise_row,
            self.note,
        ]

    def connect(self, tab: gr.Tab, session_id: gr.Textbox, interview: InterviewTab) -> None:
        """Add the events."""

        async def practise(
            chosen: str | None, level: str, round_id: str, current: str, request: gr.Request
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

        # The first search after a start waits for the embedding model.
        searching = {**QUIET, "show_progress": "minimal", "show_progress_on": self.found}
        searched = [*self.filters, self.open]
        tab.select(self.search, searched, self.listed, **searching)
        gr.on(
            # A dropdown's `input` comes twice, when an option is chosen and when the field is left.
            [self.query.submit, self.round.change, self.level.change, self.topic.change],
            self.search,
            searched,
            self.listed,
            # What is typed or chosen while a search runs is searched for next, not dropped.
            trigger_mode="always_last",
            **searching,
        )
        self.category.change(self._follow_category, [self.category, self.topic], self.topic, **QUIET).then(
            self.search, searched, self.listed, **searching
        )
        self.more.click(self.show_more, [self.shown, *searched], self.listed, **QUIET)
        self.choice.input(
            self.look, self.choice, [self.open, self.card, self.practise_row, self.note], **QUIET
        )
        self.practise.click(
            practise,
            [self.choice, self.own_level, self.round, session_id],
            [self.practise, self.note, interview.tabs, *interview.outputs],
            cancels=interview.playing,
            **QUIET,
        )

    async def search(
        self,
        query: str | None,
        round_id: str,
        level: str,
        category: str,
        topic: str,
        chosen: str | None = None,
        *,
        shown: int = _SHOWN,
    ) -> Changes:
        """The questions found, `shown` of them; what was chosen stays open while it is among them."""
        try:
            found = await self.service.library.find_questions(
                query or "", category or None, level or None, round_id or None, topic or None
            )
        except MockroundError as error:
            return {self.found: notice(str(error))}
        cards = found[:shown]
        kept = chosen if chosen in {card.id for card in cards} else None
        return {
            self.found: self._count(len(found), query or ""),
            self.shown: shown,
            self.choice: gr.Radio(
                choices=[(self._label(card), card.id) for card in cards], value=kept, visible=bool(cards)
            ),
            self.more: gr.Button(f"Show more ({len(found) - len(cards)} left)", visible=len(found) > shown),
            **self.look(kept),
        }

    async def show_more(self, shown: int, *searched: Any) -> Changes:
        """What `search` finds, a page more of it than the `shown` so far."""
        return await self.search(*searched, shown=shown + _SHOWN)

    def look(self, chosen: str | None) -> Changes:
        """The chosen question without spoilers."""
        if not chosen:
            return {self.open: None, self.card: _HOW, self.practise_row: gr.Row(visible=False), self.note: ""}
        try:
            card = self.service.library.question(chosen)
        except MockroundError as error:
            return {self.card: notice(str(error)), self.practise_row: gr.Row(visible=False), self.note: ""}
        return {
            self.open: chosen,
            self.card: question_card(card, self._categories),
            self.practise_row: gr.Row(visible=True),
            self.note: "",
        }

    def _follow_category(self, category: str, topic: str) -> Any:
        """Only topics of the category are on offer."""
        choices = topic_choices(self.service, category)
        kept = topic if topic in {value for _, value in choices} else ANY
        return gr.Dropdown(choices=with_any("Any", choices), value=kept)

    def _label(self, card: QuestionCard) -> str:
        return f"{card.title}  ({card.level}, {self._categories.get(card.category, card.category)}, {card.minutes} min)"

    @staticmethod
    def _count(number: int, query: str) -> str:
        if not number:
            return notice("No question of the bank is like that; loosen a filter.")
        how = ", nearest to what you searched for first" if query.strip() else ""
        return f'<p class="mr-soft" role="status">{counted(number, "question")}{how}</p>'


def _dropdown(label: str, choices: list[tuple[str, str]], elem_id: str) -> gr.Dropdown:
    return gr.Dropdown(
        choices, value=ANY, label=label, filterable=elem_id == "mr-bank-topic", min_width=120, elem_id=elem_id
    )


def build_bank_tab(service: InterviewService) -> BankTab:
    """The tab inside the current Gradio context."""
    return BankTab(service)
