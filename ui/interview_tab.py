"""The round itself: the conversation, the answer box and what can be done beside answering."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from html import escape
from typing import Any

import gradio as gr

from interviewer.errors import MockroundError
from interviewer.modes import Mode
from interviewer.service import InterviewService, StartRequest
from interviewer.views import Delta, Judged, SessionView, Settled, Spoken, Update, Working, settled
from ui.chat import Messages, chat_messages, message, side_panel
from ui.events import QUIET, Changes, busy, notice
from ui.formulas import CHAT_DELIMITERS
from ui.paper_panel import STAMPED, PaperPanel, remarks
from ui.report_tab import ReportTab
from ui.start_form import StartForm
from ui.visitor import owner_of, visitor_of

# Words appear at about the pace of fast speech; a reader is not kept waiting.
_PACE_S = 0.02
_READING = "The interviewer is reading your answer. You can still end the round."
_SPEAKING = "The interviewer is about to speak."
_ANSWER_LABEL = "Your answer"
_OWN_QUESTION_LABEL = "Your question to the interviewer"
# Only in the empty box, where it takes no room; a phone has no such keys (style.css).
_KEYS = "Ctrl+Enter or Shift+Enter sends, Enter is a new line"
_SHOW_ANSWER = "Show answer"
_PAUSED_LABEL = "Paused: resume to answer"
_CODE = (
    '<p class="mr-soft">This question is about code that runs: write it in the editor and submit it there. What you '
    "submit is kept with the question; what you say about it here is what is scored.</p>"
)
_CODE_ITEM = (
    '<p class="mr-soft">Write it in the editor and submit it there, as often as you like: the last submission counts, '
    "and the code alone.</p>"
)
# A paper takes along the code that was written and not submitted (code.js).
_CONFIRM_END = """(id, _, chat) => {
    const paper = document.querySelector('#mr-items-nav nav');
    const words = paper
        ? 'Hand in now? Nothing can be changed after that.'
        : 'End the round now? The report covers what was answered so far.';
    return confirm(words) ? [id, window.mockroundCode.drafts(), chat] : ['', '', chat];
}"""
_TIME_IS_OVER = "(id, _, chat) => [id, window.mockroundCode.drafts(), chat]"
_HANDING_IN = "Your answers are handed in; tests of code that was not submitted yet may take a moment."


class InterviewTab:
    """The tab's components; `connect` adds the events that need the other tabs."""

    def __init__(self, service: InterviewService, session_id: gr.Textbox, tabs: gr.Tabs) -> None:
        """Build the components."""
        self.service = service
        self.session_id = session_id
        self.tabs = tabs
        # Outside the panels: Gradio shows what is hidden in one when the panel itself is shown.
        self.problem = gr.Textbox(visible="hidden", elem_id="mr-problem")
        self.paper = PaperPanel(service)
        with gr.Column(visible=True, elem_id="mr-start") as self.start_panel:
            self.form = StartForm(service)
        with gr.Row(visible=False, elem_id="mr-round-panel") as self.round_panel:
            with gr.Column(scale=4):
                with gr.Column() as self.talk:
                    self.chat = gr.Chatbot(
                        height="max(16rem, calc(100vh - 27.5rem))",
                        show_label=False,
                        elem_id="mr-chat",
                        sanitize_html=True,
                        autoscroll=False,  # conversation.js
                        buttons=[],
                        feedback_options=None,
                        group_consecutive_messages=False,
                        line_breaks=False,
                        latex_delimiters=CHAT_DELIMITERS,
                    )
                self.paper.build()
                self.note = gr.HTML("", elem_id="mr-note", padding=False)
                with gr.Row(visible=False, elem_id="mr-editor-row") as self.editor_row:
                    self.about_code = gr.HTML(_CODE, padding=False)
                    self.to_editor = gr.Button("Open the editor", min_width=140, elem_id="mr-to-editor")
                self.answer = gr.Textbox(
                    lines=4, max_lines=16, label=_ANSWER_LABEL, placeholder=_KEYS, elem_id="mr-answer"
                )
                with gr.Row(elem_id="mr-buttons"):
                    self.send = gr.Button("Send", variant="primary", min_width=90, elem_id="mr-send")
                    self.hint = gr.Button("Hint", min_width=90, elem_id="mr-hint")
                    self.clarify = gr.Button("Clarify", min_width=90, elem_id="mr-clarify")
                    self.repeat = gr.Button("Repeat", min_width=90, elem_id="mr-repeat")
                    self.skip = gr.Button("Skip", min_width=90, elem_id="mr-skip")
            with gr.Column(scale=1, min_width=230, elem_id="mr-aside"):
                self.side = gr.HTML("", elem_id="mr-side")
                with gr.Row():
                    self.pause = gr.Button("Pause", min_width=100, elem_id="mr-pause")
                    self.end = gr.Button("End", min_width=100, elem_id="mr-end")
                self.retry = gr.Button("Score what is waiting", visible=False, elem_id="mr-retry")
                self.to_report = gr.Button(
                    "Open the report", variant="primary", visible=False, elem_id="mr-to-report"
                )
                self.new = gr.Button("Start another round", visible=False, elem_id="mr-new")
        self.status = gr.HTML(status_line(service), elem_id="mr-status")
        # The events that show a round while it goes on: who opens another one in this page ends them first.
        self.playing: list[dict[str, Any]] = []

    @property
    def outputs(self) -> list[Any]:
        """What a step of a round may change."""
        return [
            self.session_id,
            self.start_panel,
            self.form.problem,
            self.form.start,
            self.round_panel,
            self.talk,
            self.chat,
            self.note,
            self.problem,
            self.editor_row,
            self.about_code,
            self.to_editor,
            self.answer,
            self.side,
            self.pause,
            self.end,
            self.retry,
            self.to_report,
            self.new,
            self.send,
            self.hint,
            self.clarify,
            self.repeat,
            self.skip,
            *self.paper.outputs,
        ]

    def connect(self, page: gr.Blocks, report: ReportTab) -> None:
        """Add the events. Rounds of several browsers go on at the same time, so nothing waits in a queue."""
        spoken = [self.session_id, self.answer, self.chat]
        self.form.connect()
        # Said by the browser: who presses a button need not wait for the server to see that it was heard.
        talking = (self.send, self.hint, self.clarify, self.repeat, self.skip)
        heard = [*(button.click for button in talking), self.answer.submit]
        gr.on(heard, None, None, self.note, js=f"() => {json.dumps(busy(_SPEAKING))}", **QUIET)
        self.playing += [
            self.form.start.click(self._start, self.form.inputs, self.outputs, **QUIET),
            gr.on([self.send.click, self.answer.submit], self._actor("send"), spoken, self.outputs, **QUIET),
            page.load(self._load, None, self.outputs, **QUIET),
        ]
        for button, action in (
            (self.hint, "hint"),
            (self.clarify, "clarify"),
            (self.repeat, "repeat"),
            (self.skip, "skip"),
            (self.pause, "pause"),
            (self.retry, "retry"),
        ):
            self.playing.append(button.click(self._actor(action), spoken, self.outputs, **QUIET))
        self.end.click(self._end, spoken, self.outputs, js=_CONFIRM_END, **QUIET)
        self._connect_paper()

        async def to_report(session_id: str) -> Changes:
            return {**await report.open(session_id), self.tabs: gr.Tabs(selected="report")}

        self.to_report.click(to_report, self.session_id, [self.tabs, *report.outputs], **QUIET)
        self.new.click(self._leave, self.session_id, self.outputs, **QUIET)
        page.load(lambda: status_line(self.service), None, self.status, **QUIET)

    def _connect_paper(self) -> None:
        paper, item = self.paper, [self.session_id, self.paper.here]
        ticked = [*item, paper.options, paper.stamp]
        # Gradio would drop a choice that is made while the one before it is under way.
        paper.options.input(paper.tick, ticked, paper.navigator, js=STAMPED, trigger_mode="multiple", **QUIET)
        paper.told.change(self._go_to, [self.session_id, paper.told], self.outputs, **QUIET)
        for button, step in ((paper.back, -1), (paper.next, 1)):
            self.playing.append(button.click(self._stepper(step), item, self.outputs, **QUIET))
        over = [self.session_id, paper.over, self.chat]
        paper.over.change(self._end, over, self.outputs, js=_TIME_IS_OVER, **QUIET)

    async def open(self, session_id: str, request: gr.Request) -> AsyncIterator[Changes]:
        """Continue a stored session in this browser."""
        try:
            await self.service.open_in(session_id, owner_of(self.service), visitor_of(request))
            view = await self.service.view(session_id, owner_of(self.service))
            yield self._show(view)
            if view.paused:
                updates = await self.service.act(session_id, owner_of(self.service), "resume")
            else:
                updates = await self.service.proceed(session_id, owner_of(self.service))
        except MockroundError as error:
            yield {self.note: notice(str(error))}
            return
        async for out in self._play(updates, chat_messages(view)):
            yield out

    async def catch_up(self, session_id: str) -> Changes:
        """The round of this page as it stands, after something was added to it from elsewhere."""
        try:
            return (
                self._show(await self.service.view(session_id, owner_of(self.service)))
                if session_id
                else {self.note: gr.skip()}
            )
        except MockroundError as error:
            return {self.note: notice(str(error))}

    def blank(self) -> Changes:
        """The start page, with no session open."""
        return {
            self.session_id: "",
            self.start_panel: gr.Column(visible=True),
            self.form.problem: "",
            self.form.start: gr.Button(interactive=True),
            self.round_panel: gr.Row(visible=False),
            self.chat: [],
            self.paper.panel: gr.Column(visible=False),
            self.note: "",
            self.editor_row: gr.Row(visible=False),
            self.answer: "",
        }

    async def _load(self, request: gr.Request) -> AsyncIterator[Changes]:
        try:
            visitor = visitor_of(request)
            session_id = await self.service.latest_open(visitor, owner_of(self.service)) if visitor else None
            if session_id is None:
                yield self.blank()
                return
            view = await self.service.view(session_id, owner_of(self.service))
        except MockroundError as error:
            yield {self.form.problem: notice(str(error))}
            return
        yield self._show(view)
        async for out in self._play(
            await self.service.proceed(view.id, owner_of(self.service)), chat_messages(view)
        ):
            yield out

    async def _start(
        self,
        round_id: str,
        level: str,
        questions: float,
        minutes: float,
        mode: str,
        background: str | None,
        request: gr.Request,
    ) -> AsyncIterator[Changes]:
        yield {self.form.start: gr.Button(interactive=False), self.form.problem: busy("Preparing the round.")}
        try:
            wanted = self.form.request(round_id, level, questions, minutes, mode, background)
            async for out in self.begin(wanted, request):
                yield out
        except MockroundError as error:
            yield {self.form.start: gr.Button(interactive=True), self.form.problem: notice(str(error))}

    async def begin(
        self, wanted: StartRequest, request: gr.Request, before: str = ""
    ) -> AsyncIterator[Changes]:
        """Start a round in this page and show it; `before` is the session that was open here, whose clock stops.

        Raises MockroundError, before anything is shown, where the round cannot be started.
        """
        view = await self.service.start(wanted, owner_of(self.service), visitor=visitor_of(request))
        if before:
            await self.set_aside(before)
        yield {
            **self._show(view),
            self.answer: gr.Textbox(value="", label=_ANSWER_LABEL),
            self.note: "",
            self.form.start: gr.Button(interactive=True),
            self.form.problem: "",
        }
        async for out in self._play(await self.service.proceed(view.id, owner_of(self.service)), []):
            yield out

    async def set_aside(self, session_id: str) -> None:
        """Pause a round that is left for another one; it is no reason not to go on that it cannot be."""
        with suppress(MockroundError):
            view = await self.service.view(session_id, owner_of(self.service))
            if not view.finished and not view.paused:
                await self.service.act(session_id, owner_of(self.service), "pause")

    def _actor(self, action: str) -> Any:
        async def act(session_id: str, text: str, chat: Messages) -> AsyncIterator[Changes]:
            if session_id:
                async for out in self._do(session_id, action, text or ""):
                    yield out
            else:
                yield {self.note: gr.skip()}

        return act

    def _stepper(self, step: int) -> Any:
        async def go(session_id: str, here: str) -> Changes:
            return await self._go(session_id, int(here) + step) if here else {self.note: gr.skip()}

        return go

    async def _go_to(self, session_id: str, told: str) -> Changes:
        """The item that a button of the navigator named: `time|number`."""
        return await self._go(session_id, int(told.partition("|")[2]))

    async def _go(self, session_id: str, item: int) -> Changes:
        """Turn to an item of a paper."""
        try:
            return {
                **self._show(
                    await settled(await self.service.papers.go(session_id, owner_of(self.service), item))
                ),
                self.note: "",
            }
        except MockroundError as error:
            return {self.note: notice(str(error))}

    async def _end(self, session_id: str, drafts: str, chat: Messages) -> AsyncIterator[Changes]:
        """End the round; a paper is handed in with its `drafts`, JSON of code by problem."""
        if not session_id:
            yield {self.note: gr.skip()}
            return
        try:
            view = await self.service.view(session_id, owner_of(self.service))
            if view.items and not view.finished:
                yield self._wait(_HANDING_IN)
                updates = await self.service.papers.hand_in(session_id, owner_of(self.service), drafts)
                yield {**self._show(await settled(updates)), self.note: ""}
                return
        except MockroundError as error:
            yield {self.note: notice(str(error))}
            return
        async for out in self._do(session_id, "end", ""):
            yield out

    async def _do(self, session_id: str, action: str, text: str) -> AsyncIterator[Changes]:
        """One step of the candidate: what was typed stays in the box unless it was stored."""
        try:
            view = await self.service.view(session_id, owner_of(self.service))
            said = text if action in ("send", "clarify") else ""
            key = f"ui:{view.seq}:{action}:{hashlib.sha256(said.encode()).hexdigest()[:16]}"
            if action == "send" and view.reviewing:
                updates = await self.service.act(session_id, owner_of(self.service), "resume", "", key)
            elif action == "send":
                updates = await self.service.send(session_id, owner_of(self.service), said, key, view.turn)
            else:
                name = "resume" if action == "pause" and view.paused else action
                updates = await self.service.act(
                    session_id, owner_of(self.service), name, said, key, view.turn
                )
            shown = chat_messages(await self.service.view(session_id, owner_of(self.service)))
        except MockroundError as error:
            yield {self.note: notice(str(error))}
            return
        waiting = {} if action == "pause" else self._wait(_SPEAKING)
        yield {**waiting, self.chat: shown, **({self.answer: ""} if said else {})}
        async for out in self._play(updates, shown):
            yield out

    async def _play(self, updates: AsyncIterator[Update], shown: Messages) -> AsyncIterator[Changes]:
        """Show what happens while the interviewer works."""
        said = ""
        kept = ""
        try:
            async for update in updates:
                match update:
                    case Working(what=what):
                        yield self._wait(_READING if what == "assessing" else _SPEAKING)
                    case Delta(text=piece):
                        said += piece
                        yield {self.chat: [*shown, message("assistant", said)]}
                        await asyncio.sleep(_PACE_S)
                    case Spoken(line=line):
                        shown = [*shown, message("assistant", line.text, fresh=line.origin == "model")]
                        said = ""
                        kept = notice(line.note) if line.note and not kept else kept
                        yield {self.chat: shown}
                    case Judged(reason=str(reason)):
                        kept = notice(f"Your answer is kept, but it could not be scored yet: {reason}")
                    case Settled(view=view):
                        yield {**self._show(view), self.note: kept}
                    case _:
                        pass
        except MockroundError as error:
            yield {self.note: notice(str(error)), **self._buttons(True, True, True)}

    async def _leave(self, session_id: str) -> Changes:
        try:
            if session_id:
                await self.service.open_in(session_id, owner_of(self.service), None)
        except MockroundError as error:
            return {self.note: notice(str(error))}
        return self.blank()

    def _wait(self, words: str) -> Changes:
        return {**self._buttons(False, False, False), self.note: busy(words)}

    def _buttons(self, send: bool, clarify: bool, hint: bool) -> Changes:
        return {
            self.send: gr.Button(interactive=send),
            self.hint: gr.Button(interactive=hint),
            self.clarify: gr.Button(interactive=clarify),
            self.repeat: gr.Button(interactive=clarify),
            self.skip: gr.Button(interactive=clarify),
        }

    def _show(self, view: SessionView) -> Changes:
        own_questions = view.phase == "closing_questions"
        open_turn = view.phase == "open" and not view.paused
        label = _PAUSED_LABEL if view.paused else _OWN_QUESTION_LABEL if own_questions else _ANSWER_LABEL
        hint = f"Hint ({view.hints_left} left)" if view.phase == "open" else "Hint"
        lenient, asking = view.mode is not Mode.REAL, not view.finished and not view.reviewing
        skip = _SHOW_ANSWER if view.mode is Mode.STUDY else "Skip"
        said, paper = remarks(view), bool(view.items)
        # A paper is worked on, not talked about.
        talking = asking and not paper
        return {
            self.session_id: view.id,
            self.start_panel: gr.Column(visible=False),
            self.round_panel: gr.Row(visible=True),
            self.chat: said,
            self.talk: gr.Column(visible=bool(said) or not paper),
            self.problem: view.problem or "",
            self.editor_row: gr.Row(visible=view.problem is not None),
            self.about_code: _CODE_ITEM if paper else _CODE,
            self.to_editor: gr.Button(variant="primary" if paper else "secondary"),
            self.answer: gr.Textbox(label=label, visible=talking),
            self.side: side_panel(view),
            self.pause: gr.Button(
                "Resume" if view.paused else "Pause",
                visible=lenient and asking,
            ),
            self.end: gr.Button("Hand in" if paper else "End", visible=not view.finished),
            self.retry: gr.Button(visible=view.pending > 0 and view.phase != "answered"),
            self.to_report: gr.Button(visible=view.finished),
            self.new: gr.Button(visible=view.finished),
            self.send: gr.Button(
                "Next question" if view.reviewing else "Send",
                interactive=open_turn or view.reviewing or (own_questions and not view.paused),
                visible=not view.finished and not paper,
            ),
            self.hint: gr.Button(
                hint, interactive=open_turn and view.hints_left > 0, visible=lenient and asking
            ),
            self.clarify: gr.Button(interactive=open_turn, visible=talking),
            self.repeat: gr.Button(interactive=open_turn, visible=talking),
            self.skip: gr.Button(skip, interactive=open_turn, visible=talking),
            **self.paper.show(view),
        }


def build_interview_tab(service: InterviewService, session_id: gr.Textbox, tabs: gr.Tabs) -> InterviewTab:
    """The tab inside the current Gradio context."""
    return InterviewTab(service, session_id, tabs)


def status_line(service: InterviewService) -> str:
    """Who speaks and who judges, in one line."""
    return f'<p class="mr-soft">{escape(service.model.status.sentence)}</p>'
