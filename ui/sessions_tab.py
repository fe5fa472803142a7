"""Past sessions: continue one, open its report, delete it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from html import escape
from pathlib import Path

import gradio as gr

from interviewer.errors import MockroundError
from interviewer.service import InterviewService
from ui.chat import session_label
from ui.events import QUIET, Changes, notice
from ui.interview_tab import InterviewTab
from ui.report_tab import ReportTab
from ui.visitor import owner_of
from ui.words import counted

_SHOWN = 50
_EMPTY = "No session is stored yet; start one under “Interview”."
_CONTINUE = "Continue"
_CONVERSATION = "Read the conversation"
_CONFIRM_ALL = (
    """() => confirm('Delete every session, loop, interview date and rating for good?') ? 'yes' : ''"""
)
# Drafts and code that only this browser has.
_FORGET_HERE = """(sure) => sure && Object.keys(localStorage).filter((key) => key.startsWith('mockround'))
    .forEach((key) => localStorage.removeItem(key))"""
_CONFIRM_DELETE = """(chosen, current, shown) =>
    !chosen || confirm('Delete this session for good?') ? [chosen, current, shown] : [null, current, shown]"""


class SessionsTab:
    """The tab's components; `connect` adds the events that need the other tabs."""

    def __init__(self, service: InterviewService) -> None:
        """Build the components."""
        self.service = service
        self.choice = gr.Radio([], label="Stored on this machine, latest first", elem_id="mr-sessions")
        self.shown = gr.State(_SHOWN)
        self.finished = gr.State(())
        self.older = gr.Button("Show older", visible=False, size="sm", elem_id="mr-older")
        with gr.Row(visible=False) as self.actions:
            self.resume = gr.Button(_CONTINUE, variant="primary", interactive=False, elem_id="mr-resume")
            self.read = gr.Button("Open the report", interactive=False, elem_id="mr-read")
            self.delete = gr.Button("Delete", variant="stop", interactive=False, elem_id="mr-delete")
        self.upload = gr.UploadButton(
            "Import an exported session",
            file_count="single",
            type="filepath",
            size="sm",
            elem_id="mr-sessions-import",
        )
        self.sure = gr.Textbox(visible="hidden")
        self.delete_all = gr.Button("Delete everything", size="sm", elem_id="mr-delete-all")
        self.note = gr.HTML("", elem_id="mr-sessions-note")

    async def refresh(self, chosen: str | None = None, shown: int = _SHOWN) -> Changes:
        """The `shown` latest as they stand; what was chosen stays chosen while it is there."""
        try:
            page = await self.service.session_page(owner_of(self.service), limit=shown)
        except MockroundError as error:
            return {self.note: notice(str(error))}
        found = page.sessions
        some = bool(found)
        kept = chosen if chosen in {item.id for item in found} else None
        finished = tuple(item.id for item in found if item.finished)
        return {
            self.choice: gr.Radio(
                [(session_label(item), item.id) for item in found], value=kept, visible=some
            ),
            self.older: gr.Button(visible=page.next is not None),
            self.actions: gr.Row(visible=some),
            self.note: "" if some else f'<p class="mr-soft">{_EMPTY}</p>',
            self.finished: finished,
            **self._choose(kept, finished),
        }

    def _choose(self, chosen: str | None, finished: Sequence[str]) -> Changes:
        """What can be done with the session that is chosen, and first what is most likely wanted."""
        some, over = bool(chosen), chosen in finished
        return {
            self.resume: gr.Button(
                _CONVERSATION if over else _CONTINUE,
                variant="secondary" if over else "primary",
                interactive=some,
            ),
            self.read: gr.Button(variant="primary" if over else "secondary", interactive=some),
            self.delete: gr.Button(interactive=some),
        }

    def connect(
        self, tab: gr.Tab, tabs: gr.Tabs, session_id: gr.Textbox, interview: InterviewTab, report: ReportTab
    ) -> None:
        """Add the events."""
        buttons = (self.resume, self.read, self.delete)

        async def resume(chosen: str, request: gr.Request) -> AsyncIterator[Changes]:
            first: Changes = {tabs: gr.Tabs(selected="interview")}
            async for out in interview.open(chosen, request):
                yield {**first, **out}
                first = {}

        async def read(chosen: str) -> Changes:
            return {**await report.open(chosen), tabs: gr.Tabs(selected="report")}

        async def older(chosen: str | None, shown: int) -> Changes:
            return {**await self.refresh(chosen, shown + _SHOWN), self.shown: shown + _SHOWN}

        async def delete(chosen: str | None, current: str, shown: int) -> Changes:
            if not chosen:
                return {self.note: ""}
            try:
                await self.service.delete(chosen, owner_of(self.service))
            except MockroundError as error:
                return {self.note: notice(str(error))}
            changes = await self.refresh(shown=shown)
            changes[self.note] = '<p class="mr-soft" role="status">The session was deleted.</p>'
            return {**changes, report.chosen: "", **(interview.blank() if chosen == current else {})}

        async def delete_all(sure: str) -> Changes:
            if not sure:
                return {self.sure: ""}
            try:
                gone = await self.service.delete_all(owner_of(self.service))
            except MockroundError as error:
                return {self.note: notice(str(error)), self.sure: ""}
            changes = await self.refresh()
            deleted = f"Everything was deleted: {counted(gone, 'session')}, and what was kept beside them."
            changes[self.note] = f'<p class="mr-soft" role="status">{deleted}</p>'
            return {**changes, report.chosen: "", self.sure: sure, **interview.blank()}

        async def take_in(path: str | None, shown: int) -> Changes:
            if not path:
                return {self.note: gr.skip()}
            file = Path(path)
            try:
                raw = await asyncio.to_thread(file.read_bytes)
                view = await self.service.exchange.take_in(raw, owner_of(self.service))
            except MockroundError as error:
                return {self.note: notice(str(error))}
            finally:
                await asyncio.to_thread(file.unlink, missing_ok=True)
            changes = await self.refresh(view.id, shown)
            changes[self.note] = f'<p class="mr-soft" role="status">{escape(view.title)} was imported.</p>'
            return changes

        listed = [self.choice, self.older, self.actions, self.note, self.finished, *buttons]
        tab.select(self.refresh, [self.choice, self.shown], listed, **QUIET)
        self.upload.upload(take_in, [self.upload, self.shown], listed, **QUIET)
        self.older.click(older, [self.choice, self.shown], [*listed, self.shown], **QUIET)
        self.choice.change(self._choose, [self.choice, self.finished], list(buttons), **QUIET)
        self.resume.click(resume, self.choice, [tabs, *interview.outputs], cancels=interview.playing, **QUIET)
        self.read.click(read, self.choice, [tabs, *report.outputs], **QUIET)
        self.delete.click(
            delete,
            [self.choice, session_id, self.shown],
            [*listed, report.chosen, *interview.outputs],
            js=_CONFIRM_DELETE,
            **QUIET,
        )
        self.delete_all.click(
            delete_all,
            self.sure,
            [*listed, self.sure, report.chosen, *interview.outputs],
            js=_CONFIRM_ALL,
            cancels=interview.playing,
            **QUIET,
        ).then(None, self.sure, None, js=_FORGET_HERE, **QUIET)


def build_sessions_tab(service: InterviewService) -> SessionsTab:
    """The tab inside the current Gradio context."""
    return SessionsTab(service)
