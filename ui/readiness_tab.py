"""Readiness: rate yourself, be probed by one question an area, and get a plan to the interview's date."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import date
from html import escape
from typing import Any

import gradio as gr

from interviewer.errors import MockroundError
from interviewer.practice import NamedRound
from interviewer.readiness import CLAIMS, Area, PlanDay, Readiness
from interviewer.service import InterviewService
from ui.begin import begin_named
from ui.charts import radar_chart
from ui.choices import category_choices, level_dropdown
from ui.events import QUIET, Changes, notice
from ui.interview_tab import InterviewTab
from ui.render import band_badge
from ui.visitor import owner_of
from ui.words import counted, day_month, weekday

_ALL = ""
_HOW = (
    "<p>Say how you stand in each area, as an interviewer at your level would put it today. One question each then shows "
    "what holds. Nobody sees your ratings but you.</p>"
)
_CONFIRM_FORGET = (
    "() => confirm('Clear the date of your interview, the level and your ratings?') ? 'yes' : ''"
)
_RATINGS = "How you rate yourself"
_NO_PLAN = (
    '<h2>Your plan</h2><p class="mr-soft">Give the date of your interview above, and you get a plan: which area on which '
    "day, weakest and weightiest first, made anew from what you show.</p>"
)
_PASSED = (
    '<h2>Your plan</h2><p class="mr-soft">The date of your interview has passed. If there is a next one, give its '
    "date.</p>"
)


class ReadinessTab:
    """The tab's components; `connect` adds the events that need the other tabs."""

    def __init__(self, service: InterviewService) -> None:
        """Build the components inside the current Gradio context."""
        self.service = service
        gr.HTML(_HOW, padding=False)
        with gr.Row():
            self.date = gr.DateTime(
                label="Interview on (year-month-day)",
                include_time=False,
                type="string",
                min_width=240,
                elem_id="mr-ready-date",
            )
            self.level = level_dropdown(service, "mr-ready-level", label="For the level", min_width=240)
        # The date that the page was last filled with: a change to that is none of the candidate's.
        self.filled = gr.Textbox(visible="hidden")
        self.note = gr.HTML("", elem_id="mr-ready-note", padding=False)
        self.areas = [value for _, value in category_choices(service)]
        claims = [(word, place) for place, word in enumerate(CLAIMS)]
        with gr.Accordion(_RATINGS, open=True, elem_id="mr-ready-ratings") as self.rated:
            self.ratings = [
                gr.Radio(claims, label=title, elem_id=f"mr-rate-{value}", elem_classes="mr-rate")
                for title, value in category_choices(service)
            ]
        with gr.Row(elem_id="mr-ready-probe-row"):
            self.which = gr.Dropdown(
                self._which(()),
                value=_ALL,
                label="Probe, one question each",
                filterable=False,
                scale=2,
                min_width=240,
                elem_id="mr-ready-which",
            )
            self.probe = gr.Button("Probe", variant="primary", min_width=160, elem_id="mr-ready-probe")
        self.page = gr.HTML("", elem_id="mr-readiness", padding=False)
        self.sure = gr.Textbox(visible="hidden")
        self.forget = gr.Button("Clear date and ratings", size="sm", elem_id="mr-ready-forget")

    @property
    def outputs(self) -> list[Any]:
        """What `show` changes."""
        return [
            self.date,
            self.filled,
            self.level,
            self.note,
            self.rated,
            *self.ratings,
            self.which,
            self.page,
        ]

    def connect(self, tab: gr.Tab, session_id: gr.Textbox, interview: InterviewTab) -> None:
        """Add the events."""

        async def probe(area: str, current: str, request: gr.Request) -> AsyncIterator[Changes]:
            async def find() -> NamedRound:
                return await self.service.preparation.probe(owner_of(self.service), [area] if area else [])

            async for out in begin_named(find, self.probe, self.note, interview, request, current):
                yield out

        told = [self.note, self.which, self.page]
        looking = tab.select(self.look, None, self.outputs, **QUIET)
        self.date.change(self._set_date, [self.date, self.filled], [self.filled, *told], **QUIET)
        self.level.input(self._set_level, self.level, told, **QUIET)
        for area, rating in zip(self.areas, self.ratings, strict=True):
            rating.input(self._rater(area), rating, told, **QUIET)
        # A look that is still under way would put back what is cleared.
        self.forget.click(
            self._forget, self.sure, self.outputs, js=_CONFIRM_FORGET, cancels=[looking], **QUIET
        )
        self.probe.click(
            probe,
            [self.which, session_id],
            [self.probe, self.note, interview.tabs, *interview.outputs],
            cancels=interview.playing,
            **QUIET,
        )

    async def look(self) -> Changes:
        """Everything as it stands."""
        try:
            found = await self.service.preparation.readiness(owner_of(self.service))
        except MockroundError as error:
            return {self.note: notice(str(error))}
        claimed = {area.id: area.claimed for area in found.areas}
        on = None if found.interview_on is None else found.interview_on.isoformat()
        return {
            self.date: on,
            self.filled: on or "",
            self.level: found.level,
            # Once everything is rated, what came of it is what one comes for.
            self.rated: gr.Accordion(open=None in claimed.values()),
            **{
                rating: gr.Radio(value=claimed[area])
                for area, rating in zip(self.areas, self.ratings, strict=True)
            },
            **self._told(found, ""),
        }

    async def _set_date(self, given: str | None, filled: str) -> Changes:
        if (given or "") == filled:
            return {self.note: gr.skip()}
        try:
            on = date.fromisoformat(given) if given else None
        except ValueError:
            return {self.note: notice("Write the date as year-month-day, such as 2026-12-01.")}
        try:
            found = await self.service.preparation.change(owner_of(self.service), interview_on=on)
        except MockroundError as error:
            return {self.note: notice(str(error))}
        return {self.filled: given or "", **self._told(found)}

    async def _set_level(self, level: str) -> Changes:
        try:
            return self._told(await self.service.preparation.change(owner_of(self.service), level=level))
        except MockroundError as error:
            return {self.note: notice(str(error))}

    def _rater(self, area: str) -> Any:
        async def rate(claim: int | None) -> Changes:
            try:
                return self._told(
                    await self.service.preparation.change(owner_of(self.service), ratings={area: claim})
                )
            except MockroundError as error:
                return {self.note: notice(str(error))}

        return rate

    async def _forget(self, sure: str) -> Changes:
        if not sure:
            return {self.note: gr.skip()}
        try:
            await self.service.preparation.forget(owner_of(self.service))
        except MockroundError as error:
            return {self.note: notice(str(error))}
        return {
            **await self.look(),
            self.note: '<p class="mr-soft" role="status">Date and ratings were cleared.</p>',
        }

    def _told(self, found: Readiness, said: str = '<p class="mr-soft" role="status">Saved.</p>') -> Changes:
        return {
            self.note: said,
            self.which: gr.Dropdown(choices=self._which(found.areas)),
            self.page: readiness_page(found),
        }

    def _which(self, areas: Sequence[Area]) -> list[tuple[str, str]]:
        left = sum(area.last is None for area in areas) if areas else len(self.areas)
        everything = (
            f"Every area not asked yet ({left})" if left else "Every area was asked; choose one to ask again"
        )
        return [(everything, _ALL), *category_choices(self.service)]


def build_readiness_tab(service: InterviewService) -> ReadinessTab:
    """The tab inside the current Gradio context."""
    return ReadinessTab(service)


def readiness_page(found: Readiness) -> str:
    """Claimed against shown, and the plan, as HTML."""
    legend = (
        '<p class="mr-legend"><span class="mr-key mr-key-claimed" aria-hidden="true"></span>you say '
        '<span class="mr-key mr-key-shown" aria-hidden="true"></span>you showed '
        '<span class="mr-soft">from the middle, not yet, to the rim, strong</span></p>'
    )
    radar = radar_chart(found.areas)
    chart = f'<figure class="mr-ready-radar">{legend}{radar}</figure>' if radar else ""
    return f'<div class="mr-report mr-ready"><div>{chart}</div><div>{_table(found.areas)}</div></div>{_plan(found)}'


def _table(areas: Sequence[Area]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(area.title)}{_facts(area)}</th>'
        f"<td>{'–' if area.claimed is None else CLAIMS[area.claimed]}</td><td>{_shown(area)}</td></tr>"
        for area in areas
    )
    return (
        '<table class="mr-table"><thead><tr><th scope="col">Area</th><th scope="col">You say</th>'
        f'<th scope="col">You showed</th></tr></thead><tbody>{rows}</tbody></table>'
    )


def _shown(area: Area) -> str:
    return (
        '<span class="mr-soft">not asked yet</span>' if area.shown is None else band_badge(round(area.shown))
    )


def _facts(area: Area) -> str:
    if area.shown is None:
        return ""
    facts = ", ".join(filter(None, (counted(area.answers, "question"), _difference(area))))
    return f'<br><span class="mr-soft">{facts}</span>'


def _difference(area: Area) -> str:
    """In words, and only where it is larger than what is not sure."""
    if area.claimed is None or area.shown is None:
        return ""
    gap = area.claimed - area.shown
    # Half a band is what rounding to the five words alone can make.
    if abs(gap) <= max(0.5, area.uncertainty or 0.0):
        return "about the same"
    return "you rate yourself higher" if gap > 0 else "you rate yourself lower"


def _plan(found: Readiness) -> str:
    if found.interview_on is None:
        return f'<div class="mr-report">{_NO_PLAN}</div>'
    if found.days_left is not None and found.days_left < 0:
        return f'<div class="mr-report">{_PASSED}</div>'
    if not found.plan:
        return '<div class="mr-report"><h2>Your interview is today</h2><p>Nothing more to plan. Good luck.</p></div>'
    rows = "".join(_day(day, found.today) for day in found.plan)
    beyond = found.plan[-1].day != found.interview_on and found.plan[-1].areas
    more = (
        '<p class="mr-soft">The plan goes on four weeks ahead of each day.</p>'
        if beyond
        else f'<p class="mr-soft">{weekday(found.interview_on)}: your interview.</p>'
    )
    return (
        f'<div class="mr-report"><h2>Your plan, {counted(found.days_left or 0, "day")} to go</h2>'
        '<p class="mr-soft">Weakest and weightiest first, with days in between, made anew from what you show. '
        "“Home” begins each day’s part with one click.</p>"
        '<table class="mr-table mr-plan"><thead><tr><th scope="col">Day</th><th scope="col">Area</th>'
        f'<th scope="col">Comes back</th></tr></thead><tbody>{rows}</tbody></table>{more}</div>'
    )


def _day(day: PlanDay, today: date) -> str:
    items = ", ".join(f"{escape(item.title)}{' (done)' if item.done else ''}" for item in day.areas)
    name = "Today" if day.day == today else f"{day.day:%a} {day_month(day.day)}"
    style = ' class="mr-today"' if day.day == today else ""
    cards = counted(day.cards, "point") if day.cards else ""
    return f'<tr{style}><th scope="row">{name}</th><td>{items or "What is due, your reports, and rest"}</td><td>{cards}</td></tr>'
