"""The items of a paper on the page: a navigator, the item that is looked at, and its options."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from html import escape
from typing import Any

import gradio as gr

from interviewer.errors import MockroundError
from interviewer.service import InterviewService
from interviewer.views import ItemView, SessionView, settled
from ui.chat import Messages, as_typed, chat_messages
from ui.events import Changes, notice
from ui.visitor import owner_of

_HOW = (
    "Any order, and back again, until you hand in. What you choose is kept at once; the last code that you submit counts. "
    "When the time is over, it is handed in by itself."
)
# The browser says when; the other values go as they are.
STAMPED = (
    "(session, here, letters) => [session, here, letters, String(performance.timeOrigin + performance.now())]"
)
_MAX_STAMPS = 10_000
_OPTIONS = "Choose every one that is right: your choice alone counts, and only as a whole"


class PaperPanel:
    """The panel's components, hidden in any other round."""

    def __init__(self, service: InterviewService) -> None:
        """Build what is never seen inside the current Gradio context, which must be outside of any panel."""
        self.service = service
        # What the navigator's buttons say, the item that is shown, and that the clock has run down (clock.js).
        self.told = gr.Textbox(visible="hidden", elem_id="mr-item-told")
        self.here = gr.Textbox(visible="hidden")
        self.over = gr.Textbox(visible="hidden", elem_id="mr-over")
        # When a choice was made by the browser's clock: two in quick succession may arrive the other way round.
        self.stamp = gr.Textbox(visible="hidden")
        self._stamps: OrderedDict[str, float] = OrderedDict()
        self._turn = asyncio.Lock()

    def build(self) -> None:
        """Build what is seen inside the current Gradio context."""
        with gr.Column(visible=False, elem_id="mr-items") as self.panel:
            self.navigator = gr.HTML("", elem_id="mr-items-nav", padding=False)
            self.task = gr.Markdown("", elem_id="mr-item-task", line_breaks=False, latex_delimiters=[])
            self.options = gr.CheckboxGroup([], label=_OPTIONS, visible=False, elem_id="mr-item-options")
            with gr.Row(elem_id="mr-item-steps"):
                self.back = gr.Button("Back", min_width=90, elem_id="mr-item-back")
                self.next = gr.Button("Next", variant="primary", min_width=90, elem_id="mr-item-next")

    @property
    def outputs(self) -> list[Any]:
        """What `show` changes."""
        return [self.here, self.panel, self.navigator, self.task, self.options, self.back, self.next]

    def show(self, view: SessionView) -> Changes:
        """The item that is looked at; nothing in a round that is no paper, or is over."""
        item = view.item
        if item is None:
            return {self.panel: gr.Column(visible=False)}
        open_now = not view.paused
        return {
            self.here: str(item.number),
            self.panel: gr.Column(visible=True),
            self.navigator: navigator(view),
            self.task: f"## {item.number}. {as_typed(item.title)}\n\n{as_typed(item.task)}",
            self.options: gr.CheckboxGroup(
                choices=[(f"{letter}. {text}", letter) for letter, text in item.options],
                value=list(item.chosen),
                visible=bool(item.options),
                interactive=open_now,
            ),
            self.back: gr.Button(interactive=open_now and item.number > 1),
            self.next: gr.Button(
                interactive=open_now and item.number < len(view.items),
                # Beside a coding problem, the way to its editor comes first.
                variant="secondary" if item.problem else "primary",
            ),
        }

    async def tick(self, session_id: str, here: str, letters: list[str] | None, stamp: str) -> Changes:
        """Keep what is chosen at the item that was shown; what is shown by now stays as it is.

        A choice that was made before one that is kept already is late, and left aside.
        """
        try:
            async with self._turn:
                if not self._is_latest(f"{session_id} {here}", float(stamp or 0)):
                    return {self.navigator: gr.skip()}
                updates = await self.service.papers.choose(
                    session_id, owner_of(self.service), " ".join(letters or ()), int(here)
                )
            return {self.navigator: navigator(await settled(updates))}
        except MockroundError as error:
            return {self.navigator: notice(str(error))}

    def _is_latest(self, item: str, stamp: float) -> bool:
        if stamp < self._stamps.get(item, 0.0):
            return False
        self._stamps[item] = stamp
        self._stamps.move_to_end(item)
        if len(self._stamps) > _MAX_STAMPS:
            self._stamps.popitem(last=False)
        return True


def navigator(view: SessionView) -> str:
    """Where the candidate is, and a button for each item that says whether something is there."""
    answered = sum(item.answered for item in view.items)
    here = 0 if view.item is None else view.item.number
    buttons = "".join(_button(item, view.paused) for item in view.items)
    problems = " ".join(item.problem for item in view.items if item.problem and item.looked_at)
    # Read once: on a phone it takes the place of the item.
    how = f'<p class="mr-soft">{_HOW}</p>' if here == 1 else ""
    return (
        f'<nav class="mr-items" aria-label="Items" data-problems="{escape(problems)}"><p><b>Item {here} of {len(view.items)}</b> '
        f'<span class="mr-soft">{answered} of {len(view.items)} have an answer</span></p>'
        f'<div class="mr-item-buttons">{buttons}</div>{how}</nav>'
    )


def _button(item: ItemView, paused: bool) -> str:
    state = "answered" if item.answered else "no answer yet" if item.looked_at else "not looked at"
    kind = "coding problem" if item.problem else "multiple choice"
    classes = f"mr-do mr-item{' mr-item-answered' if item.answered else ''}"
    return (
        f'<button type="button" class="{classes}" data-mr-tell="mr-item-told" data-mr-value="{item.number}"'
        f"{' aria-current=true' if item.here else ''}{' disabled' if paused else ''} "
        f'aria-label="Item {item.number}, {kind}, {state}">{item.number}{" ✓" if item.answered else ""}</button>'
    )


def remarks(view: SessionView) -> Messages:
    """What was said about the item that is looked at beside its task; all that was said, once the paper is over."""
    said = chat_messages(view)
    if view.item is None:
        return said
    about = zip(view.lines, said, strict=True)
    return [text for line, text in about if line.turn == view.turn and line.utterance != "question"]
