"""Start a round, and the round itself."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from interviewer.background import read_background
from interviewer.errors import MockroundError
from interviewer.service import InterviewService, StartRequest
from interviewer.views import Delta, Judged, SessionView, Settled, Spoken, Update, Working
from ui.render import Messages, chat_messages, message, side_panel
from ui.report_tab import ReportTab
from ui.visitor import visitor_of

# Words appear at about the pace of fast speech; a reader is not kept waiting.
_PACE_S = 0.02
_BUSY = "reading your answer …"


class InterviewTab:
    """The tab's components; `connect` adds the events that need the other tabs."""

    def __init__(self, service: InterviewService, session_id: gr.Textbox, tabs: gr.Tabs) -> None:
        """Build the components."""
        self.service = service
        self.session_id = session_id
        self.tabs = tabs
        info = service.role.pack.info
        self.status = gr.HTML(status_line(service))
        with gr.Column(visible=True, elem_id="mr-start") as self.start_panel:
            with gr.Row():
                self.round = gr.Dropdown(
                    [(r.title, r.id) for r in info.rounds],
                    value=_default_round(service),
                    label="Round",
                    elem_id="mr-round",
                )
                self.level = gr.Dropdown(
                    [(f"{level.id} · {level.title}", level.id) for level in info.levels],
                    value="IC3",
                    label="Level",
                )
            self.length = gr.HTML(length_line(service, _default_round(service)))
            with gr.Row():
                self.questions = gr.Slider(0, 12, value=0, step=1, label="Questions (0 = as the round has)")
                self.minutes = gr.Slider(0, 180, value=0, step=5, label="Minutes (0 = as the round has)")
            with gr.Accordion(
                "Résumé or job description (optional): steers which questions are chosen", open=False
            ):
                self.background = gr.Textbox(lines=6, label="Paste it here", max_length=40_000)
                self.upload = gr.File(
                    label="or drop a PDF, text or Markdown file",
                    file_count="single",
                    type="filepath",
                    height=110,
                )
            self.start_button = gr.Button("Start the interview", variant="primary", elem_id="mr-start-button")
        with gr.Row(visible=False) as self.round_panel:
            with gr.Column(scale=4):
                self.chat = gr.Chatbot(
                    height="58vh",
                    show_label=False,
                    elem_id="mr-chat",
                    sanitize_html=True,
                    buttons=["copy_all"],
                    feedback_options=None,
                    group_consecutive_messages=False,
                )
                self.problem = gr.HTML("", elem_id="mr-problem")
                self.answer = gr.Textbox(
                    lines=5,
                    max_lines=18,
                    show_label=False,
                    placeholder="Your answer. Shift+Enter sends.",
                    elem_id="mr-answer",
                )
                with gr.Row():
                    self.send = gr.Button("Send", variant="primary", elem_id="mr-send")
                    self.hint = gr.Button("Hint", elem_id="mr-hint")
                    self.clarify = gr.Button("Clarify", elem_id="mr-clarify")
                    self.repeat = gr.Button("Repeat", elem_id="mr-repeat")
                    self.skip = gr.Button("Skip", elem_id="mr-skip")
            with gr.Column(scale=1, min_width=230):
                self.side = gr.HTML("", elem_id="mr-side")
                self.pause = gr.Button("Pause", elem_id="mr-pause")
                self.end = gr.Button("End the round", elem_id="mr-end")
                self.retry = gr.Button("Score what is waiting", visible=False, elem_id="mr-retry")
                self.to_report = gr.Button(
                    "Open the report", variant="primary", visible=False, elem_id="mr-to-report"
                )
                self.new = gr.Button("Start another round", visible=False, elem_id="mr-new")

    @property
    def outputs(self) -> list[Any]:
        """What every step of a round may change, in the order of `_show`."""
        return [
            self.session_id,
            self.start_panel,
            self.round_panel,
            self.chat,
            self.answer,
            self.problem,
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
        ]

    def connect(self, page: gr.Blocks, report: ReportTab) -> None:
        """Add the events."""
        service = self.service
        self.round.change(
            lambda name: length_line(service, name), self.round, self.length, api_visibility="private"
        )
        self.start_button.click(
            self._start,
            [self.round, self.level, self.questions, self.minutes, self.background, self.upload],
            self.outputs,
            api_visibility="private",
        )
        gr.on(
            [self.send.click, self.answer.submit],
            self._send,
            [self.session_id, self.answer, self.chat],
            self.outputs,
            api_visibility="private",
        )
        for button, action in (
            (self.hint, "hint"),
            (self.clarify, "clarify"),
            (self.repeat, "repeat"),
            (self.skip, "skip"),
            (self.pause, "pause"),
            (self.end, "end"),
            (self.retry, "retry"),
        ):
            button.click(
                self._actor(action),
                [self.session_id, self.answer, self.chat],
                self.outputs,
                api_visibility="private",
            )
        self.to_report.click(
            lambda: gr.Tabs(selected="report"), None, self.tabs, api_visibility="private"
        ).then(report.show, self.session_id, report.outputs, api_visibility="private")
        self.new.click(self._leave, self.session_id, self.outputs, api_visibility="private")
        page.load(self._load, None, self.outputs, api_visibility="private")
        page.load(lambda: status_line(service), None, self.status, api_visibility="private")

    async def open(self, session_id: str, request: gr.Request) -> AsyncIterator[list[Any]]:
        """Continue a stored session in this browser."""
        await self.service.open_in(session_id, visitor_of(request))
        view = await self.service.view(session_id)
        yield self._show(view)
        if view.paused:
            updates = await self.service.act(session_id, "resume")
        else:
            updates = self.service.proceed(session_id)
        async for out in self._play(session_id, updates, chat_messages(view)):
            yield out

    async def _load(self, request: gr.Request) -> AsyncIterator[list[Any]]:
        visitor = visitor_of(request)
        session_id = await self.service.latest_open(visitor) if visitor else None
        if session_id is None:
            yield self._blank()
            return
        view = await self.service.view(session_id)
        yield self._show(view)
        async for out in self._play(session_id, self.service.proceed(session_id), chat_messages(view)):
            yield out

    async def _start(
        self,
        round_id: str,
        level: str,
        questions: float,
        minutes: float,
        background: str,
        upload: str | None,
        request: gr.Request,
    ) -> AsyncIterator[list[Any]]:
        try:
            text = background or ""
            if upload:
                raw = await asyncio.to_thread(Path(upload).read_bytes)
                text += "\n\n" + await asyncio.to_thread(read_background, Path(upload).name, raw)
            wanted = StartRequest(round_id, level, int(minutes) or None, int(questions) or None, text)
            view = await self.service.start(wanted, visitor=visitor_of(request))
        except MockroundError as error:
            gr.Warning(escape(str(error)))
            yield [gr.skip()] * len(self.outputs)
            return
        yield self._show(view)
        async for out in self._play(view.id, self.service.proceed(view.id), []):
            yield out

    async def _send(self, session_id: str, text: str, chat: Messages) -> AsyncIterator[list[Any]]:
        async for out in self._do(session_id, "send", text, chat):
            yield out

    def _actor(self, action: str) -> Any:
        async def act(session_id: str, text: str, chat: Messages) -> AsyncIterator[list[Any]]:
            async for out in self._do(session_id, action, text, chat):
                yield out

        return act

    async def _do(self, session_id: str, action: str, text: str, chat: Messages) -> AsyncIterator[list[Any]]:
        """One step of the candidate: what was typed stays in the box unless it was stored."""
        try:
            view = await self.service.view(session_id)
            said = text if action in ("send", "clarify") else ""
            key = f"ui:{view.seq}:{action}:{hashlib.sha256(said.encode()).hexdigest()[:16]}"
            if action == "send":
                updates = await self.service.send(session_id, said, key, view.turn)
            else:
                name = "resume" if action == "pause" and view.paused else action
                updates = await self.service.act(session_id, name, said, key, view.turn)
        except MockroundError as error:
            yield self._only(problem=_notice(str(error)))
            return
        shown = chat_messages(await self.service.view(session_id))
        yield self._only(chat=shown, answer="" if said else gr.skip(), problem="")
        async for out in self._play(session_id, updates, shown):
            yield out

    async def _play(
        self, session_id: str, updates: AsyncIterator[Update], shown: Messages
    ) -> AsyncIterator[list[Any]]:
        """Show what happens while the interviewer works."""
        said = ""
        try:
            async for update in updates:
                match update:
                    case Working(what="assessing"):
                        yield self._only(chat=[*shown, message("assistant", f"*{_BUSY}*")])
                    case Delta(text=piece):
                        said += piece
                        yield self._only(chat=[*shown, message("assistant", said)])
                        await asyncio.sleep(_PACE_S)
                    case Spoken(line=line):
                        shown = [*shown, message("assistant", line.text, fresh=line.origin == "model")]
                        said = ""
                        yield self._only(chat=shown)
                    case Judged(reason=str(reason)):
                        yield self._only(problem=_notice(f"Your answer is kept. {reason}"))
                    case Settled(view=view):
                        yield self._show(view)
                    case _:
                        pass
        except MockroundError as error:
            yield self._only(problem=_notice(str(error)))

    async def _leave(self, session_id: str) -> list[Any]:
        if session_id:
            await self.service.open_in(session_id, None)
        return self._blank()

    def _only(self, **changes: Any) -> list[Any]:
        names = {"chat": 3, "answer": 4, "problem": 5}
        out: list[Any] = [gr.skip()] * len(self.outputs)
        for name, value in changes.items():
            out[names[name]] = value
        return out

    def _blank(self) -> list[Any]:
        out: list[Any] = [gr.skip()] * len(self.outputs)
        out[:6] = ["", gr.Column(visible=True), gr.Row(visible=False), [], "", ""]
        return out

    def _show(self, view: SessionView) -> list[Any]:
        open_turn = view.phase == "open" and not view.finished
        talking = open_turn or view.phase == "closing_questions"
        hint = f"Hint ({view.hints_left} left)" if open_turn else "Hint"
        return [
            view.id,
            gr.Column(visible=False),
            gr.Row(visible=True),
            chat_messages(view),
            gr.skip() if not view.finished else "",
            gr.skip(),
            side_panel(view),
            gr.Button("Resume" if view.paused else "Pause", visible=not view.finished),
            gr.Button(visible=not view.finished),
            gr.Button(visible=view.pending > 0 and view.phase != "answered"),
            gr.Button(visible=view.finished),
            gr.Button(visible=view.finished),
            gr.Button(interactive=talking),
            gr.Button(hint, interactive=open_turn and view.hints_left > 0),
            gr.Button(interactive=open_turn),
            gr.Button(interactive=open_turn),
            gr.Button(interactive=open_turn),
        ]


def build_interview_tab(service: InterviewService, session_id: gr.Textbox, tabs: gr.Tabs) -> InterviewTab:
    """The tab inside the current Gradio context."""
    return InterviewTab(service, session_id, tabs)


def status_line(service: InterviewService) -> str:
    """Who speaks and who judges, in one line."""
    return f'<p class="mr-soft" id="mr-status">{escape(service.model_status.sentence)}</p>'


def length_line(service: InterviewService, round_id: str) -> str:
    """What a round takes."""
    item = service.role.pack.round(round_id)
    return f'<p class="mr-soft">{item.questions} questions with follow-ups in about {item.minutes} minutes. You can pause and come back.</p>'


def _default_round(service: InterviewService) -> str:
    ids = [item.id for item in service.role.pack.info.rounds]
    return "ml-systems" if "ml-systems" in ids else ids[0]


def _notice(text: str) -> str:
    return f'<p class="mr-notice" role="alert">{escape(text)}</p>'


__all__ = ["InterviewTab", "build_interview_tab", "status_line"]
