"""A whole loop over days on the real page: begun, continued with one click, taken again, decided, read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from clocked_page import DAY_S, end, selected_tab, shoot, visitor
from clocked_server import ClockedServer
from gradio_here import GRADIO_WARNINGS
from real_page import Candidate

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    *GRADIO_WARNINGS,
]

TALK = "I quantised the cache of our inference servers to FP8 and halved the p95 of decode on H100."


def play(me: Candidate, credit: float) -> None:
    """Begin the stage that waits with one click, answer once, and end it."""
    me.page.click("#mr-loop-begin")
    me.page.wait_for_function("document.querySelector('#mr-side')?.innerText.includes('1 of ')")
    me.wait_turn()
    me.say(f"credit {credit} {TALK}")
    end(me)


def choose_first(me: Candidate) -> None:
    """Tick the first option of the assessment's first item."""
    me.page.locator("#mr-items-nav", has_text="Item 1 of 8").wait_for()
    me.page.locator("#mr-item-options label").first.click()
    me.page.locator("#mr-items-nav .mr-item-answered").wait_for()


def unfold(me: Candidate) -> None:
    if not me.page.is_visible("#mr-loop-stages table"):
        me.page.locator("#mr-loop-part > button").click()
    me.page.wait_for_selector("#mr-loop-stages table", state="visible")


def test_a_loop_over_days_to_its_debrief(page: Any, clocked: ClockedServer) -> None:
    me = visitor(page, clocked)
    me.open()
    shoot(me, "loop-offer", "#mr-loop-offer")
    page.click("#mr-loop-start")
    page.wait_for_selector("#mr-loop-begin", state="visible")
    assert selected_tab(page) == "Home"
    assert "Next: Recruiter screen" in page.inner_text("#mr-loop-next")
    assert "0 of 8 stages finished" in page.inner_text("#mr-loop-next")
    unfold(me)
    shoot(me, "loop-begun")

    # The first stage, and a second day that begins where the loop is.
    play(me, 0.9)
    clocked.clock.tick(DAY_S)
    page.reload()
    page.get_by_role("button", name="Begin: Online coding assessment").wait_for()
    assert selected_tab(page) == "Home"
    page.click("#mr-loop-begin")
    choose_first(me)
    me.open_tab("Home")
    page.get_by_role("button", name="Continue: Online coding assessment").wait_for()
    assert not page.is_visible("#mr-home-continue"), "the loop's card continues its own stage"
    page.click("#mr-loop-begin")
    page.locator("#mr-items-nav", has_text="1 of 8 have an answer").wait_for()
    assert page.locator("#mr-item-options input:checked").count() == 1
    end(me)
    me.open_tab("Home")
    page.get_by_role("button", name="Begin: Hiring manager screen").wait_for()
    play(me, 0.8)
    me.open_tab("Home")
    page.get_by_role("button", name="Begin: Onsite").wait_for()
    assert "5 interviews, one at a time" in page.inner_text("#mr-loop-next")
    shoot(me, "loop-before-onsite")

    # Too little for a recommendation is said to be so.
    unfold(me)
    page.click("#mr-loop-read")
    page.get_by_text("Too little is scored for a recommendation").wait_for()
    shoot(me, "loop-debrief-early", "#mr-loop-debrief")

    for credit in (0.9, 0.3, 0.6, 0.2, 0.9):
        clocked.clock.tick(DAY_S)
        me.open_tab("Home")
        page.wait_for_selector("#mr-loop-begin", state="visible")
        play(me, credit)
    me.open_tab("Home")
    page.get_by_text("Every stage is finished").wait_for()
    unfold(me)
    rows = page.locator("#mr-loop-stages tbody tr")
    assert rows.count() == 8
    assert all("finished" in row for row in rows.all_inner_texts())

    # The assessment once more: the last finished attempt counts.
    page.click("#mr-loop-stage input")
    page.get_by_role("option", name="Online coding assessment").click()
    page.click("#mr-loop-again")
    choose_first(me)
    end(me)
    me.open_tab("Home")
    page.get_by_text("(2 attempts)").wait_for()
    unfold(me)
    shoot(me, "loop-stages", "#mr-loop-part")

    page.click("#mr-loop-decide")
    page.wait_for_selector(".mr-debrief", state="visible")
    read = page.inner_text(".mr-debrief")
    assert "at IC3 (Senior Machine Learning Engineer)." in read
    assert "Decided." in read
    assert "Risk of being down-levelled" in read
    assert "has not been measured" in read
    assert "Not in the result: Online coding assessment (0 of 2 problems solved and" in read
    assert "what it takes to pass is not published" in read
    assert TALK in read
    assert not page.is_visible("#mr-loop-again")
    assert not page.is_visible("#mr-loop-begin")
    shoot(me, "loop-debrief", "#mr-loop-debrief")
    shoot(me, "loop-debrief-evidence", ".mr-debrief h3:text('Evidence for')")
    shoot(me, "loop-debrief-changes", ".mr-debrief ol")
    with page.expect_download() as kept:
        page.get_by_role("link", name="Markdown").locator("visible=true").click()
    text = Path(kept.value.path()).read_text(encoding="utf-8")
    assert text.startswith("# Debrief of the loop · NVIDIA Machine Learning Engineer · IC3")

    page.click("#mr-loop-delete")
    page.wait_for_selector("#mr-loop-part", state="hidden")
    me.open_tab("Past sessions")
    page.locator("#mr-sessions label").first.wait_for()
    assert page.locator("#mr-sessions label").count() == 9
    assert (me.errors, me.foreign) == ([], [])
