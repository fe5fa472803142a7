"""Coding problems: read one, write its function, run it on the examples or on all tests, and see what came of it.

What is written stays in the browser (`code.js`): it is sent here to be run, and not stored.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from html import escape
from typing import Any

import gradio as gr

from interviewer.errors import MockroundError, UnknownThing
from interviewer.modes import Mode
from interviewer.sandbox.results import CodeResult, ProblemCard, ProblemView
from interviewer.service import InterviewService, StartRequest
from interviewer.views import SessionView, Spoken
from ui.begin import PREPARING_QUESTION, begin
from ui.choices import ANY, Choices, counted_topics, level_dropdown, with_any
from ui.code_results import (
    KINDS,
    after_card,
    code_results,
    growth_card,
    problem_card,
    running_line,
    stopwatch,
)
from ui.events import QUIET, Changes, busy, notice
from ui.interview_tab import InterviewTab
from ui.visitor import owner_of

_NONE = '<p class="mr-soft">This pack has no coding problems; docs/packs.md says how to add some.</p>'
_KEYS = (
    '<p class="mr-soft">Tab indents; Esc, then Tab leaves the editor. Ctrl+Enter runs the examples. '
    "What you write is kept in this browser.</p>"
)
_EXAMPLES = "Running the examples."
_TESTS = "Running all tests. A test that takes too long is stopped."
_GROWTH = "Measuring how the time grows with the input; this takes some seconds."
_KEPT = (
    '<p class="mr-soft">This submission is kept with the open question of your interview, and its report shows it. '
    "Go back to the interview and explain it: that is what is scored.</p>"
)


_TESTS_OF_REAL = "Handing in; the report tells how its tests came out."
_KEPT_ITEM = (
    '<p class="mr-kept" role="status">Kept as your answer to item {number}. You can submit again until you hand in; the '
    "other items are in the Interview tab.</p>"
)
_TIME_LEFT = '<p class="mr-round-time" hidden>Time left for the whole: <b class="mr-clock-copy"></b></p>'


class CodeTab:
    """The tab's components; `connect` adds their events."""

    def __init__(self, service: InterviewService, tabs: gr.Tabs) -> None:
        """Build the components inside the current Gradio context."""
        self.service = service
        self.tabs = tabs
        self._problems = service.code.problems()
        # What stands in the editor: the choice may already be another one.
        self.open = gr.Textbox(visible="hidden", elem_id="mr-code-open")
        # The browser's memory, on its way here.
        self.last, self.draft = gr.Textbox(visible="hidden"), gr.Textbox(visible="hidden")
        with gr.Row(visible=bool(self._problems)):
            self.kind = _dropdown("Kind", with_any("Any", self._kinds()), "mr-code-kind")
            self.level = _dropdown("Level", with_any("Any", self._levels()), "mr-code-level")
            self.topic = _dropdown(
                "Topic (type it)", with_any("Any", self._topics(ANY)), "mr-code-topic", True
            )
            self.problem = gr.Dropdown(
                self._choices(self._problems),
                value=None,
                label=_count(len(self._problems)),
                min_width=260,
                scale=3,
                elem_id="mr-code-problem",
            )
        self.note = gr.HTML("" if self._problems else _NONE, elem_id="mr-code-note", padding=False)
        with gr.Row(visible=bool(self._problems), elem_id="mr-code-panes"):
            with gr.Column(scale=2, min_width=300):
                self.card = gr.HTML("", elem_id="mr-code-card", padding=False)
            with gr.Column(scale=3, min_width=300):
                gr.HTML(_TIME_LEFT, padding=False)
                self.watch = gr.HTML("", elem_id="mr-code-watch", padding=False)
                self.editor = gr.Code(
                    language="python",
                    lines=16,
                    max_lines=30,
                    label="Your solution",
                    interactive=True,
                    buttons=["copy"],
                    elem_id="mr-code-editor",
                )
                gr.HTML(_KEYS, padding=False)
                with gr.Row(elem_id="mr-code-buttons"):
                    self.run = gr.Button(
                        "Run the examples", interactive=False, min_width=140, elem_id="mr-code-run"
                    )
                    self.submit = gr.Button(
                        "Submit",
                        variant="primary",
                        interactive=False,
                        min_width=100,
                        elem_id="mr-code-submit",
                    )
                    self.reset = gr.Button("Start over", min_width=100, elem_id="mr-code-reset")
                self.running = gr.HTML("", elem_id="mr-code-running", padding=False)
                self.results = gr.HTML("", elem_id="mr-code-results", padding=False)
                self.growth = gr.HTML("", elem_id="mr-code-growth", padding=False)
                self.after = gr.HTML("", elem_id="mr-code-after", padding=False)
                with gr.Row(visible=False, elem_id="mr-code-practise-row") as self.practise_row:
                    self.own_level = level_dropdown(
                        service, "mr-code-own-level", label="Judged at level", min_width=200, scale=2
                    )
                    self.practise = gr.Button(
                        "Talk it through in an interview", min_width=200, elem_id="mr-code-practise"
                    )

    @property
    def shown(self) -> list[Any]:
        """What `look` changes."""
        return [self.open, self.problem, self.card, self.watch, self.editor, self.running, *self.ran]

    @property
    def ran(self) -> list[Any]:
        """What a run changes."""
        return [
            self.note,
            self.run,
            self.submit,
            self.results,
            self.growth,
            self.after,
            self.practise_row,
            self.practise,
        ]

    def connect(self, tab: gr.Tab, session_id: gr.Textbox, interview: InterviewTab) -> None:
        """Add the events."""
        if not self._problems:
            return
        filters = [self.kind, self.level, self.topic, self.open]
        code = [self.open, self.editor]
        submitted = [*code, session_id]
        submit = self.submit.click(self._submit, submitted, self.ran, **QUIET)
        # What the interviewer said to it stands in the chat, too.
        submit.then(interview.catch_up, session_id, interview.outputs, **QUIET)
        runs: list[dict[str, Any]] = [self.run.click(self._run_examples, code, self.ran, **QUIET), submit]
        tab.select(
            self.arrive,
            [self.open, self.last, self.draft],
            self.shown,
            js="(open) => window.mockroundCode.arrive(open)",
            **QUIET,
        )
        self.problem.input(
            self.look,
            [self.problem, self.draft],
            self.shown,
            js="(id) => window.mockroundCode.choose(id)",
            cancels=runs,
            **QUIET,
        )
        self.kind.input(self._follow_kind, [self.kind, self.topic], self.topic, **QUIET).then(
            self.narrow, filters, self.problem, **QUIET
        )
        gr.on([self.level.input, self.topic.input], self.narrow, filters, self.problem, **QUIET)
        self.editor.input(
            None, code, None, js="(id, code) => { window.mockroundCode.keep(id, code); }", **QUIET
        )
        self.reset.click(
            self._start_over,
            self.open,
            self.editor,
            js="(id) => window.mockroundCode.startOver(id)",
            **QUIET,
        )
        interview.to_editor.click(
            self._come_from,
            [interview.problem, self.draft, self.open],
            [self.tabs, *self.shown],
            js="(id, _, open) => [...window.mockroundCode.choose(id), open]",
            cancels=runs,
            **QUIET,
        )
        self._connect_practise(session_id, interview)

    def _connect_practise(self, session_id: gr.Textbox, interview: InterviewTab) -> None:
        async def practise(
            problem_id: str, level: str, current: str, request: gr.Request
        ) -> AsyncIterator[Changes]:
            async def find() -> StartRequest | None:
                question_id = self.service.after_solving(problem_id).question_id
                return StartRequest(None, level, question_ids=(question_id,)) if question_id else None

            async for out in begin(
                find, self.practise, self.note, interview, request, current, PREPARING_QUESTION
            ):
                yield out

        self.practise.click(
            practise,
            [self.open, self.own_level, session_id],
            [self.practise, self.note, self.tabs, *interview.outputs],
            cancels=interview.playing,
            **QUIET,
        )

    async def arrive(self, open_id: str | None, last: str | None, draft: str | None) -> Changes:
        """The tab is looked at: what is open stays; otherwise the last problem of this browser, or the first one."""
        if open_id:
            return {self.note: gr.skip()}
        known = {card.id for card in self._problems}
        return await (self.look(last, draft) if last in known else self.look(self._problems[0].id, None))

    async def look(self, problem_id: str | None, draft: str | None) -> Changes:
        """A problem, with the code that was written for it before, or its starter."""
        if not problem_id:
            return {self.note: gr.skip()}
        try:
            view = await self.service.code.problem(problem_id)
        except MockroundError as error:
            return {self.note: notice(str(error))}
        return {
            self.open: view.id,
            self.problem: view.id,
            self.card: problem_card(view),
            self.watch: stopwatch(view.id, view.minutes),
            self.editor: draft if draft and draft.strip() else view.starter,
            self.running: running_line(view),
            **self._cleared(),
            **self._buttons(view.runs),
        }

    async def _come_from(self, problem_id: str, draft: str | None, open_id: str | None) -> Changes:
        """The open question's problem in this tab; what is written on it already stays as it stands."""
        shown = {} if problem_id == open_id else await self.look(problem_id, draft)
        return {**shown, self.tabs: gr.Tabs(selected="coding")}

    async def _run_examples(self, problem_id: str, code: str | None) -> AsyncIterator[Changes]:
        async for changes in self.execute(problem_id, code, examples_only=True):
            yield changes

    async def _submit(
        self, problem_id: str, code: str | None, session_id: str = ""
    ) -> AsyncIterator[Changes]:
        async for changes in self.execute(problem_id, code, examples_only=False, session_id=session_id):
            yield changes

    async def execute(
        self, problem_id: str, code: str | None, *, examples_only: bool, session_id: str = ""
    ) -> AsyncIterator[Changes]:
        """Run what was written and show what came of it; how a solution grows is measured once it is right.

        A submission is kept with the session if the session's open question asks the problem.
        """
        view = None if examples_only else await self._paper_of(session_id, problem_id)
        if view is not None:
            async for changes in self._submit_item(view, problem_id, code or ""):
                yield changes
            return
        waiting = busy(_EXAMPLES if examples_only else _TESTS)
        yield {**self._cleared(), **self._buttons(False), self.results: waiting}
        try:
            result = await self.service.code.run(problem_id, code or "", examples_only)
        except MockroundError as error:
            yield {**self._buttons(True), self.results: notice(str(error))}
            return
        kept = "" if examples_only else await self._keep(session_id, code or "", result)
        shown: Changes = {self.results: code_results(result) + kept}
        if examples_only or not result.passed:
            yield {**self._buttons(True), **shown}
            return
        after = self.service.after_solving(problem_id)
        yield {
            **shown,
            self.growth: busy(_GROWTH),
            self.after: after_card(after),
            self.practise_row: gr.Row(visible=after.question_id is not None),
        }
        yield {**self._buttons(True), self.growth: await self._grown(problem_id, code or "", session_id)}

    async def _paper_of(self, session_id: str, problem_id: str) -> SessionView | None:
        """The paper that is worked on and has the problem as an item that was looked at; None where none does."""
        try:
            view = await self.service.view(session_id, owner_of(self.service)) if session_id else None
        except MockroundError:
            return None
        asks = view is not None and any(item.problem == problem_id and item.looked_at for item in view.items)
        return view if asks and view is not None and not view.finished else None

    async def _submit_item(self, view: SessionView, problem_id: str, code: str) -> AsyncIterator[Changes]:
        """Submit to an item of a paper: its results are shown at once in practice, at the end where it is real."""
        item = next(item.number for item in view.items if item.problem == problem_id)
        real = view.mode is Mode.REAL
        yield {
            **self._cleared(),
            **self._buttons(False),
            self.results: busy(_TESTS_OF_REAL if real else _TESTS),
        }
        try:
            result, updates = await self.service.papers.submit(view.id, owner_of(self.service), code, item)
            said = _quoted([update.line.text async for update in updates if isinstance(update, Spoken)])
        except MockroundError as error:
            yield {**self._buttons(True), self.results: notice(str(error))}
            return
        shown = "" if result is None or real else code_results(result) + said
        yield {**self._buttons(True), self.results: shown + _KEPT_ITEM.format(number=item)}

    async def _grown(self, problem_id: str, code: str, session_id: str) -> str:
        """How the time of a right solution grows, kept with the interview that it was submitted to."""
        try:
            growth = await self.service.code.growth(problem_id, code)
        except MockroundError as error:
            return notice(f"How the time grows could not be measured: {error}")
        try:
            if session_id:
                await self.service.keep_growth(session_id, owner_of(self.service), code, growth)
        except MockroundError as error:
            return growth_card(growth) + notice(f"This could not be kept with your interview: {error}")
        return growth_card(growth)

    async def _keep(self, session_id: str, code: str, result: CodeResult) -> str:
        """What the interviewer says to a submission; empty where the open question did not ask for it."""
        if not session_id:
            return ""
        try:
            updates = await self.service.keep_submission(session_id, owner_of(self.service), code, result)
            if updates is None:
                return ""
            said = [item.line.text async for item in updates if isinstance(item, Spoken)]
        except MockroundError as error:
            return notice(f"This submission could not be kept with your interview: {error}")
        return _quoted(said) + _KEPT

    async def _start_over(self, problem_id: str) -> Any:
        if not problem_id:
            return gr.skip()
        try:
            view: ProblemView = await self.service.code.problem(problem_id)
        except UnknownThing:
            return gr.skip()
        return view.starter

    def narrow(self, kind: str, level: str, topic: str, open_id: str | None) -> Any:
        """The choice of problems behind the filters; what is open stays open."""
        found = [
            card
            for card in self._problems
            if kind in (ANY, card.kind)
            and level in (ANY, card.level)
            and (topic == ANY or topic in card.topics)
        ]
        kept = open_id if open_id in {card.id for card in found} else None
        return gr.Dropdown(choices=self._choices(found), value=kept, label=_count(len(found)))

    def _follow_kind(self, kind: str, topic: str) -> Any:
        choices = self._topics(kind)
        kept = topic if topic in {value for _, value in choices} else ANY
        return gr.Dropdown(choices=with_any("Any", choices), value=kept)

    def _cleared(self) -> Changes:
        return {
            self.note: "",
            self.results: "",
            self.growth: "",
            self.after: "",
            self.practise_row: gr.Row(visible=False),
        }

    def _buttons(self, interactive: bool) -> Changes:
        return {
            self.run: gr.Button(interactive=interactive),
            self.submit: gr.Button(interactive=interactive),
        }

    def _kinds(self) -> Choices:
        present = {card.kind for card in self._problems}
        return [(title, kind) for kind, title in KINDS.items() if kind in present]

    def _levels(self) -> Choices:
        present = {card.level for card in self._problems}
        return [(level, level) for level in sorted(present)]

    def _topics(self, kind: str) -> Choices:
        return counted_topics(card for card in self._problems if kind in (ANY, card.kind))

    @staticmethod
    def _choices(cards: tuple[ProblemCard, ...] | list[ProblemCard]) -> Choices:
        return [(f"{card.title} ({card.level}, {card.minutes} min)", card.id) for card in cards]


def _quoted(said: Sequence[str]) -> str:
    """What the interviewer says to a submission."""
    return "".join(f'<p class="mr-reaction"><b>Your interviewer:</b> {escape(text)}</p>' for text in said)


def _count(number: int) -> str:
    return (
        "Problem (none is like that; loosen a filter)" if not number else f"Problem ({number} to choose from)"
    )


def _dropdown(label: str, choices: Choices, elem_id: str, filterable: bool = False) -> gr.Dropdown:
    return gr.Dropdown(choices, value=ANY, label=label, filterable=filterable, min_width=110, elem_id=elem_id)


def build_code_tab(service: InterviewService, tabs: gr.Tabs) -> CodeTab:
    """The tab inside the current Gradio context."""
    return CodeTab(service, tabs)
