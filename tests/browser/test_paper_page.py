"""An online assessment on the page, with real sandboxes: choices, a wrong and a right solution, and the time running out."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from clocked_page import CUT_OFF, visitor
from clocked_server import ClockedServer
from gradio_here import GRADIO_WARNINGS
from paper_world import write_paper_pack
from real_page import PHONE, Candidate
from test_accessibility import AXE, EXAMINED
from test_coding import write

pytestmark = [pytest.mark.browser, pytest.mark.slow, *GRADIO_WARNINGS]

PROBLEMS = Path(__file__).parents[1] / "packs" / "tiny" / "problems"
WRONG = (PROBLEMS / "top_gap" / "wrong_given_order.py").read_text(encoding="utf-8")


def reference(problem: str) -> str:
    return (PROBLEMS / problem / "solution.py").read_text(encoding="utf-8")


@pytest.fixture
def papers(chromium: Any, tmp_path: Path) -> Iterator[ClockedServer]:
    """A server on a pack with a paper of two items with choices and two problems; code runs in bubblewrap."""
    if shutil.which("bwrap") is None:
        pytest.skip("bubblewrap (bwrap) is not installed")
    running = ClockedServer(tmp_path / "data", write_paper_pack(tmp_path))
    yield running
    running.close()


def look_at(me: Candidate, name: str) -> None:
    """In every look: nothing is wider than the phone, and axe finds nothing."""
    axe = pytest.importorskip("axe_playwright_python.base", reason="make install-dev").AXE_SCRIPT
    for look in me.looks():
        if not me.page.evaluate("Boolean(window.axe)"):
            me.page.evaluate(axe)
        assert me.page.evaluate(AXE, EXAMINED[look]) == [], f"{name}-{look}"
        assert me.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name
        assert me.page.evaluate(CUT_OFF) == [], name
        me.shoot(f"{name}-{look}")


def begin(me: Candidate, mode: str) -> None:
    me.open()
    me.page.click("#mr-round input")
    me.page.get_by_role("option", name="Online paper").click()
    me.page.wait_for_function("document.querySelector('#mr-minutes input[type=number]').value === '20'")
    me.page.get_by_label(mode).click()
    me.page.click("#mr-start-button")
    at(me, 1)


def at(me: Candidate, item: int) -> None:
    me.page.locator("#mr-items-nav", has_text=f"Item {item} of 4").wait_for()


def go(me: Candidate, item: int) -> None:
    me.page.locator("#mr-items-nav button", has_text=str(item)).first.click()
    at(me, item)


def tick(me: Candidate, *letters: str) -> None:
    for letter in letters:
        me.page.locator("#mr-item-options label", has_text=f"Option {letter}.").click()
    me.page.locator("#mr-items-nav [aria-current].mr-item-answered").wait_for()


def open_editor(me: Candidate) -> str:
    """Opens the editor of the item that is looked at; the id of its problem."""
    me.page.click("#mr-to-editor")
    me.page.locator("#mr-code-submit:not([disabled])").wait_for()
    me.page.wait_for_selector("#mr-code-editor .cm-content")
    return str(me.page.input_value("#mr-code-open textarea, #mr-code-open input"))


def submit(me: Candidate, code: str, item: int) -> None:
    write(me.page, code)
    me.page.click("#mr-code-submit")
    me.page.locator("#mr-code-results", has_text=f"Kept as your answer to item {item}").wait_for()


def open_report(me: Candidate) -> str:
    me.page.wait_for_selector("#mr-to-report", state="visible")
    me.page.click("#mr-to-report")
    me.page.locator(".mr-paper").wait_for()
    return " ".join(str(me.page.inner_text("#mr-report")).split())


def test_a_real_one_is_worked_on_in_any_order_and_told_at_its_end(page: Any, papers: ClockedServer) -> None:
    me = visitor(page, papers)
    begin(me, "Real")
    tick(me, "A", "C")
    for part in ("#mr-chat", "#mr-answer", "#mr-hint", "#mr-pause", "#mr-send"):
        assert not page.is_visible(part), part
    look_at(me, "paper-choices")
    page.click("#mr-item-next")
    at(me, 2)
    tick(me, "B")
    page.click("#mr-item-next")
    at(me, 3)
    look_at(me, "paper-problem")
    first = open_editor(me)
    submit(me, WRONG if first == "top_gap" else reference(first).replace("return", "return None and", 1), 3)
    results = page.inner_text("#mr-code-results")
    assert "passed" not in results
    assert "Interviewer" not in results
    # The clock writes once a second.
    page.wait_for_function("() => /^(19|20):/.test(document.querySelector('.mr-clock-copy')?.innerText)")
    look_at(me, "paper-editor")
    me.open_tab("Interview")
    go(me, 4)
    second = open_editor(me)
    assert {first, second} == {"top_gap", "pick_pair"}
    submit(me, reference(second), 4)
    me.open_tab("Interview")
    go(me, 1)
    page.locator("#mr-item-options input:checked").nth(1).wait_for()
    page.locator("#mr-items-nav", has_text="4 of 4 have an answer").wait_for()
    page.click("#mr-end")
    text = open_report(me)
    assert "1 of 2 problems solved and 1 of 2 multiple-choice items right." in text
    assert "What it takes to pass is not published." in text
    assert "wrong: B chosen; right: A, C" in text
    assert "Dimensions" not in text
    look_at(me, "paper-report")
    assert (me.errors, me.foreign) == ([], [])


def test_when_the_time_is_over_the_page_hands_in_what_was_written(page: Any, papers: ClockedServer) -> None:
    page.set_viewport_size(PHONE)
    me = visitor(page, papers)
    begin(me, "Practice")
    tick(me, "A", "C")
    go(me, 3)
    problem = open_editor(me)
    write(page, reference(problem))
    page.wait_for_function(
        "id => (localStorage.getItem('mockround-code:' + id) || '').includes('return')", arg=problem
    )
    papers.clock.tick(20 * 60 - 5)
    me.open()
    me.open_tab("Interview")
    at(me, 3)
    me.shoot("paper-last-seconds-phone")
    text = open_report(me)
    assert "1 of 2 problems solved and 1 of 2 multiple-choice items right." in text
    assert "not looked at" in text
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert (me.errors, me.foreign) == ([], [])
