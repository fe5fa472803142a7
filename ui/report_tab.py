"""The report of the session that is open."""

from __future__ import annotations

from html import escape
from typing import Any

import gradio as gr

from interviewer.errors import MockroundError
from interviewer.service import InterviewService
from ui.render import report_page

_NONE = '<p class="mr-soft">Play a round, or open one under “Past sessions”; its report appears here.</p>'


class ReportTab:
    """The tab's components."""

    def __init__(self, service: InterviewService) -> None:
        """Build the components."""
        self.service = service
        self.page = gr.HTML(_NONE, elem_id="mr-report")

    @property
    def outputs(self) -> list[Any]:
        """What `show` changes."""
        return [self.page]

    async def show(self, session_id: str) -> str:
        """The report of a session as it stands."""
        if not session_id:
            return _NONE
        try:
            return report_page(await self.service.report(session_id))
        except MockroundError as error:
            return f'<p class="mr-notice">{escape(str(error))}</p>'


def build_report_tab(service: InterviewService, session_id: gr.Textbox) -> ReportTab:
    """The tab inside the current Gradio context."""
    tab = ReportTab(service)
    refresh = gr.Button("Refresh", size="sm", elem_id="mr-report-refresh")
    refresh.click(tab.show, session_id, tab.outputs, api_visibility="private")
    session_id.change(tab.show, session_id, tab.outputs, api_visibility="private")
    return tab
