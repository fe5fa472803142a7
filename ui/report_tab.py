"""The report of a session: the one that is open, or one chosen among the past ones."""

from __future__ import annotations

from html import escape
from typing import Any

import gradio as gr

from interviewer.errors import MockroundError
from interviewer.service import InterviewService
from ui.notes import render_notes
from ui.render import report_page

_NONE = '<p class="mr-soft">Play a round, or open one under “Past sessions”; its report appears here.</p>'


class ReportTab:
    """The tab's components. `chosen` holds the id of the session whose report is shown."""

    def __init__(self, service: InterviewService, session_id: gr.Textbox) -> None:
        """Build the components."""
        self.service = service
        self.session_id = session_id
        self.notes = render_notes(service.role.pack.notes)
        self.chosen = gr.Textbox(visible="hidden")
        self.page = gr.HTML(_NONE, elem_id="mr-report")
        self.refresh = gr.Button("Refresh", size="sm", elem_id="mr-report-refresh")

    def connect(self, tab: gr.Tab) -> None:
        """Add the events."""
        for event in (tab.select, self.refresh.click):
            event(self.show, self.chosen, self.page, api_visibility="private", show_progress="minimal")
        self.session_id.change(
            lambda session_id: session_id,
            self.session_id,
            self.chosen,
            api_visibility="private",
            show_progress="hidden",
        )
        self.chosen.change(
            self.show, self.chosen, self.page, api_visibility="private", show_progress="hidden"
        )

    @property
    def outputs(self) -> list[Any]:
        """What `open` changes."""
        return [self.chosen, self.page]

    async def open(self, session_id: str) -> dict[Any, Any]:
        """Choose a session; its report is there when the tab opens."""
        return {self.chosen: session_id, self.page: await self.show(session_id)}

    async def show(self, session_id: str) -> str:
        """The report of a session as it stands."""
        if not session_id:
            return _NONE
        try:
            return report_page(await self.service.report(session_id), self.notes)
        except MockroundError as error:
            return f'<p class="mr-notice" role="alert">{escape(str(error))}</p>'


def build_report_tab(service: InterviewService, session_id: gr.Textbox) -> ReportTab:
    """The tab inside the current Gradio context."""
    return ReportTab(service, session_id)
