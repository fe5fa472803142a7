"""Home: what there is to do today, each with one click."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from html import escape
from typing import Any

import gradio as gr

from interviewer.errors import MockroundError
from interviewer.loops import LoopView
from interviewer.practice import NamedRound
from interviewer.preparation import OpenRound, PlannedRound, Practice, Today
from interviewer.progress import HABIT_DAYS
from interviewer.readiness import MAX_AREAS_A_DAY, PlanDay
from interviewer.service import InterviewService
from ui.begin import about, begin_named
from ui.charts import habit_dots
from ui.events import QUIET, Changes, notice
from ui.interview_tab import InterviewTab
from ui.loop_panel import LoopPanel, chosen_loop
from ui.visitor import owner_of, visitor_of
from ui.words import counted, place_of, weekday

_NEWCOMER = (
    "<h2>Start with one round</h2><p>One or two questions are enough to see where you stand. You answer in writing, are "
    "asked about what you said, and read which points you showed and which were missing.</p>"
    "<p>What was missing comes back here the next day, until you have it.</p>"
)
_LISTED_DAYS = 3


class HomeTab:
    """The tab's components; `connect` adds the events that need the other tabs."""

    def __init__(self, service: InterviewService, notes: Mapping[str, str]) -> None:
        """Build the components inside the current Gradio context; `notes` are the pack's as safe HTML."""
        self.service = service
        self.head = gr.HTML("", elem_id="mr-home-head", padding=False)
        self.note = gr.HTML("", elem_id="mr-home-note", padding=False)
        self.loop = LoopPanel(service, self.note, notes)
        with gr.Row(elem_id="mr-home-todo"):
            with gr.Column(visible=False, min_width=270, elem_classes="mr-todo") as self.open_card:
                self.open_text = gr.HTML("", padding=False)
                self.resume = gr.Button("Continue", variant="primary", elem_id="mr-home-continue")
            with gr.Column(visible=False, min_width=270, elem_classes="mr-todo") as self.due_card:
                self.due_text = gr.HTML("", padding=False, elem_id="mr-home-due")
                self.practise = gr.Button("Practise now", variant="primary", elem_id="mr-home-practise")
            with gr.Column(visible=False, min_width=270, elem_classes="mr-todo") as self.plan_card:
                self.plan_text = gr.HTML("", padding=False, elem_id="mr-home-plan")
                self.parts = [
                    gr.Button("", visible=False, variant="primary", elem_id=f"mr-home-part-{place}")
                    for place in range(MAX_AREAS_A_DAY)
                ]
            self.loop.build_card()
        with gr.Row(elem_id="mr-home-more"):
            self.start = gr.Button("Start a round", elem_id="mr-home-start", min_width=160)
            self.to_plan = gr.Button(
                "Plan to an interview date", visible=False, elem_id="mr-home-make-plan", min_width=160
            )
        self.loop.build()
        self.foot = gr.HTML("", elem_id="mr-home-foot", padding=False)

    @property
    def outputs(self) -> list[Any]:
        """What `look` changes."""
        return [
            self.head,
            self.note,
            self.open_card,
            self.open_text,
            self.due_card,
            self.due_text,
            self.practise,
            self.plan_card,
            self.plan_text,
            *self.parts,
            self.start,
            self.to_plan,
            self.foot,
            *self.loop.outputs,
        ]

    def connect(
        self, page: gr.Blocks, tab: gr.Tab, tabs: gr.Tabs, session_id: gr.Textbox, interview: InterviewTab
    ) -> None:
        """Add the events."""

        async def arrive(request: gr.Request) -> Changes:
            """Who has something to do begins here; a round that is open in this browser goes on where it is."""
            try:
                found, loops = await self._found()
                visitor = visitor_of(request)
                busy = (
                    visitor is not None
                    and await self.service.latest_open(visitor, owner_of(self.service)) is not None
                )
            except MockroundError as error:
                return {self.note: notice(str(error))}
            waits = found.anything or any(item.state != "decided" for item in loops)
            chosen = {tabs: gr.Tabs(selected="home")} if waits and not busy else {}
            return {**self.shown(found, loops), **chosen}

        async def resume(request: gr.Request) -> AsyncIterator[Changes]:
            try:
                found = (await self.service.preparation.today(owner_of(self.service))).open
            except MockroundError as error:
                yield {self.note: notice(str(error))}
                return
            if found is None:
                yield {self.note: notice("That round is over; its report is under “Past sessions”.")}
                return
            first: Changes = {tabs: gr.Tabs(selected="interview"), self.note: ""}
            async for out in interview.open(found.id, request):
                yield {**first, **out}
                first = {}

        async def practise(current: str, request: gr.Request) -> AsyncIterator[Changes]:
            async for out in begin_named(
                self._due_round, self.practise, self.note, interview, request, current
            ):
                yield out

        playing = [self.note, tabs, *interview.outputs]
        page.load(arrive, None, [tabs, *self.outputs], **QUIET)
        tab.select(self.look, None, self.outputs, **QUIET)
        self.resume.click(resume, None, playing, cancels=interview.playing, **QUIET)
        self.practise.click(
            practise, session_id, [self.practise, *playing], cancels=interview.playing, **QUIET
        )
        for place, button in enumerate(self.parts):
            begin = self._part(place, button, interview)
            button.click(begin, session_id, [button, *playing], cancels=interview.playing, **QUIET)
        self.start.click(lambda: gr.Tabs(selected="interview"), None, tabs, **QUIET)
        self.loop.connect(tabs, session_id, interview)
        form = interview.form

        async def begin_loop(level: str, background: str | None) -> Changes:
            try:
                await self.service.loops.begin(owner_of(self.service), level, background or "")
            except MockroundError as error:
                return {form.problem: notice(str(error))}
            return {**await self.look(), form.problem: "", tabs: gr.Tabs(selected="home")}

        form.loop.click(
            begin_loop, [form.level, form.background], [form.problem, tabs, *self.outputs], **QUIET
        )
        self.to_plan.click(lambda: gr.Tabs(selected="readiness"), None, tabs, **QUIET)

    async def look(self) -> Changes:
        """Today as it stands."""
        try:
            return self.shown(*await self._found())
        except MockroundError as error:
            return {self.note: notice(str(error))}

    async def _found(self) -> tuple[Today, tuple[LoopView, ...]]:
        today = await self.service.preparation.today(owner_of(self.service))
        return today, await self.service.loops.list(owner_of(self.service))

    def shown(self, found: Today, loops: Sequence[LoopView] = ()) -> Changes:
        """What the tab shows of a day and of the loops that were begun."""
        practice = found.practice
        loop = chosen_loop(loops)
        waits = loop is not None and loop.state != "decided"
        # The loop's card continues its open stage itself.
        left = None if loop is not None and found.open and found.open.id == loop.open_session else found.open
        parts = _open_parts(found)
        planned = found.days_left is not None and found.days_left >= 0
        return {
            **self.loop.shown(loops),
            self.head: _head(found, waits),
            self.note: "",
            self.open_card: gr.Column(visible=left is not None),
            self.open_text: "" if left is None else _left(left),
            self.due_card: gr.Column(visible=practice.round is not None),
            self.due_text: _due(practice),
            self.practise: gr.Button(interactive=True),
            self.plan_card: gr.Column(visible=planned),
            self.plan_text: _plan(found) if planned else "",
            **{
                button: _part_button(parts[place] if place < len(parts) else None)
                for place, button in enumerate(self.parts)
            },
            self.start: gr.Button(
                "Start your first round" if found.newcomer else "Start another round",
                variant="primary" if found.newcomer and not waits else "secondary",
            ),
            self.to_plan: gr.Button(visible=not planned),
            self.foot: _foot(found),
        }

    async def _due_round(self) -> NamedRound | None:
        return (await self.service.preparation.practice(owner_of(self.service))).round

    def _part(self, place: int, button: gr.Button, interview: InterviewTab) -> Any:
        async def wanted() -> NamedRound | None:
            found = await self.service.preparation.today(owner_of(self.service))
            parts = _open_parts(found)
            return parts[place].round if place < len(parts) else None

        async def begin(current: str, request: gr.Request) -> AsyncIterator[Changes]:
            async for out in begin_named(wanted, button, self.note, interview, request, current):
                yield out

        return begin


def build_home_tab(service: InterviewService, notes: Mapping[str, str]) -> HomeTab:
    """The tab inside the current Gradio context."""
    return HomeTab(service, notes)


def _open_parts(found: Today) -> list[PlannedRound]:
    """The parts of today's plan that can be begun, in its order."""
    return [item for item in found.planned if not item.done and item.round is not None]


def _head(found: Today, loop_waits: bool) -> str:
    date = f'<p class="mr-soft">{weekday(found.today)}{_countdown(found)}</p>'
    if found.newcomer and not loop_waits:
        return f"{date}{_NEWCOMER}"
    if found.anything or loop_waits:
        return f"{date}<h2>Today</h2>"
    coming = ""
    if found.practice.next_day is not None:
        points = counted(found.practice.next_count, "open point")
        coming = f" {points} {'comes' if found.practice.next_count == 1 else 'come'} back on {weekday(found.practice.next_day)}."
    return f"{date}<h2>Nothing waits for you today</h2><p>{coming.strip() or 'Nothing was weak so far.'}</p>"


def _countdown(found: Today) -> str:
    match found.days_left:
        case None:
            return ""
        case 0:
            return " · your interview is today"
        case 1:
            return " · your interview is tomorrow"
        case days if days > 0:
            return f" · {days} days to your interview"
        case _:
            return ""


def _left(item: OpenRound) -> str:
    when = {0: "today", 1: "yesterday"}.get(item.days_ago, f"{item.days_ago} days ago")
    if not item.question_number:
        place = "not begun"
    elif item.paper:
        place = f"{item.question_number} of {counted(item.questions, 'item')} looked at"
    else:
        place = f"question {place_of(item.question_number, item.questions)}"
    more = f" {item.others} more under “Past sessions”." if item.others else ""
    return (
        f"<h3>Your open round</h3><p>{escape(item.title)}: {place}.</p>"
        f'<p class="mr-soft">Last used {when}.{more}</p>'
    )


def _due(practice: Practice) -> str:
    if practice.round is None:
        return ""
    names = {item.id: item for item in practice.questions}
    first = "".join(
        f'<li>{escape(names[name].title)} <span class="mr-soft">({counted(names[name].points, "open point")})</span></li>'
        for name in practice.round.question_ids
    )
    points = sum(names[name].points for name in practice.round.question_ids)
    rest = len(practice.questions) - len(practice.round.question_ids)
    more = f" {counted(rest, 'question')} more after that." if rest else ""
    return (
        f"<h3>{counted(len(practice.round.question_ids), 'question')} to answer again</h3>"
        f"<p>{counted(points, 'thing')} a good answer says {'was' if points == 1 else 'were'} missing from yours, or only half there.</p>"
        f'<ul>{first}</ul><p class="mr-soft">{about(practice.round)}.{more}</p>'
    )


def _plan(found: Today) -> str:
    if found.days_left == 0:
        return "<h3>Today is the day</h3><p>You have prepared for this. Take your time, and think aloud.</p>"
    if found.planned and all(item.done for item in found.planned):
        titles = escape(" and ".join(item.title for item in found.planned))
        return f"<h3>Your plan for today</h3><p>Done: {titles}.</p>{_ahead(found.ahead)}"
    if not found.planned:
        return (
            "<h3>The day before</h3><p>Nothing new today. Read your last reports once, and rest: it does more for "
            "tomorrow than another round.</p>"
        )
    items = "".join(f"<li>{_planned(item)}</li>" for item in found.planned)
    return f"<h3>Your plan for today</h3><ul>{items}</ul>{_ahead(found.ahead)}"


def _planned(item: PlannedRound) -> str:
    if item.done:
        return f'{escape(item.title)} <span class="mr-soft">(done)</span>'
    length = "" if item.round is None else f' <span class="mr-soft">({about(item.round)})</span>'
    return f"{escape(item.title)}{length}"


def _ahead(days: tuple[PlanDay, ...]) -> str:
    listed = [f"{day.day:%a}: {escape(day.areas[0].title)}" for day in days[:_LISTED_DAYS] if day.areas]
    return f'<p class="mr-soft">{" · ".join(listed)}</p>' if listed else ""


def _part_button(item: PlannedRound | None) -> gr.Button:
    if item is None:
        return gr.Button(visible=False)
    return gr.Button(f"Begin: {item.title}", visible=True, interactive=True)


def _foot(found: Today) -> str:
    if not found.practised:
        return ""
    return (
        f'<div class="mr-habit-line">{habit_dots(found.practised, found.today)}'
        f"<p>Practised on {counted(len(found.practised), 'day')} of the last {HABIT_DAYS}.</p></div>"
    )
