"""Progress: areas, dimensions and topics over time, as charts with the figures beside them."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import gradio as gr

from interviewer.errors import MockroundError
from interviewer.progress import HABIT_DAYS, LATEST, Course, Measure, Progress
from interviewer.report import BAND_NAMES
from interviewer.service import InterviewService
from rubrics import DEFAULT_BANDS
from ui.charts import course_chart, habit_dots
from ui.events import QUIET, notice
from ui.render import band_badge
from ui.visitor import owner_of
from ui.words import counted, day_month

_EMPTY = (
    "<h2>Nothing to show yet</h2><p>Play a round under “Interview” and answer at least one question. From then on you see "
    "here how every area, dimension and topic goes, and how sure that is.</p>"
)
_HOW = (
    f'<p class="mr-soft">The badge is where you stand now: the latest {LATEST} questions. A dot is a day, the line through it '
    "the range in which the score lies with a chance of four in five. A change is named only where the ranges do not "
    "overlap.</p>"
)
_VIEWS = [("Areas", "areas"), ("Dimensions", "dimensions"), ("Topics", "topics")]
_TOPICS_SHOWN = 15


class ProgressTab:
    """The tab's components; `connect` adds their events."""

    def __init__(self, service: InterviewService) -> None:
        """Build the components inside the current Gradio context."""
        self.service = service
        self.bounds = service.role.pack.info.bands or DEFAULT_BANDS
        self.view = gr.Radio(_VIEWS, value="areas", label="Look at", elem_id="mr-progress-view")
        self.page = gr.HTML("", elem_id="mr-progress", padding=False)

    def connect(self, tab: gr.Tab) -> None:
        """Add the events."""
        tab.select(self.show, self.view, self.page, **QUIET)
        self.view.input(self.show, self.view, self.page, **QUIET)

    async def show(self, view: str) -> str:
        """The chosen view as it stands now."""
        try:
            found = await self.service.preparation.progress(owner_of(self.service))
        except MockroundError as error:
            return notice(str(error))
        return progress_page(found, view, self.bounds)


def build_progress_tab(service: InterviewService) -> ProgressTab:
    """The tab inside the current Gradio context."""
    return ProgressTab(service)


def progress_page(found: Progress, view: str, bounds: tuple[float, float, float, float]) -> str:
    """A view on the progress as HTML; `view` is areas, dimensions or topics."""
    if not found.answers:
        return f'<div class="mr-report">{_EMPTY}{_unscored(found)}</div>'
    if view == "topics":
        body = _topics(found.topics)
    else:
        courses = found.dimensions if view == "dimensions" else found.areas
        body = f'{_HOW}<div class="mr-courses">{"".join(_course(item, bounds) for item in courses)}</div>'
    return f'<div class="mr-report">{_summary(found)}{body}</div>'


def _summary(found: Progress) -> str:
    return (
        f'<div class="mr-habit-line">{habit_dots(found.practised, found.today)}'
        f"<p>Practised on {counted(len(found.practised), 'day')} of the last {HABIT_DAYS}; "
        f"{counted(found.answers, 'question')} scored in all.</p></div>{_unscored(found)}"
    )


def _unscored(found: Progress) -> str:
    if not found.unscored:
        return ""
    return (
        f'<p class="mr-soft">{counted(found.unscored, "question")} could not be scored so far and '
        f"{'counts' if found.unscored == 1 else 'count'} for nothing here; the report says why.</p>"
    )


def _course(course: Course, bounds: tuple[float, float, float, float]) -> str:
    facts = f"{counted(course.answers, 'question')} on {counted(len(course.days), 'day')}"
    rows = "".join(_row(item) for item in course.days)
    return (
        f'<section class="mr-card mr-course"><h2>{escape(course.title)} {band_badge(course.now.band)}</h2>'
        f'<p class="mr-soft">{facts}{_change(course)}</p>{course_chart(course, bounds)}'
        f'<details><summary class="mr-soft">The same as a table</summary><table class="mr-table"><thead><tr><th scope="col">Day</th>'
        f'<th scope="col">Band</th><th scope="col">Score</th><th scope="col">Questions</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></details></section>"
    )


def _row(item: Measure) -> str:
    return (
        f'<tr><th scope="row">{day_month(item.day)}</th><td>{BAND_NAMES[item.band]}</td>'
        f"<td>{item.score:.2f} ± {item.uncertainty:.2f}</td><td>{item.answers}</td></tr>"
    )


def _change(course: Course) -> str:
    first = day_month(course.days[0].day)
    match course.change:
        case "up":
            return f" · clearly better than on {first}"
        case "down":
            return f" · lower than on {first}"
        case "unclear":
            return f" · no clear change since {first}"
        case _:
            return ""


def _topics(topics: Sequence[Course]) -> str:
    rest = topics[_TOPICS_SHOWN:]
    more = f"<details><summary>{len(rest)} more</summary>{_topic_table(rest)}</details>" if rest else ""
    return f'<p class="mr-soft">Weakest first.</p>{_topic_table(topics[:_TOPICS_SHOWN])}{more}'


def _topic_table(topics: Sequence[Course]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(item.title)}<br><span class="mr-soft">{counted(item.answers, "question")}'
        f"{_change(item)}</span></th><td>{band_badge(item.now.band)}</td></tr>"
        for item in topics
    )
    return (
        '<table class="mr-table"><thead><tr><th scope="col">Topic</th><th scope="col">Now</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )
