"""Home, Progress and Readiness: what is shown of each state, and what a click saves."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import gradio as gr
import pytest
from tab_world import HOSTILE, Services

from interviewer.owners import LOCAL_OWNER
from interviewer.practice import NamedRound
from interviewer.preparation import DueQuestion, OpenRound, PlannedRound, Practice, Today
from interviewer.progress import Course, Measure, Progress
from interviewer.readiness import Area, PlanDay, Planned, Readiness
from rubrics import DEFAULT_BANDS
from ui.home_tab import HomeTab
from ui.progress_tab import progress_page
from ui.readiness_tab import ReadinessTab, readiness_page

MONDAY = date(2026, 3, 2)
NOTHING_DUE = Practice((), (), None, 0, None, 0, MONDAY)
NEWCOMER = Today(True, None, NOTHING_DUE, None, None, (), (), (), MONDAY)
ROUND = NamedRound(("kv-cache",), "IC3", 8, 3)
DUE = replace(
    NOTHING_DUE, questions=(DueQuestion("kv-cache", HOSTILE, "systems", 8, 2),), round=ROUND, cards=2
)
PART = PlannedRound("systems", "Systems", False, ROUND)
BACK = replace(NEWCOMER, newcomer=False)


async def home(services: Services) -> HomeTab:
    with gr.Blocks(analytics_enabled=False):
        return HomeTab(services(), {})


def seen(tab: HomeTab, changes: dict[Any, Any]) -> set[str]:
    """What can be clicked."""
    places: dict[str, Any] = {
        "continue": tab.open_card,
        "practise": tab.due_card,
        "plan": tab.plan_card,
        "make a plan": tab.to_plan,
        **{f"part {place}": button for place, button in enumerate(tab.parts)},
    }
    return {name for name, component in places.items() if changes[component].visible}


@pytest.mark.parametrize(
    ("today", "clicks"),
    [
        (NEWCOMER, {"make a plan"}),
        (BACK, {"make a plan"}),
        (replace(BACK, practice=DUE), {"practise", "make a plan"}),
        (replace(BACK, open=OpenRound("s", "Systems · IC3", 1, 3, 1, 0)), {"continue", "make a plan"}),
        (replace(BACK, days_left=5, planned=(PART,)), {"plan", "part 0"}),
        (
            replace(BACK, days_left=5, planned=(PART, replace(PART, area="math"))),
            {"plan", "part 0", "part 1"},
        ),
        (replace(BACK, days_left=5, planned=(replace(PART, done=True),)), {"plan"}),
        (replace(BACK, days_left=1), {"plan"}),
        (replace(BACK, days_left=0), {"plan"}),
        (replace(BACK, days_left=-1), {"make a plan"}),
    ],
)
async def test_home_has_one_click_for_each_thing_to_do(
    services: Services, today: Today, clicks: set[str]
) -> None:
    tab = await home(services)
    assert seen(tab, tab.shown(today)) == clicks


@pytest.mark.parametrize(
    ("today", "words"),
    [
        (NEWCOMER, "Start with one round"),
        (BACK, "Nothing was weak so far."),
        (
            replace(BACK, practice=replace(NOTHING_DUE, next_day=MONDAY + timedelta(days=1), next_count=1)),
            "1 open point comes back on Tuesday 3 March.",
        ),
        (replace(BACK, days_left=1), "your interview is tomorrow"),
        (replace(BACK, days_left=0), "your interview is today"),
        (replace(BACK, days_left=9), "9 days to your interview"),
    ],
)
async def test_home_says_where_one_stands(services: Services, today: Today, words: str) -> None:
    tab = await home(services)
    assert words in tab.shown(today)[tab.head]


async def test_home_shows_titles_as_text_and_no_points(services: Services) -> None:
    tab = await home(services)
    changes = tab.shown(replace(BACK, practice=DUE, open=OpenRound("s", HOSTILE, 0, 3, 3, 2)))
    for part in (tab.due_text, tab.open_text):
        assert "<img" not in changes[part]
        assert "&lt;img" in changes[part]
    assert "not begun" in changes[tab.open_text]
    assert "3 days ago" in changes[tab.open_text]
    assert "2 more under" in changes[tab.open_text]


async def test_home_says_where_an_open_paper_stands(services: Services) -> None:
    tab = await home(services)
    left = OpenRound("s", "Online assessment", 3, 8, 0, 0, paper=True)
    assert "3 of 8 items looked at" in tab.shown(replace(BACK, open=left))[tab.open_text]


def progress(**changes: Any) -> Progress:
    return replace(Progress((), (), (), 0, 0, (), MONDAY), **changes)


def course(change: str | None, title: str = "Systems") -> Course:
    first = Measure(MONDAY, 0.3, 0.1, 1, 1)
    days = (first,) if change is None else (first, replace(first, day=MONDAY + timedelta(days=1)))
    return Course("systems", title, days, days[-1], len(days), change)


def test_progress_without_an_answer_says_what_to_do() -> None:
    shown = progress_page(progress(unscored=2), "areas", DEFAULT_BANDS)
    assert "Play a round" in shown
    assert "2 questions could not be scored so far and count for nothing" in shown


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (None, "1 question on 1 day<"),
        ("up", "clearly better than on 2 Mar"),
        ("down", "lower than on 2 Mar"),
        ("unclear", "no clear change since 2 Mar"),
    ],
)
def test_progress_names_a_change_only_where_it_is_clear(change: str | None, words: str) -> None:
    shown = progress_page(progress(areas=(course(change),), answers=2), "areas", DEFAULT_BANDS)
    assert words in shown


def test_progress_has_every_view() -> None:
    found = progress(
        areas=(course(None, "An area"),),
        dimensions=(course(None, HOSTILE),),
        topics=(course(None),) * 20,
        answers=1,
    )
    assert "An area" in progress_page(found, "areas", DEFAULT_BANDS)
    shown = progress_page(found, "dimensions", DEFAULT_BANDS)
    assert "<img" not in shown
    assert "An area" not in shown
    assert "<summary>5 more</summary>" in progress_page(found, "topics", DEFAULT_BANDS)


def area(claimed: int | None, shown: float | None) -> Area:
    return Area("a", "Systems", 0.1, claimed, shown, 0.6 if shown else None, 0.5 if shown else None, 3, None)


def ready(*areas: Area, **changes: Any) -> Readiness:
    return replace(Readiness("IC3", None, None, areas, (), MONDAY), **changes)


@pytest.mark.parametrize(
    ("claimed", "shown", "words"),
    [
        (None, None, "not asked yet"),
        (4, 2.0, "you rate yourself higher"),
        (1, 3.0, "you rate yourself lower"),
        (2, 2.5, "about the same"),
        (3, 2.5, "about the same"),
    ],
)
def test_readiness_compares_only_as_far_as_it_is_sure(
    claimed: int | None, shown: float | None, words: str
) -> None:
    assert words in readiness_page(ready(area(claimed, shown)))


@pytest.mark.parametrize(
    ("on", "left", "words"),
    [
        (None, None, "Give the date of your interview"),
        (MONDAY - timedelta(days=1), -1, "has passed"),
        (MONDAY, 0, "Your interview is today"),
    ],
)
def test_readiness_without_a_plan_says_why(on: date | None, left: int | None, words: str) -> None:
    assert words in readiness_page(ready(interview_on=on, days_left=left))


def test_a_plan_is_shown_day_by_day() -> None:
    plan = (
        PlanDay(MONDAY, (Planned("systems", "Systems", True),), 3),
        PlanDay(MONDAY + timedelta(days=1), ()),
    )
    on = MONDAY + timedelta(days=2)
    shown = readiness_page(ready(interview_on=on, days_left=2, plan=plan))
    assert "Systems (done)" in shown
    assert "3 points" in shown
    assert "What is due, your reports, and rest" in shown
    assert "Wednesday 4 March: your interview." in shown


async def test_what_is_said_in_readiness_is_saved(services: Services) -> None:
    service = services()
    with gr.Blocks(analytics_enabled=False):
        tab = ReadinessTab(service)
    on = (await service.preparation.readiness(LOCAL_OWNER)).today + timedelta(days=8)
    saved = await tab._set_date(on.isoformat(), "")
    assert "Saved." in saved[tab.note]
    assert saved[tab.filled] == on.isoformat()
    assert "year-month-day" in (await tab._set_date("soon", ""))[tab.note]
    assert "no date of an interview" in (await tab._set_date("2020-01-01", ""))[tab.note]
    await tab._rater("math")(4)
    await tab._set_level("IC5")
    again = await tab.look()
    assert (again[tab.date], again[tab.filled], again[tab.level]) == (on.isoformat(), on.isoformat(), "IC5")
    assert [again[rating].value for rating in tab.ratings] == [None, 4]
    assert again[tab.rated].open is True
    await tab._rater("systems")(0)
    assert (await tab.look())[tab.rated].open is False
    assert "Saved." in (await tab._set_date("", on.isoformat()))[tab.note]
    assert (await tab.look())[tab.date] is None
    assert await tab._set_date(on.isoformat(), on.isoformat()) == {tab.note: gr.skip()}
    assert (await tab.look())[tab.date] is None, "what the page was filled with comes too late to be a change"


async def test_date_and_ratings_are_cleared_only_when_that_is_confirmed(services: Services) -> None:
    with gr.Blocks(analytics_enabled=False):
        tab = ReadinessTab(services())
    await tab._rater("math")(4)
    await tab._forget("")
    assert [(await tab.look())[rating].value for rating in tab.ratings] == [None, 4]
    cleared = await tab._forget("yes")
    assert "cleared" in cleared[tab.note]
    assert [cleared[rating].value for rating in tab.ratings] == [None, None]
