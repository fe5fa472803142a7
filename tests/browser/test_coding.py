"""The Coding tab in a real browser, with real sandboxes: a problem is read, failed, solved and talked through."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from real_page import Candidate
from real_server import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TINY = Path(__file__).parents[1] / "packs" / "tiny"
PROBLEM = TINY / "problems" / "top_gap"
REFERENCE = (PROBLEM / "solution.py").read_text(encoding="utf-8")
RUNAWAY = "def top_gap(times):\n    print('still here')\n    while True:\n        pass\n"
PHONE = {"width": 375, "height": 812}


@pytest.fixture
def coding_server(chromium: Any, tmp_path: Path) -> Iterator[Server]:
    """A server on the small pack, one of whose questions asks a coding problem; code runs in bubblewrap."""
    if shutil.which("bwrap") is None:
        pytest.skip("bubblewrap (bwrap) is not installed")
    pack = tmp_path / "pack"
    shutil.copytree(TINY, pack)
    bank = pack / "questions" / "all.yaml"
    text = bank.read_text(encoding="utf-8")
    bank.write_text(
        text.replace("- id: variance\n", "- id: variance\n  problem: top_gap\n"), encoding="utf-8"
    )
    running = Server(tmp_path, pack)
    try:
        running.start()
        yield running
    finally:
        running.kill()


def write(page: Any, code: str) -> None:
    """Put code in the place of what the editor holds, as pasting does."""
    page.click("#mr-code-editor .cm-content")
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(code)


def written(page: Any) -> str:
    lines = page.locator("#mr-code-editor .cm-line").all_inner_texts()
    return "\n".join(line.rstrip("\n") for line in lines)


def choose(page: Any, title: str) -> None:
    page.click("#mr-code-problem input")
    page.get_by_role("option", name=title).click()
    page.locator("#mr-code-card h2", has_text=title).wait_for()


def wait_verdict(page: Any, words: str) -> str:
    page.locator("#mr-code-results .mr-verdict", has_text=words).wait_for()
    return str(page.inner_text("#mr-code-results"))


def shoot_everywhere(me: Candidate, name: str) -> None:
    """On a desktop, dark, and on a phone, which must not scroll sideways."""
    me.shoot(name)
    me.page.evaluate("document.body.classList.add('dark')")
    me.shoot(f"{name}-dark")
    me.page.evaluate("document.body.classList.remove('dark')")
    me.page.set_viewport_size(PHONE)
    me.shoot(f"{name}-phone")
    assert me.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    me.page.set_viewport_size({"width": 1280, "height": 800})


def test_a_problem_is_failed_then_solved(page: Any, coding_server: Server) -> None:
    me = Candidate(page, coding_server)
    me.open()
    me.open_tab("Coding")
    page.locator("#mr-code-card h2").wait_for()
    choose(page, "Largest gap between arrivals")
    page.locator("#mr-code-editor .cm-line", has_text="raise NotImplementedError").wait_for()
    assert "In order they are 2, 5 and 10." in page.inner_text("#mr-code-card")
    shoot_everywhere(me, "coding")

    # The starter fails the examples.
    page.click("#mr-code-run")
    shown = wait_verdict(page, "0 of 2 examples passed.")
    assert "NotImplementedError" in shown
    assert "[10, 2, 5]" in shown
    shoot_everywhere(me, "coding-failed")
    assert REFERENCE.splitlines()[-1].strip() not in page.content(), "no spoiler reaches the browser"

    # A loop without an end is stopped, by the keyboard this time.
    write(page, RUNAWAY)
    page.keyboard.press("Control+Enter")
    shown = wait_verdict(page, "0 of 2 examples passed.")
    page.get_by_text("too slow", exact=True).first.wait_for()
    assert "still here" in page.inner_text("#mr-code-results")

    # Code that does not load says where.
    write(page, "def top_gap(times):\n    return (\n")
    page.click("#mr-code-run")
    wait_verdict(page, "No test could be run.")
    assert "line 2" in page.inner_text("#mr-code-results")

    # What was written outlives another problem and a reload.
    write(page, REFERENCE)
    choose(page, "Softmax of rows")
    page.locator("#mr-code-editor .cm-line", has_text="def row_softmax").wait_for()
    page.reload()
    page.wait_for_selector(".mr-foot")
    me.open_tab("Coding")
    page.locator("#mr-code-card h2", has_text="Softmax of rows").wait_for()
    choose(page, "Largest gap between arrivals")
    page.locator("#mr-code-editor .cm-line", has_text="itertools.pairwise").wait_for()
    assert written(page).strip() == REFERENCE.strip()

    page.click("#mr-code-submit")
    wait_verdict(page, "All tests passed")
    page.locator("#mr-code-growth h3").wait_for()
    assert "O(n log n)" in page.inner_text("#mr-code-growth")
    page.get_by_text("Show the reference solution").click()
    page.get_by_text("Show typical wrong solutions").click()
    assert "It looks for the next arrival among all of them." in page.inner_text("#mr-code-after")
    page.locator("#mr-code-results").scroll_into_view_if_needed()
    shoot_everywhere(me, "coding-solved")

    # The timer is hidden and stays hidden; Escape, then Tab leaves the editor.
    page.click(".mr-stopwatch-toggle")
    assert not page.locator(".mr-stopwatch-text").is_visible()
    page.click("#mr-code-editor .cm-content")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert not page.evaluate("Boolean(document.activeElement.closest('#mr-code-editor .cm-content'))")
    name = page.locator("#mr-code-editor .cm-content").get_attribute("aria-label")
    assert "Escape, then Tab leaves the editor" in str(name)

    page.click("#mr-code-practise")
    page.wait_for_function("document.querySelector('#mr-side')?.innerText.includes('1 of 1')")
    me.wait_turn()
    assert "standard error" in me.heard[-1]

    # The interview leads back to the editor, and its report shows what was submitted.
    me.shoot("coding-interview")
    hidden = ("#mr-problem", "#mr-code-open", "#mr-session")
    assert not [name for name in hidden if page.locator(name).is_visible()]
    page.click("#mr-to-editor")
    page.locator("#mr-code-card h2", has_text="Largest gap between arrivals").wait_for()
    page.locator("#mr-code-editor .cm-line", has_text="itertools.pairwise").wait_for()
    page.click("#mr-code-submit")
    page.get_by_text("This submission is kept with the open question").wait_for()
    assert "All 11 tests pass. Line" in page.inner_text(".mr-reaction")
    page.locator("#mr-code-growth h3").wait_for()
    page.locator(".mr-reaction").scroll_into_view_if_needed()
    me.shoot("coding-reaction")
    me.open_tab("Interview")
    page.wait_for_function(
        "[...document.querySelectorAll('#mr-chat [data-testid=bot]')].at(-1).innerText.startsWith('All 11 tests pass')"
    )
    me.shoot("coding-reaction-chat")
    me.say("Sorting puts arrivals that follow each other side by side, in O(n log n).")
    page.click("#mr-end")
    page.click("#mr-to-report")
    page.locator(".mr-report p", has_text="Tests passed: 11 of 11.").wait_for()
    page.locator(".mr-report p", has_text="You said O(n log n). Measured: its time grows like").wait_for()
    page.get_by_text("Submitted code", exact=True).click()
    assert "itertools.pairwise" in page.inner_text(".mr-report:has(.mr-submitted)")
    page.locator(".mr-submitted").scroll_into_view_if_needed()
    me.shoot("coding-report")
    assert (me.errors, me.foreign) == ([], [])


def test_where_code_is_not_run_problems_can_be_read(page: Any, chromium: Any, tmp_path: Path) -> None:
    server = Server(tmp_path, TINY, settings={"MOCKROUND_RUN_CODE": "off"})
    try:
        server.start()
        me = Candidate(page, server)
        me.open()
        me.open_tab("Coding")
        page.locator("#mr-code-card h2").wait_for()
        assert "set it to auto" in page.inner_text("#mr-code-running")
        assert page.locator("#mr-code-submit").is_disabled()
        write(page, "kept = True\n")
        shoot_everywhere(me, "coding-off")
        assert (me.errors, me.foreign) == ([], [])
    finally:
        server.kill()
