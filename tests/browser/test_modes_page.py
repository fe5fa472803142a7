"""Study and real rounds on the page of the real server, at desk and phone width."""

from __future__ import annotations

from typing import Any

import pytest
from real_page import Candidate
from real_server import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PHONE = {"width": 375, "height": 812}


def begin(me: Candidate, mode: str, questions: int) -> None:
    me.open()
    me.page.fill("#mr-questions input[type=number]", str(questions))
    me.page.keyboard.press("Tab")
    me.page.get_by_label(mode).click()
    me.shoot(f"mode-{mode.lower()}-form")
    me.start()


@pytest.mark.parametrize("width", ["desk", "phone"])
def test_a_study_round_shows_the_answer_before_it_goes_on(page: Any, server: Server, width: str) -> None:
    if width == "phone":
        page.set_viewport_size(PHONE)
    me = Candidate(page, server)
    begin(me, "Study", 2)
    assert "Time used" in me.panel
    assert page.inner_text("#mr-skip") == "Show answer"
    page.click("#mr-answer textarea")
    page.keyboard.press("Alt+h")
    page.wait_for_function("document.querySelector('#mr-hint').innerText.includes('2 left')")
    me.wait_turn()
    page.keyboard.press("Alt+k")
    page.get_by_role("button", name="Next question").wait_for()
    page.wait_for_selector("#mr-send:not([disabled])")
    assert page.inner_text("#mr-send") == "Next question"
    review = me.heard[-1]
    assert review.startswith("Before we go on")
    assert "A model answer" in review
    assert "A common wrong answer" in review
    assert not page.is_visible("#mr-answer")
    me.shoot(f"mode-study-review-{width}")
    me.press("send")
    me.wait_turn()
    assert me.question_number == 2
    assert page.inner_text("#mr-send") == "Send"
    assert page.is_visible("#mr-answer")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.click("#mr-end")
    page.click("#mr-to-report")
    page.get_by_text("a study round: each question was reviewed").wait_for()
    assert (me.errors, me.foreign) == ([], [])


def test_a_real_round_helps_with_nothing_and_shows_nothing_before_its_end(page: Any, server: Server) -> None:
    me = Candidate(page, server)
    begin(me, "Real", 1)
    assert "as the real thing" in me.heard[0]
    for button in ("hint", "pause"):
        assert not page.is_visible(f"#mr-{button}")
    me.say("I would look at the watchdog's message first, and at which rank did not arrive.")
    me.shoot("mode-real")
    me.open_tab("Past sessions")
    page.locator("#mr-sessions label").first.click()
    page.click("#mr-read:not([disabled])")
    page.get_by_text("The report of a real round opens when the round is over.").wait_for()
    me.shoot("mode-real-report")
    me.open_tab("Interview")
    page.click("#mr-end")
    page.click("#mr-to-report")
    page.get_by_text("held as the real thing").wait_for()
    assert (me.errors, me.foreign) == ([], [])
