"""The report of a session: the one that is open, or one chosen among the past ones."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any

import gradio as gr

from interviewer.errors import MockroundError
from interviewer.service import InterviewService, StartRequest
from ui.contest_panel import ContestPanel
from ui.events import QUIET, Changes, notice
from ui.render import report_page
from ui.visitor import owner_of

if TYPE_CHECKING:
    from ui.interview_tab import InterviewTab

_NONE = '<p class="mr-soft">Play a round, or open one under “Past sessions”; its report appears here.</p>'
_TO_PANEL = "() => document.querySelector('#mr-contest')?.scrollIntoView({ block: 'center' })"
# The field says `time|question|criterion`; the questions of the page are numbered from 1.
_TO_RULING = """target => {
    const card = document.querySelector(`#mr-q${Number(target.split('|')[1]) + 1}`);
    card?.querySelector('.mr-contests')?.scrollIntoView({ block: 'center' });
}"""


class ReportTab:
    """The tab's components. `chosen` holds the id of the session whose report is shown."""

    def __init__(self, service: InterviewService, session_id: gr.Textbox, notes: Mapping[str, str]) -> None:
        """Build the components; `notes` are the pack's as safe HTML."""
        self.service = service
        self.session_id = session_id
        self.notes = notes
        self.chosen = gr.Textbox(visible="hidden")
        self.again = gr.Textbox(visible="hidden", elem_id="mr-again")
        self.note = gr.HTML("", elem_id="mr-report-note", padding=False)
        self.contest = ContestPanel(service)
        self.page = gr.HTML(_NONE, elem_id="mr-report")
        self.refresh = gr.Button("Refresh", size="sm", elem_id="mr-report-refresh")

    def connect(self, tab: gr.Tab, tabs: gr.Tabs, interview: InterviewTab) -> None:
        """Add the events."""
        for event in (tab.select, self.refresh.click):
            event(self.show, self.chosen, self.page, api_visibility="private", show_progress="minimal")
        self.session_id.change(lambda session_id: session_id, self.session_id, self.chosen, **QUIET)
        self.chosen.change(self.show, self.chosen, self.page, **QUIET).then(
            self.contest.closed, None, self.contest.outputs, **QUIET
        )
        self._connect_contest()

        async def again(told: str, chosen: str, current: str, request: gr.Request) -> AsyncIterator[Changes]:
            try:
                wanted = await self._wanted(chosen, told.partition("|")[2])
                first: Changes = {self.note: "", tabs: gr.Tabs(selected="interview")}
                async for out in interview.begin(wanted, request, current):
                    yield {**first, **out}
                    first = {}
            except MockroundError as error:
                yield {self.note: notice(str(error))}

        self.again.change(
            again,
            [self.again, self.chosen, self.session_id],
            [self.note, tabs, *interview.outputs],
            cancels=interview.playing,
            **QUIET,
        )

    def _connect_contest(self) -> None:
        panel = self.contest
        panel.target.change(panel.open, [self.chosen, panel.target], panel.outputs, **QUIET).then(
            None, None, None, js=_TO_PANEL, **QUIET
        )
        panel.leave.click(panel.closed, None, panel.outputs, **QUIET)

        async def judge(session_id: str, target: str, words: str | None) -> AsyncIterator[Changes]:
            async for out in panel.judge_again(session_id, target, words):
                yield out
            yield {self.page: await self.show(session_id)}

        panel.judge.click(
            judge,
            [self.chosen, panel.target, panel.words],
            [*panel.outputs, self.page],
            trigger_mode="once",
            **QUIET,
        ).then(None, panel.target, None, js=_TO_RULING, **QUIET)

    @property
    def outputs(self) -> list[Any]:
        """What `open` changes."""
        return [self.chosen, self.page]

    async def open(self, session_id: str) -> Changes:
        """Choose a session; its report is there when the tab opens."""
        return {self.chosen: session_id, self.page: await self.show(session_id)}

    async def show(self, session_id: str) -> str:
        """The report of a session as it stands."""
        if not session_id:
            return _NONE
        try:
            return report_page(await self.service.report(session_id, owner_of(self.service)), self.notes)
        except MockroundError as error:
            return notice(str(error))

    async def _wanted(self, session_id: str, question_id: str) -> StartRequest:
        """The same question once more, at the level of then. Raises MockroundError."""
        report = await self.service.report(session_id, owner_of(self.service))
        return StartRequest(None, report.level, question_ids=(question_id,), again=session_id)


def build_report_tab(
    service: InterviewService, session_id: gr.Textbox, notes: Mapping[str, str]
) -> ReportTab:
    """The tab inside the current Gradio context."""
    return ReportTab(service, session_id, notes)
