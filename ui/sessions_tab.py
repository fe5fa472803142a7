"""Past sessions: continue one, open its report, delete it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import gradio as gr

from interviewer.errors import MockroundError
from interviewer.service import InterviewService
from ui.interview_tab import InterviewTab
from ui.render import session_label
from ui.report_tab import ReportTab

_EMPTY = "No session is stored yet."


class SessionsTab:
    """The tab's components; `connect` adds the events that need the other tabs."""

    def __init__(self, service: InterviewService) -> None:
        """Build the components."""
        self.service = service
        self.choice = gr.Radio([], label="Stored on this machine, latest first", elem_id="mr-sessions")
        with gr.Row():
            self.resume = gr.Button("Continue", variant="primary", elem_id="mr-resume")
            self.read = gr.Button("Open the report", elem_id="mr-read")
            self.delete = gr.Button("Delete", variant="stop", elem_id="mr-delete")
        self.note = gr.HTML("")

    async def refresh(self) -> Any:
        """The list as it stands."""
        found = await self.service.sessions()
        return gr.Radio(
            [(session_label(item), item.id) for item in found], value=None, info=None if found else _EMPTY
        )

    def connect(
        self, tab: gr.Tab, tabs: gr.Tabs, session_id: gr.Textbox, interview: InterviewTab, report: ReportTab
    ) -> None:
        """Add the events."""

        async def resume(chosen: str | None, request: gr.Request) -> AsyncIterator[list[Any]]:
            if not chosen:
                gr.Info("Choose a session first.")
                yield [gr.skip()] * (len(interview.outputs) + 1)
                return
            first: Any = gr.Tabs(selected="interview")
            async for out in interview.open(chosen, request):
                yield [first, *out]
                first = gr.skip()

        async def read(chosen: str | None) -> tuple[Any, Any]:
            if not chosen:
                gr.Info("Choose a session first.")
                return gr.skip(), gr.skip()
            return gr.Tabs(selected="report"), await report.show(chosen)

        async def delete(chosen: str | None, current: str) -> tuple[Any, Any]:
            if not chosen:
                gr.Info("Choose a session first.")
                return gr.skip(), gr.skip()
            try:
                await self.service.delete(chosen)
                gr.Info("The session was deleted.")
            except MockroundError as error:
                gr.Warning(str(error))
            return await self.refresh(), "" if chosen == current else gr.skip()

        tab.select(self.refresh, None, self.choice, api_visibility="private")
        self.resume.click(resume, self.choice, [tabs, *interview.outputs], api_visibility="private")
        self.read.click(read, self.choice, [tabs, report.page], api_visibility="private")
        self.delete.click(
            delete,
            [self.choice, session_id],
            [self.choice, session_id],
            js="(chosen, current) => !chosen || confirm('Delete this session for good?') ? [chosen, current] : [null, current]",
            api_visibility="private",
        )


def build_sessions_tab(service: InterviewService) -> SessionsTab:
    """The tab inside the current Gradio context."""
    return SessionsTab(service)
