"""The whole loop on the Home tab: the stage that is next, every stage as it stands, the debrief."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any

import gradio as gr

from interviewer.errors import MockroundError
from interviewer.loops import LoopView, StageView, to_go_on_with
from interviewer.service import InterviewService
from ui.debrief_page import debrief_page
from ui.events import QUIET, Changes, busy, notice
from ui.interview_tab import InterviewTab
from ui.visitor import owner_of, visitor_of
from ui.words import counted, day_month

_CONFIRM_DECIDE = (
    """(id, sure) => [id, confirm('Decide the loop? No stage can be taken again after that.') ? 'yes' : '']"""
)
_CONFIRM_DELETE = """(id, sure) => [id, confirm('Delete this loop for good? The rounds stay under “Past sessions”.') ? 'yes' : '']"""
_TO_DEBRIEF = "() => document.querySelector('#mr-loop-debrief')?.scrollIntoView({ block: 'start' })"


class LoopPanel:
    """A card for the row of things to do, and a part of its own below it; `connect` adds the events."""

    def __init__(self, service: InterviewService, home_note: gr.HTML, notes: Mapping[str, str]) -> None:
        """Nothing is built yet: the card and the part stand in different places. `home_note` is the tab's own,
        `notes` are the pack's as safe HTML.
        """
        self.service = service
        self.home_note = home_note
        self.notes = notes

    def build_card(self) -> None:
        """The card, inside a row of cards."""
        with gr.Column(visible=False, min_width=270, elem_classes="mr-todo") as self.card:
            self.card_text = gr.HTML("", padding=False, elem_id="mr-loop-next")
            self.begin = gr.Button("Begin", variant="primary", elem_id="mr-loop-begin")

    def build(self) -> None:
        """Every stage, and what can be done with the loop."""
        self.chosen = gr.Textbox(visible="hidden", elem_id="mr-loop")
        self.sure = gr.Textbox(visible="hidden")
        with gr.Accordion(
            "Your loop, stage by stage", open=False, visible=False, elem_id="mr-loop-part"
        ) as self.part:
            self.other = gr.Dropdown(
                [], label="Which loop", filterable=False, visible=False, elem_id="mr-loop-other"
            )
            self.stages = gr.HTML("", padding=False, elem_id="mr-loop-stages")
            with gr.Row(elem_id="mr-loop-again-row"):
                self.stage = gr.Dropdown(
                    [], label="A finished stage", filterable=False, min_width=200, elem_id="mr-loop-stage"
                )
                self.again = gr.Button("Take it again", min_width=140, elem_id="mr-loop-again")
            with gr.Row():
                self.read = gr.Button("Show the debrief", min_width=150, elem_id="mr-loop-read")
                self.decide = gr.Button("Decide", min_width=110, elem_id="mr-loop-decide")
                self.delete = gr.Button(
                    "Delete the loop", variant="stop", min_width=140, elem_id="mr-loop-delete"
                )
            self.note = gr.HTML("", padding=False, elem_id="mr-loop-note")
            self.debrief = gr.HTML("", padding=False, elem_id="mr-loop-debrief")

    @property
    def outputs(self) -> list[Any]:
        """What `shown` changes."""
        return [
            self.card,
            self.card_text,
            self.begin,
            self.chosen,
            self.part,
            self.other,
            self.stages,
            self.stage,
            self.again,
            self.read,
            self.decide,
            self.note,
            self.debrief,
        ]

    def connect(self, tabs: gr.Tabs, session_id: gr.Textbox, interview: InterviewTab) -> None:
        """Add the events."""
        playing = [self.begin, self.again, self.note, self.home_note, tabs, *interview.outputs]

        async def begin(chosen: str, current: str, request: gr.Request) -> AsyncIterator[Changes]:
            async for out in self._play(chosen, None, current, request, tabs, interview):
                yield out

        async def again(
            chosen: str, stage: str | None, current: str, request: gr.Request
        ) -> AsyncIterator[Changes]:
            async for out in self._play(chosen, stage, current, request, tabs, interview):
                yield out

        self.begin.click(begin, [self.chosen, session_id], playing, cancels=interview.playing, **QUIET)
        self.again.click(
            again, [self.chosen, self.stage, session_id], playing, cancels=interview.playing, **QUIET
        )
        self.other.input(self._choose, self.other, self.outputs, **QUIET)
        self.read.click(self._read, self.chosen, [self.debrief, self.note], **QUIET).then(
            None, None, None, js=_TO_DEBRIEF, **QUIET
        )
        sure = [self.chosen, self.sure]
        self.decide.click(self._decide, sure, self.outputs, js=_CONFIRM_DECIDE, **QUIET).then(
            None, None, None, js=_TO_DEBRIEF, **QUIET
        )
        self.delete.click(self._delete, sure, self.outputs, js=_CONFIRM_DELETE, **QUIET)

    async def look(self, chosen: str | None = None) -> Changes:
        """The loops as they stand; the one to go on with unless another one was chosen."""
        try:
            return self.shown(await self.service.loops.list(owner_of(self.service)), chosen)
        except MockroundError as error:
            return {self.note: notice(str(error))}

    def shown(self, loops: Sequence[LoopView], chosen: str | None = None) -> Changes:
        """What is shown of the loops. A debrief is made when it is asked for, and stands once the loop is decided."""
        view = chosen_loop(loops, chosen)
        if view is None:
            return {
                self.card: gr.Column(visible=False),
                self.part: gr.Accordion(visible=False),
                self.chosen: "",
            }
        done = [(stage.title, stage.id) for stage in view.stages if stage.state == "finished"]
        repeatable = bool(done) and view.state != "decided"
        return {
            self.card: gr.Column(visible=view.state != "decided"),
            self.card_text: _card(view),
            self.begin: _begin_button(view),
            self.chosen: view.id,
            self.part: gr.Accordion(_part_title(view), visible=True),
            self.other: gr.Dropdown(
                [(_loop_label(item), item.id) for item in loops], value=view.id, visible=len(loops) > 1
            ),
            self.stages: stages_table(view),
            self.stage: gr.Dropdown(done, value=done[0][1] if done else None, visible=repeatable),
            self.again: gr.Button(visible=repeatable, interactive=True),
            self.read: gr.Button(visible=bool(done)),
            self.decide: gr.Button(visible=repeatable and view.open_session is None),
            self.note: "",
            **({} if view.state == "decided" else {self.debrief: ""}),
        }

    async def _choose(self, chosen: str) -> Changes:
        return {**await self.look(chosen), self.debrief: ""}

    async def _play(
        self,
        chosen: str,
        stage: str | None,
        current: str,
        request: gr.Request,
        tabs: gr.Tabs,
        interview: InterviewTab,
    ) -> AsyncIterator[Changes]:
        """Start (or go on with) a stage and show it; `current` is the session that was open in this page."""
        buttons = (self.begin, self.again)
        yield {
            **{button: gr.Button(interactive=False) for button in buttons},
            self.home_note: busy("Preparing the stage."),
        }
        ready: Changes = {
            **{button: gr.Button(interactive=True) for button in buttons},
            **dict.fromkeys((self.home_note, self.note), ""),
        }
        try:
            view = await self.service.loops.start(owner_of(self.service), chosen, stage, visitor_of(request))
            if current and current != view.id:
                await interview.set_aside(current)
        except MockroundError as error:
            # The part below may be folded, and what was clicked may stand in it.
            yield {**ready, self.home_note: notice(str(error)), self.note: notice(str(error))}
            return
        yield {
            **ready,
            tabs: gr.Tabs(selected="interview"),
            **({} if current == view.id else {interview.answer: ""}),
        }
        async for out in interview.open(view.id, request):
            yield out

    async def _read(self, chosen: str) -> Changes:
        try:
            found = await self.service.loops.debrief(owner_of(self.service), chosen)
        except MockroundError as error:
            return {self.note: notice(str(error))}
        return {self.debrief: debrief_page(found, self.notes), self.note: ""}

    async def _decide(self, chosen: str, sure: str) -> Changes:
        if not sure:
            return {self.note: ""}
        try:
            await self.service.loops.decide(owner_of(self.service), chosen)
        except MockroundError as error:
            return {self.note: notice(str(error))}
        return {**await self.look(chosen), **await self._read(chosen)}

    async def _delete(self, chosen: str, sure: str) -> Changes:
        if not sure:
            return {self.note: ""}
        try:
            await self.service.loops.delete(owner_of(self.service), chosen)
        except MockroundError as error:
            return {self.note: notice(str(error))}
        return {**await self.look(), self.debrief: ""}


def chosen_loop(loops: Sequence[LoopView], chosen: str | None = None) -> LoopView | None:
    """The loop that is shown: the chosen one, else the one to go on with."""
    by_id = {item.id: item for item in loops}
    if chosen in by_id:
        return by_id[chosen]
    return to_go_on_with(loops)


def stages_table(view: LoopView) -> str:
    """Every stage with what it looks for and how it stands."""
    rows = "".join(_row(stage, view.state == "decided") for stage in view.stages)
    return (
        '<table class="mr-table mr-stages"><thead><tr><th scope="col">stage</th>'
        f'<th scope="col">state</th></tr></thead><tbody>{rows}</tbody></table>'
        '<p class="mr-soft">A stage can be taken again until the loop is decided; the last finished attempt counts. No '
        "stage asks what another one asked.</p>"
    )


def _row(stage: StageView, decided: bool) -> str:
    name = (
        escape(stage.title)
        if stage.interviews == 1
        else f"{escape(stage.title)}: {stage.interviews} interviews"
    )
    return (
        f"<tr{' class=mr-today' if stage.state in ('next', 'open') else ''}><td>{name}<br>"
        f'<span class="mr-soft">{_length(stage)}. {escape(stage.looks_for)}</span></td>'
        f"<td>{_state(stage, decided)}</td></tr>"
    )


def _length(stage: StageView) -> str:
    if stage.interviews > 1:
        return f"About {counted(round(stage.minutes / 60), 'hour')}"
    return f"{counted(stage.questions, 'question')}, about {stage.minutes} min"


def _state(stage: StageView, decided: bool) -> str:
    match stage.state:
        case "finished":
            day = "" if stage.finished_at is None else f" {day_month(_day(stage.finished_at))}"
            tries = f" ({stage.attempts} attempts)" if stage.attempts > 1 else ""
            return f"finished{day}{tries}"
        case "open":
            return "open"
        case "next":
            return "next"
        case _:
            return "not taken" if decided else "later"


def _card(view: LoopView) -> str:
    head = f"<h3>Your loop at {escape(view.level)}</h3>"
    done = f"{view.finished} of {counted(view.planned, 'stage')} finished"
    if view.next is None:
        return (
            f'{head}<p>Every stage is finished.</p><p class="mr-soft">Read the debrief below, take a stage again, or '
            "decide.</p>"
        )
    stage = view.stage(view.next)
    lead = "Open" if stage.state == "open" else "Next"
    size = _length(stage) if stage.interviews == 1 else f"{stage.interviews} interviews, one at a time"
    return (
        f"{head}<p>{lead}: {escape(stage.title)}. {escape(stage.looks_for)}</p>"
        f'<p class="mr-soft">{size}. {done}.</p>'
    )


def _begin_button(view: LoopView) -> gr.Button:
    if view.next is None:
        return gr.Button(visible=False)
    stage = view.stage(view.next)
    verb = "Continue" if stage.state == "open" else "Begin"
    return gr.Button(f"{verb}: {stage.title}", visible=True, interactive=True)


def _part_title(view: LoopView) -> str:
    return f"Your loop at {view.level}: {view.finished} of {view.planned} stages, {view.state}"


def _loop_label(view: LoopView) -> str:
    return f"{view.level}, begun {day_month(_day(view.begun_at))}: {view.state}"


def _day(moment: str) -> Any:
    return datetime.fromisoformat(moment).astimezone().date()
