"""What a round is started with: round, level, length, and a background that steers the choice of questions."""

from __future__ import annotations

import asyncio
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from interviewer.background import MAX_TEXT_CHARS, read_background
from interviewer.errors import MockroundError
from interviewer.modes import Mode
from interviewer.service import InterviewService, StartRequest
from ui.choices import level_dropdown, round_choices
from ui.events import QUIET, Changes, notice
from ui.words import counted

_PREFERRED_ROUND = "ml-systems"
_LONGEST_MINUTES = 120
_MODES = {
    Mode.PRACTICE: "Practice: hints and pauses, the report at the end",
    Mode.STUDY: "Study: also a review and a model answer after each question",
    Mode.REAL: "Real: against the clock, no hints, no pauses",
}
_PARTS = {"choices": "multiple-choice question", "problem": "coding problem"}


class StartForm:
    """The components of the start page."""

    def __init__(self, service: InterviewService) -> None:
        """Build the components inside the current Gradio context."""
        self.service = service
        info = service.role.pack.info
        rounds = [item.id for item in info.rounds]
        first = _PREFERRED_ROUND if _PREFERRED_ROUND in rounds else rounds[0]
        gr.HTML(
            f"<p>A mock interview for <b>{escape(info.title)}</b>, in writing: answer as you would at a whiteboard, "
            "and be asked about what you said. Pause whenever you like; a closed page continues where it was.</p>"
        )
        with gr.Row():
            self.round = gr.Dropdown(
                round_choices(service),
                value=first,
                label="Round",
                filterable=False,
                min_width=260,
                elem_id="mr-round",
            )
            self.level = level_dropdown(service, "mr-level")
        about = _about_paper(service, first)
        self.about = gr.HTML(about, visible=bool(about), elem_id="mr-round-about")
        questions, most, minutes, longest = self._lengths(first)
        with gr.Row():
            self.questions = gr.Slider(
                1,
                most,
                value=questions,
                step=1,
                visible=not about,
                label="Questions (follow-ups come on top)",
                buttons=[],
                min_width=260,
                elem_id="mr-questions",
            )
            self.minutes = gr.Slider(
                1,
                longest,
                value=minutes,
                step=1,
                label="Minutes",
                buttons=[],
                min_width=260,
                elem_id="mr-minutes",
            )
        self.mode = gr.Radio(
            _modes(paper=bool(about)),
            value=Mode.PRACTICE.value,
            label="How it is held",
            elem_id="mr-mode",
        )
        with gr.Accordion(
            "Résumé or job description (optional): steers which questions are chosen", open=False
        ):
            self.background = gr.Textbox(
                lines=6,
                max_lines=14,
                label="Paste it here, or drop a file below",
                elem_id="mr-background",
            )
            self.upload = gr.File(
                label="A PDF, text or Markdown file",
                file_count="single",
                type="filepath",
                height=160,
                elem_id="mr-upload",
            )
            self.file_note = gr.HTML("", elem_id="mr-file-note", padding=False)
        self.problem = gr.HTML("", elem_id="mr-start-problem", padding=False)
        self.start = gr.Button("Start the interview", variant="primary", elem_id="mr-start-button")
        with gr.Column(
            visible=service.loops.plan is not None, elem_classes="mr-todo", elem_id="mr-loop-offer"
        ):
            gr.HTML(_loop_offer(service), padding=False)
            self.loop = gr.Button("Begin the whole loop", elem_id="mr-loop-start")

    @property
    def inputs(self) -> list[Any]:
        """What `request` takes, in its order."""
        return [self.round, self.level, self.questions, self.minutes, self.mode, self.background]

    def connect(self) -> None:
        """Add the events that concern the form alone."""
        self.round.change(
            self._follow_round,
            [self.round, self.mode],
            [self.about, self.questions, self.minutes, self.mode],
            **QUIET,
        )
        self.upload.upload(
            self._read_file,
            [self.upload, self.background],
            [self.upload, self.background, self.file_note],
            **QUIET,
        )

    def request(
        self, round_id: str, level: str, questions: float, minutes: float, mode: str, background: str | None
    ) -> StartRequest:
        """The wish as the service takes it. A paper has as many items as it has, whatever the slider says."""
        count = None if self.service.role.pack.round(round_id).parts else int(questions)
        return StartRequest(round_id, level, int(minutes), count, background or "", mode=Mode(mode))

    def _lengths(self, round_id: str) -> tuple[int, int, int, int]:
        """The round's number of questions with the most there are, its minutes with the most on offer."""
        pack = self.service.role.pack
        item = pack.round(round_id)
        most = max(2, len(pack.questions_of(round_id)))
        return min(item.questions, most), most, item.minutes, max(_LONGEST_MINUTES, item.minutes)

    def _follow_round(self, round_id: str, mode: str) -> Changes:
        """A paper's number of items is fixed, and nothing is reviewed on the way."""
        questions, most, minutes, longest = self._lengths(round_id)
        about = _about_paper(self.service, round_id)
        study = mode == Mode.STUDY.value
        return {
            self.about: gr.HTML(about, visible=bool(about)),
            self.questions: gr.Slider(value=questions, maximum=most, visible=not about),
            self.minutes: gr.Slider(value=minutes, maximum=longest),
            self.mode: gr.Radio(
                _modes(paper=bool(about)), value=Mode.PRACTICE.value if about and study else mode
            ),
        }

    @staticmethod
    async def _read_file(path: str | None, background: str | None) -> tuple[Any, Any, str]:
        """Put the file's text into the box, where the candidate sees what was read; the file itself is not kept."""
        if not path:
            return gr.skip(), gr.skip(), ""
        file = Path(path)
        try:
            raw = await asyncio.to_thread(file.read_bytes)
            text = await asyncio.to_thread(read_background, file.name, raw)
        except MockroundError as error:
            return None, gr.skip(), notice(str(error))
        finally:
            await asyncio.to_thread(file.unlink, missing_ok=True)
        joined = "\n\n".join(part for part in ((background or "").strip(), text) if part)
        note = (
            f"{file.name} was read: {len(text):,} characters. Change or shorten the text above as you like."
        )
        return None, joined[:MAX_TEXT_CHARS], f'<p class="mr-soft" role="status">{escape(note)}</p>'


def _modes(paper: bool = False) -> list[tuple[str, str]]:
    return [(words, mode.value) for mode, words in _MODES.items() if not (paper and mode is Mode.STUDY)]


def _about_paper(service: InterviewService, round_id: str) -> str:
    """What a round is that is worked on as a whole; empty for any other."""
    parts = service.role.pack.round(round_id).parts
    if not parts:
        return ""
    items = " and ".join(counted(part.count, _PARTS[part.kind]) for part in parts)
    return (
        f"<p>An online test: <b>{items}</b> against one clock, in any order and back again. Nobody asks about your answers, "
        'and the report counts what is exactly right. <span class="mr-soft">What comes is drawn from the bank; a résumé does '
        "not steer it.</span></p>"
    )


def _loop_offer(service: InterviewService) -> str:
    """What a loop is; empty where the pack offers none."""
    plan = service.loops.plan
    if plan is None:
        return ""
    stages = ", ".join(stage.title for stage in plan.stages)
    return (
        f"<h2>Or the whole loop</h2><p>{escape(stages)}, then an onsite of {plan.onsite.interviews} interviews: one stage "
        "at a time, over days, each when you are ready. What you say in the talks shapes the onsite, and a committee's "
        'debrief stands at the end.</p><p class="mr-soft">It takes the level and the résumé from above.</p>'
    )
