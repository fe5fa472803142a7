"""The follow-up lab: a question and an answer in, follow-ups out; each can be answered straight away."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from html import escape

import gradio as gr

from interviewer.errors import MockroundError
from interviewer.followups import FollowUpProposal, FollowUps
from interviewer.library import TriedFollowUp
from interviewer.report import VERDICT_WORDS
from interviewer.service import InterviewService
from ui.cards import passage_cards, question_card
from ui.choices import category_choices, level_dropdown, question_dropdown
from ui.events import QUIET, Changes, busy, notice
from ui.formulas import formulas_html

# As many fresh ones as a thread of a round has at most; the bank's ladder is shown as far as one request reaches.
_FRESH = 3
_LADDER = 10
_BANK_SPEAKS = (
    "No qualified language model speaks here, so nothing below is fresh: these are the steps of the question's own ladder, "
    "what your answer left open first, and the steps that cross into another category. A question of your own needs a model."
)
_CHOOSE_FIRST = "Choose one of the follow-ups first."
_NO_RUBRIC = "Your own question has no rubric, so nothing can be scored here."


@dataclass(frozen=True)
class Proposed:
    """The follow-ups that are shown; `question_id` is None for a question of the candidate's own."""

    question_id: str | None
    followups: tuple[FollowUpProposal, ...]


class FollowUpTab:
    """The tab's components; `connect` adds their events."""

    def __init__(self, service: InterviewService) -> None:
        """Build the components inside the current Gradio context."""
        self.service = service
        self._categories = {value: title for title, value in category_choices(service)}
        self.voice = gr.HTML(voice_line(service), elem_id="mr-lab-voice", padding=False)
        with gr.Row():
            self.question = question_dropdown(service, "mr-lab-question")
            self.level = level_dropdown(service, "mr-lab-level", scale=1)
        self.card = gr.HTML("", elem_id="mr-lab-card", padding=False)
        with gr.Accordion("Or a question of your own", open=False, elem_id="mr-lab-own"):
            self.own = gr.Textbox(
                lines=2,
                max_lines=8,
                label="Its text (used in place of the bank's)",
                elem_id="mr-lab-own-text",
            )
        self.answer = gr.Textbox(lines=5, max_lines=16, label="Your answer to it", elem_id="mr-lab-answer")
        self.propose = gr.Button("Show follow-ups", variant="primary", elem_id="mr-lab-propose")
        self.result = gr.HTML("", elem_id="mr-lab-result", padding=False)
        self.proposed = gr.State(None)
        with gr.Column(visible=False, elem_id="mr-lab-try") as self.trying:
            self.choice = gr.Radio([], label="Answer one straight away", elem_id="mr-lab-choice")
            self.reply = gr.Textbox(
                lines=4, max_lines=16, label="Your answer to the follow-up", elem_id="mr-lab-reply"
            )
            self.check = gr.Button("Check this answer", variant="primary", elem_id="mr-lab-check")
            self.outcome = gr.HTML("", elem_id="mr-lab-outcome", padding=False)

    def connect(self, tab: gr.Tab) -> None:
        """Add the events."""
        tab.select(lambda: voice_line(self.service), None, self.voice, **QUIET)
        self.question.input(self.show_question, self.question, self.card, **QUIET)
        self.propose.click(
            self.find,
            [self.question, self.own, self.answer, self.level],
            [self.result, self.voice, self.proposed, self.trying, self.choice, self.reply, self.outcome],
            trigger_mode="once",
            **QUIET,
        )
        self.check.click(
            self.judge,
            [self.proposed, self.choice, self.reply],
            self.outcome,
            trigger_mode="once",
            **QUIET,
        )

    def show_question(self, question_id: str | None) -> str:
        """The chosen question of the bank without spoilers."""
        if not question_id:
            return ""
        try:
            return question_card(self.service.library.question(question_id), self._categories)
        except MockroundError as error:
            return notice(str(error))

    async def find(
        self, question_id: str | None, own: str | None, answer: str | None, level: str
    ) -> AsyncIterator[Changes]:
        """Follow-ups to the answer; the question of one's own comes first where there is one."""
        text = (own or "").strip()
        library = self.service.library
        yield {self.result: busy("Reading your answer."), self.trying: gr.Column(visible=False)}
        if not text and not question_id:
            yield {self.result: notice("Choose a question of the bank, or write one of your own.")}
            return
        number = _FRESH if library.follow_up_model else _LADDER
        try:
            found = await library.follow_ups(text or question_id or "", answer or "", number, level)
            html = self.page_of(found, None if text else question_id)
        except MockroundError as error:
            yield {self.result: notice(str(error))}
            return
        choices = [(f"{place}. {item.text}", place) for place, item in enumerate(found.followups, 1)]
        yield {
            self.result: html,
            self.voice: voice_line(self.service),
            self.proposed: Proposed(None if text else question_id, found.followups),
            self.trying: gr.Column(visible=bool(choices)),
            self.choice: gr.Radio(choices=choices, value=None),
            self.reply: "",
            self.outcome: "",
        }

    async def judge(
        self, proposed: Proposed | None, chosen: int | None, reply: str | None
    ) -> AsyncIterator[str]:
        """What the answer to the chosen follow-up showed."""
        if proposed is None or chosen is None:
            yield notice(_CHOOSE_FIRST)
            return
        if proposed.question_id is None:
            yield notice(_NO_RUBRIC)
            return
        item = proposed.followups[chosen - 1]
        library = self.service.library
        yield busy("Reading your answer.")
        try:
            tried = await library.try_follow_up(proposed.question_id, item.text, item.targets, reply or "")
            yield outcome(
                tried,
                dict(zip(item.targets, library.criteria(proposed.question_id, item.targets), strict=True)),
            )
        except MockroundError as error:
            yield notice(str(error))

    def page_of(self, found: FollowUps, question_id: str | None) -> str:
        """The follow-ups as HTML, in their order."""
        note = notice(found.note) if found.note else ""
        if not found.followups:
            return note or notice(
                "No follow-up was good enough to be asked; say more in your answer, and try again."
            )
        items = "".join(
            self._follow_up(place, item, question_id) for place, item in enumerate(found.followups, 1)
        )
        return f'<div class="mr-report">{note}{items}</div>'

    def _follow_up(self, place: int, item: FollowUpProposal, question_id: str | None) -> str:
        library = self.service.library
        facts = ["fresh, by the model" if item.origin == "model" else "from the bank", f"level {item.level}"]
        if item.category is not None:
            facts.append(f"crosses into {self._categories.get(item.category, item.category)}")
        targets = library.criteria(question_id, item.targets) if question_id is not None else ()
        aim = (
            "".join(f"<li>{escape(text)}</li>" for text in targets)
            or "<li>Nothing of the rubric: it goes beyond the question.</li>"
        )
        grounds = passage_cards(library.passages(item.grounds), unfolded=False)
        stands = (
            f'<details><summary class="mr-soft">What it stands on</summary>{grounds}</details>'
            if grounds
            else ""
        )
        return (
            f'<div class="mr-card mr-follow-up"><p><b>{place}. {formulas_html(item.text)}</b></p>'
            f'<p class="mr-soft">{escape(" · ".join(facts))}</p>'
            f'<details><summary class="mr-soft">What it aims at (gives part of the answer away)</summary>'
            f"<ul>{aim}</ul></details>{stands}</div>"
        )


def outcome(tried: TriedFollowUp, targets: dict[str, str]) -> str:
    """What an answer to a follow-up showed, as HTML. `targets` is criterion id -> its text."""
    judged = tried.assessment
    if judged.score is None:
        return notice(judged.unscored_reason or "This answer could not be scored.")
    rows = "".join(
        f'<div class="mr-crit"><span class="mr-v mr-v-{item.verdict.value}">{VERDICT_WORDS[item.verdict]}</span>'
        f"<div>{escape(targets[item.id])}"
        f"{f'<div class=mr-quote>“{escape(item.evidence[0].text)}”</div>' if item.evidence else ''}</div></div>"
        for item in judged.criteria
        if item.id in targets
    )
    return (
        f'<div class="mr-card mr-report" role="status"><p>{formulas_html(tried.feedback)}</p>'
        f"<p><b>What it aimed at</b></p>{rows}</div>"
    )


def voice_line(service: InterviewService) -> str:
    """Who words the follow-ups, in plain words."""
    name, trust = service.library.follow_up_model, service.model.trust
    if name is None:
        said = f"{_BANK_SPEAKS} {trust}".strip()
    else:
        said = f"{name} words fresh follow-ups; each is checked before it is shown, and the ladder fills in. {trust}".strip()
    return f'<p class="{"mr-notice" if name is None else "mr-soft"}">{escape(said)}</p>'


def build_followup_tab(service: InterviewService) -> FollowUpTab:
    """The tab inside the current Gradio context."""
    return FollowUpTab(service)
