"""Self-assessment: an answer in, one's own verdicts first, then the judge's beside them, and the history of both."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from html import escape

import gradio as gr

from interviewer.errors import BadInput, MockroundError
from interviewer.own_questions import rubric_of_lines
from interviewer.self_assessment import SelfRequest, Subject
from interviewer.service import InterviewService
from rubrics import Verdict
from ui.choices import level_dropdown, question_dropdown
from ui.events import QUIET, Changes, busy, notice
from ui.report_tab import ReportTab
from ui.self_page import comparison, history, rating_form
from ui.visitor import owner_of

_LEAD = (
    "Paste an answer you gave somewhere, or write one now. You rate it first, criterion by criterion; then you see the "
    "judge's view beside yours, with the words it rests on. Knowing where you are too kind to yourself, or too hard, is "
    "half of preparing."
)
_TICKED = "(rating, level, _) => [rating, level, window.mockroundVerdicts()]"


@dataclass(frozen=True)
class Rating:
    """What is being rated: it was fixed before the criteria were shown."""

    subject: Subject
    answer: str
    criteria: tuple[str, ...]


class SelfTab:
    """The tab's components; `connect` adds their events."""

    def __init__(self, service: InterviewService) -> None:
        """Build the components inside the current Gradio context."""
        self.service = service
        self.rating = gr.State(None)
        self.session = gr.State("")
        with gr.Column(elem_id="mr-self-give") as self.give:
            gr.HTML(f"<p>{escape(_LEAD)}</p>", padding=False)
            with gr.Row():
                self.question = question_dropdown(service, "mr-self-question")
                self.level = level_dropdown(
                    service, "mr-self-level", label="Judged at level", min_width=200, scale=1
                )
            with gr.Accordion("Or a question of your own", open=False, elem_id="mr-self-own"):
                self.own = gr.Textbox(
                    lines=2,
                    max_lines=8,
                    label="Its text (used in place of the bank's)",
                    elem_id="mr-self-own-text",
                )
                self.lines = gr.Textbox(
                    lines=3,
                    max_lines=12,
                    label="What a good answer shows, one point a line (“bonus:” and “fault:” may stand in front)",
                    elem_id="mr-self-lines",
                )
                self.reference = gr.Textbox(
                    lines=3,
                    max_lines=12,
                    label="Or a model answer, from which the points are taken",
                    elem_id="mr-self-reference",
                )
            self.answer = gr.Textbox(lines=7, max_lines=20, label="Your answer", elem_id="mr-self-answer")
            self.problem = gr.HTML("", elem_id="mr-self-problem", padding=False)
            self.rate = gr.Button("Rate it myself", variant="primary", elem_id="mr-self-rate")
        with gr.Column(visible=False, elem_id="mr-self-rating") as self.rating_panel:
            self.form = gr.HTML("", padding=False)
            self.verdicts = gr.Textbox(visible="hidden")
            self.note = gr.HTML("", elem_id="mr-self-note", padding=False)
            with gr.Row():
                self.judge = gr.Button(
                    "Show the judge's view", variant="primary", min_width=150, elem_id="mr-self-judge"
                )
                self.back = gr.Button("Back to the answer", min_width=150, elem_id="mr-self-back")
        with gr.Column(visible=False, elem_id="mr-self-done") as self.done_panel:
            self.result = gr.HTML("", elem_id="mr-self-result", padding=False)
            with gr.Row():
                self.to_report = gr.Button("Open the report", min_width=150, elem_id="mr-self-report")
                self.another = gr.Button(
                    "Rate another answer", variant="primary", min_width=150, elem_id="mr-self-another"
                )
        self.history = gr.HTML("", elem_id="mr-self-history", padding=False)

    def connect(self, tab: gr.Tab, tabs: gr.Tabs, report: ReportTab) -> None:
        """Add the events."""
        self.question.input(lambda: "", None, self.problem, **QUIET)
        panels = [self.give, self.rating_panel, self.done_panel]
        tab.select(self.show_history, None, self.history, **QUIET)
        self.rate.click(
            self.begin,
            [self.question, self.own, self.lines, self.reference, self.answer],
            [self.rating, self.form, self.problem, self.note, *panels],
            **QUIET,
        )
        self.back.click(self.step_back, None, [self.rating, self.form, *panels], **QUIET)
        self.judge.click(
            self.compare,
            [self.rating, self.level, self.verdicts],
            [self.judge, self.note, self.session, self.result, self.history, *panels],
            js=_TICKED,
            trigger_mode="once",
            **QUIET,
        )
        self.another.click(
            self.start_over, None, [self.rating, self.form, self.answer, self.session, *panels], **QUIET
        )

        async def to_report(session_id: str) -> Changes:
            return {**await report.open(session_id), tabs: gr.Tabs(selected="report")}

        self.to_report.click(to_report, self.session, [tabs, *report.outputs], **QUIET)

    def begin(
        self,
        question_id: str | None,
        own: str | None,
        lines: str | None,
        reference: str | None,
        answer: str | None,
    ) -> Changes:
        """Fix the answer and show the criteria; a question of one's own comes first where there is one."""
        try:
            subject = _subject(question_id, own or "", lines or "", reference or "")
            card = self.service.self_assessments.card(subject)
            text = self.service.self_assessments.answer_in(answer or "")
        except MockroundError as error:
            return {self.problem: notice(str(error))}
        rating = Rating(subject, text, tuple(item.id for item in card.criteria))
        return {
            self.rating: rating,
            self.form: rating_form(card, text),
            self.problem: "",
            self.note: "",
            **self._panels(rating=True),
        }

    async def compare(self, rating: Rating | None, level: str, ticked: str | None) -> AsyncIterator[Changes]:
        """Have the answer judged, when every criterion has a verdict, and show both."""
        try:
            verdicts = _verdicts(ticked)
            if rating is None:
                raise BadInput("Write an answer and rate it first.")
            left = len(rating.criteria) - len(verdicts)
            if left > 0:
                raise BadInput(
                    f"{left} {'criteria have' if left > 1 else 'criterion has'} no verdict of yours yet; "
                    "give it before you see the judge's."
                )
            yield {
                self.judge: gr.Button(interactive=False),
                self.note: busy("The judge is reading your answer."),
            }
            wanted = SelfRequest(rating.subject, rating.answer, verdicts, level)
            result = await self.service.self_assessments.submit(wanted, owner_of(self.service))
        except MockroundError as error:
            yield {self.judge: gr.Button(interactive=True), self.note: notice(str(error))}
            return
        yield {
            self.judge: gr.Button(interactive=True),
            self.note: "",
            self.session: result.session_id,
            self.result: comparison(result),
            self.history: await self.show_history(),
            **self._panels(done=True),
        }

    def step_back(self) -> Changes:
        """The answer once more, to change it; what was ticked is gone, since it was about other words."""
        return {self.rating: None, self.form: "", **self._panels()}

    def start_over(self) -> Changes:
        """An empty answer."""
        return {**self.step_back(), self.answer: "", self.session: ""}

    async def show_history(self) -> str:
        """The history as it stands."""
        try:
            return history(await self.service.self_assessments.overview(owner_of(self.service)))
        except MockroundError as error:
            return notice(str(error))

    def _panels(self, rating: bool = False, done: bool = False) -> Changes:
        return {
            self.give: gr.Column(visible=not rating and not done),
            self.rating_panel: gr.Column(visible=rating),
            self.done_panel: gr.Column(visible=done),
        }


def _subject(question_id: str | None, own: str, lines: str, reference: str) -> Subject:
    if not own.strip():
        return Subject(question_id or None)
    rubric = rubric_of_lines(lines) if lines.strip() else None
    return Subject(question=own, rubric=rubric, reference=reference)


def _verdicts(ticked: str | None) -> dict[str, Verdict]:
    """What the page says was ticked. Raises BadInput for anything else."""
    try:
        data = json.loads(ticked or "{}")
        return {str(name): Verdict(value) for name, value in data.items()}
    except (ValueError, AttributeError) as error:
        raise BadInput("The page sent verdicts that cannot be read; reload it.") from error


def build_self_tab(service: InterviewService) -> SelfTab:
    """The tab inside the current Gradio context."""
    return SelfTab(service)
