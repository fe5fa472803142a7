"""From a first round to the second day's practice, on the real page with a clock that the test moves."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from clocked_page import DAY_S, end, selected_tab, shoot, visitor
from clocked_server import ClockedServer
from gradio_here import GRADIO_WARNINGS

from interviewer.owners import LOCAL_OWNER
from interviewer.readiness import Readiness

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    *GRADIO_WARNINGS,
]


def apart(work: Coroutine[Any, Any, Readiness]) -> Readiness:
    """What comes of it, awaited in a thread of its own: the browser's loop runs in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def test_weak_points_come_back_the_next_day_and_progress_shows_both_days(
    page: Any, clocked: ClockedServer
) -> None:
    me = visitor(page, clocked)
    me.open()
    assert selected_tab(page) == "Interview", "somebody new begins with the one thing there is to do"
    me.open_tab("Home")
    page.get_by_text("Start with one round").wait_for()
    shoot(me, "home-newcomer")
    me.open_tab("Progress")
    page.get_by_text("Nothing to show yet").wait_for()
    shoot(me, "progress-empty")
    me.open_tab("Home")
    page.click("#mr-home-start")

    # The first round: one question, weakly answered.
    page.fill("#mr-questions input[type=number]", "1")
    page.keyboard.press("Tab")
    me.start()
    title = page.locator("#mr-side b").inner_text()
    me.say("credit 0.2")
    end(me)
    me.open_tab("Home")
    page.get_by_text("Nothing waits for you today").wait_for()
    assert "come back on Tuesday 3 March" in page.inner_text("#mr-home-head")
    assert not page.is_visible("#mr-home-practise")
    shoot(me, "home-nothing-due")

    # The next day the page begins with what is due, and one click practises it.
    clocked.clock.tick(DAY_S)
    page.reload()
    page.wait_for_selector("#mr-home-practise", state="visible")
    assert selected_tab(page) == "Home"
    assert "to answer again" in page.inner_text("#mr-home-due")
    shoot(me, "home-due")
    page.click("#mr-home-practise")
    page.wait_for_function("document.querySelector('#mr-side')?.innerText.includes('1 of 1')")
    me.wait_turn()
    assert selected_tab(page) == "Interview"
    assert page.locator("#mr-side b").inner_text() == title
    me.say("credit 0.95")
    end(me)
    me.open_tab("Home")
    page.get_by_text("Nothing waits for you today").wait_for()
    assert "Practised on 2 days of the last 28" in page.inner_text("#mr-home-foot")

    # Both days stand in the progress, as marks and as figures.
    me.open_tab("Progress")
    page.locator(".mr-course").first.wait_for()
    assert page.locator(".mr-course").count() == 1
    assert page.locator(".mr-course .mr-chart .mr-point").count() == 2
    assert "clearly better than on 2 Mar" in page.inner_text("#mr-progress")
    chart = page.locator(".mr-course .mr-chart")
    assert chart.get_attribute("role") == "img"
    assert "2 Mar no hire; 3 Mar" in chart.get_attribute("aria-label")
    page.locator(".mr-course summary").click()
    assert page.locator(".mr-course tbody tr").count() == 2
    shoot(me, "progress-areas", ".mr-course")
    page.get_by_label("Dimensions").click()
    page.wait_for_function("document.querySelectorAll('.mr-course').length > 1")
    shoot(me, "progress-dimensions")
    page.get_by_label("Topics").click()
    page.get_by_text("Weakest first.").wait_for()
    shoot(me, "progress-topics")
    assert (me.errors, me.foreign) == ([], [])


def test_a_round_that_was_left_is_continued_with_one_click(page: Any, clocked: ClockedServer) -> None:
    me = visitor(page, clocked)
    me.open()
    me.start()
    me.say("credit 0.3")
    heard = me.heard
    page.click("#mr-pause")
    page.get_by_role("button", name="Resume").wait_for()
    # Another browser of the same person, a day later.
    clocked.clock.tick(DAY_S)
    page.context.clear_cookies()
    page.reload()
    page.wait_for_selector("#mr-home-continue", state="visible")
    assert selected_tab(page) == "Home"
    assert "Last used yesterday" in page.inner_text("#mr-home-todo")
    shoot(me, "home-continue")
    page.click("#mr-home-continue")
    me.wait_turn()
    assert selected_tab(page) == "Interview"
    assert me.heard == heard

    # Everything goes at a word: what is stored, and what only this browser has.
    me.type("A draft that was not sent.")
    page.wait_for_function("Object.keys(localStorage).some(key => key.startsWith('mockround'))")
    me.open_tab("Past sessions")
    page.click("#mr-delete-all")
    page.get_by_text("Everything was deleted: 1 session").wait_for()
    page.wait_for_function("!Object.keys(localStorage).some(key => key.startsWith('mockround'))")
    me.open_tab("Home")
    page.get_by_text("Start with one round").wait_for()
    assert (me.errors, me.foreign) == ([], [])


def test_ratings_a_probe_and_a_plan_to_the_interview(page: Any, clocked: ClockedServer) -> None:
    me = visitor(page, clocked)
    me.open()
    me.open_tab("Readiness")
    page.get_by_text("Give the date of your interview above").wait_for()
    assert page.locator(".mr-rate").count() == 10
    shoot(me, "readiness-empty")
    for place, word in enumerate(("Solid", "Strong", "Not yet", "Borderline")):
        page.locator(".mr-rate").nth(place).get_by_label(word, exact=True).click()
    page.get_by_text("Saved.").wait_for()
    page.fill("#mr-ready-date input", "soon")
    page.keyboard.press("Enter")
    page.wait_for_function(
        "document.querySelector('#mr-ready-date input').validationMessage.startsWith('Write the date')"
    )
    page.fill("#mr-ready-date input", "2026-03-16")
    page.keyboard.press("Enter")
    page.get_by_text("Your plan, 14 days to go").wait_for()
    assert page.locator(".mr-plan tbody tr").count() == 14

    # A probe asks one question of every area; two are answered, the rest is left for later.
    page.click("#mr-ready-probe")
    page.wait_for_function("document.querySelector('#mr-side')?.innerText.includes('1 of up to 10')")
    me.wait_turn()
    for credit in ("credit 0.9", "credit 0.2"):
        number = me.question_number
        while me.question_number == number:
            me.say(credit)
    end(me)
    me.open_tab("Readiness")
    page.locator(".mr-ready-radar svg").wait_for()
    page.wait_for_function("document.querySelectorAll('#mr-readiness .mr-shown.mr-dot-mark').length === 2")
    fill = "[...document.querySelectorAll('.mr-claimed.mr-dot-mark')].map(dot => getComputedStyle(dot).fill)"
    assert set(page.evaluate(fill)) == {"none"}, "what is claimed stands as rings, what was shown as dots"
    table = page.inner_text("#mr-readiness table")
    assert "you rate yourself higher" in table
    assert page.locator("#mr-rate-ml-systems input:checked").count() == 1, "ratings are there again"
    shoot(me, "readiness")
    shoot(me, "readiness-radar", ".mr-ready-radar")
    shoot(me, "readiness-plan", ".mr-plan")

    # The next day, Home has today's part of the plan.
    clocked.clock.tick(DAY_S)
    page.reload()
    part = page.locator("#mr-home-part-0")
    part.wait_for(state="visible")
    assert "13 days to your interview" in page.inner_text("#mr-home-head")
    shoot(me, "home-plan")
    title = part.inner_text().removeprefix("Begin: ")
    part.click()
    page.wait_for_function("document.querySelector('#mr-side')?.innerText.includes('1 of ')")
    me.wait_turn()
    assert title in me.panel

    # What was said of oneself can be taken back.
    me.open_tab("Readiness")
    page.click("#mr-ready-forget")
    page.get_by_text("Date and ratings were cleared.").wait_for()
    page.wait_for_function("!document.querySelector('.mr-rate input:checked')")
    assert page.input_value("#mr-ready-date input") == ""
    assert (me.errors, me.foreign) == ([], [])


def test_what_is_cleared_stays_cleared_while_the_tab_still_loads(
    page: Any, clocked: ClockedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cleared the moment the tab is opened: what it is about to be filled with neither comes back nor is stored."""
    preparation = clocked.service.preparation
    readiness = preparation.readiness

    async def slowly(owner: str) -> Readiness:
        found = await readiness(owner)
        await asyncio.sleep(2)
        return found

    apart(preparation.change(LOCAL_OWNER, interview_on=date(2026, 3, 16), ratings={"ml-systems": 4}))
    me = visitor(page, clocked)
    me.open()
    # The page begins at Home where something waits; only then is another tab opened.
    page.get_by_text("14 days to your interview").wait_for()
    assert selected_tab(page) == "Home"
    monkeypatch.setattr(preparation, "readiness", slowly)
    me.open_tab("Readiness")
    page.click("#mr-ready-forget")
    page.get_by_text("Date and ratings were cleared.").wait_for()
    page.wait_for_timeout(3000)
    assert page.get_by_text("Date and ratings were cleared.").is_visible()
    assert page.input_value("#mr-ready-date input") == ""
    assert page.locator(".mr-rate input:checked").count() == 0
    assert apart(readiness(LOCAL_OWNER)).interview_on is None
    assert (me.errors, me.foreign) == ([], [])
