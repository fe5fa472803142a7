"""Contesting a verdict from the report: the answers, the words that are marked in them, and what came of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from html import escape
from typing import Any

import gradio as gr

from interviewer.contests import Claim, find_words
from interviewer.errors import BadInput, MockroundError
from interviewer.report import CriterionReport, QuestionReport, Report, verdict_words
from interviewer.service import InterviewService
from interviewer.verdict_notes import contestable
from ui.events import Changes, busy, notice
from ui.visitor import owner_of

_HOW = (
    "Mark the words of your answer that show it, or copy them into the field below. The judge reads the sentences in "
    "which they stand once more. Both verdicts are kept, and the second counts only if these words earn more than "
    "before, so nothing can get worse. A verdict on an answer can be contested once."
)
_OVER = "This verdict cannot be contested any more; refresh the report."


class ContestPanel:
    """The panel above a report; hidden until a verdict is contested."""

    def __init__(self, service: InterviewService) -> None:
        """Build the components inside the current Gradio context."""
        self.service = service
        self.target = gr.Textbox(visible="hidden", elem_id="mr-contest-target")
        with gr.Column(visible=False, elem_id="mr-contest") as self.panel:
            self.about = gr.HTML("", elem_id="mr-contest-about", padding=False)
            self.words = gr.Textbox(
                lines=2, max_lines=6, label="The words that show it", elem_id="mr-contest-words"
            )
            self.note = gr.HTML("", elem_id="mr-contest-note", padding=False)
            with gr.Row():
                self.judge = gr.Button(
                    "Judge these words", variant="primary", min_width=120, elem_id="mr-contest-judge"
                )
                self.leave = gr.Button("Leave it", min_width=120, elem_id="mr-contest-leave")

    @property
    def outputs(self) -> list[Any]:
        """What its events change."""
        return [self.panel, self.about, self.words, self.note, self.judge]

    async def open(self, session_id: str, target: str) -> Changes:
        """Show what is contested; `target` is what a button of the report said: `time|question|criterion id`."""
        shown: Changes = {self.panel: gr.Column(visible=True), self.words: "", self.note: ""}
        try:
            report = await self.service.report(session_id, owner_of(self.service))
            question, criterion = _named(report, target)
            return {**shown, self.about: _about(report, question, criterion)}
        except MockroundError as error:
            return {**shown, self.about: "", self.note: notice(str(error))}

    async def judge_again(self, session_id: str, target: str, words: str | None) -> AsyncIterator[Changes]:
        """Have the marked words judged; the panel closes when that is done."""
        yield {self.judge: gr.Button(interactive=False), self.note: busy("Reading these words again.")}
        ready: Changes = {self.judge: gr.Button(interactive=True)}
        try:
            report = await self.service.report(session_id, owner_of(self.service))
            question, criterion = _named(report, target)
            turn = _turn_with(report, contestable(report, question, criterion), words or "")
            async for _ in await self.service.contest(
                session_id, owner_of(self.service), Claim(turn, criterion.id, quote=words or "")
            ):
                pass
        except MockroundError as error:
            yield {**ready, self.note: notice(str(error))}
            return
        yield {**ready, **self.closed()}

    def closed(self) -> Changes:
        """The panel out of sight."""
        return {self.panel: gr.Column(visible=False), self.about: "", self.words: "", self.note: ""}


def _named(report: Report, target: str) -> tuple[QuestionReport, CriterionReport]:
    """The question and criterion of a button. Raises BadInput where they are not there (any more)."""
    _, place, name = (*target.split("|", 2), "", "")[:3]
    questions = {str(number): item for number, item in enumerate(report.questions)}
    question = questions.get(place)
    criterion = next((item for item in question.criteria if item.id == name), None) if question else None
    if question is None or criterion is None or not contestable(report, question, criterion):
        raise BadInput(_OVER)
    return question, criterion


def _turn_with(report: Report, turns: tuple[int, ...], words: str) -> int:
    """The first of the turns in whose answer the words stand. Raises BadInput if they stand in none."""
    refusals = []
    for turn in turns:
        try:
            find_words(report.turns[turn].answer, words)
        except BadInput as error:
            refusals.append(error)
        else:
            return turn
    raise refusals[0]


def _about(report: Report, question: QuestionReport, criterion: CriterionReport) -> str:
    turns = contestable(report, question, criterion)
    answers = "".join(
        f'<div class="mr-answer" tabindex="0" role="group" aria-label="Your answer">{escape(report.turns[turn].answer)}</div>'
        for turn in turns
    )
    verdict = verdict_words(criterion.kind, criterion.verdict, criterion.credit)
    return (
        f'<div class="mr-report"><h2>“I did say that”</h2><p><b>{escape(criterion.text)}</b> '
        f'<span class="mr-soft">{escape(question.title)} · found: {verdict}</span></p><p>{_HOW}</p>'
        f'<div id="mr-contest-answer">{answers}</div></div>'
    )
