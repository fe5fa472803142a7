"""An answer is rated before the judge's view is seen; a verdict is contested; a question is answered again."""

from __future__ import annotations

from typing import Any

import pytest
from real_page import Candidate
from real_server import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HOSTILE = '<img src="http://evil.example/x.png" onerror="window.hacked=1"><script>window.hacked=1</script>'
ANSWER = (
    "The key-value cache grows linearly with the sequence length and with the batch size. "
    "I would page it in blocks, so that nothing is wasted."
)
PHONE = {"width": 375, "height": 812}
DESKTOP = {"width": 1280, "height": 800}


def shoot_everywhere(me: Candidate, name: str) -> None:
    """At both widths, light and dark; nothing is wider than the page."""
    for width, size in (("", DESKTOP), ("-phone", PHONE)):
        me.page.set_viewport_size(size)
        for scheme, dark in (("", False), ("-dark", True)):
            me.page.evaluate("dark => document.body.classList.toggle('dark', dark)", dark)
            me.shoot(f"{name}{width}{scheme}")
        assert me.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    me.page.evaluate("document.body.classList.remove('dark')")
    me.page.set_viewport_size(DESKTOP)


def rate(page: Any, verdicts: tuple[str, ...]) -> None:
    for place, verdict in enumerate(verdicts):
        page.locator("#mr-self-form fieldset").nth(place).locator(f"input[value={verdict}]").check()


def test_an_answer_is_rated_before_the_judge_is_seen(page: Any, tiny_server: Server) -> None:
    me = Candidate(page, tiny_server)
    me.open()
    me.open_tab("Self-assessment")
    page.get_by_text("Nothing is rated yet").wait_for()
    page.click("#mr-self-rate")
    page.get_by_text("Choose a question of the bank, or write one").wait_for()
    page.click("#mr-self-question input")
    page.get_by_role("option", name="Size of a KV cache (IC3)", exact=True).click()
    page.fill("#mr-self-answer textarea", f"{ANSWER} {HOSTILE}")
    shoot_everywhere(me, "self-give")
    page.click("#mr-self-rate")
    page.locator("#mr-self-form fieldset").nth(5).wait_for()
    assert "vLLM pages the cache" not in page.content(), "the phrases that show a criterion stay hidden"
    assert page.locator("#mr-self-form input:checked").count() == 0
    page.click("#mr-self-judge")
    page.get_by_text("6 criteria have no verdict of yours yet").wait_for()
    rate(page, ("met", "met", "met", "missing", "missing"))
    page.click("#mr-self-judge")
    page.get_by_text("1 criterion has no verdict of yours yet").wait_for()
    rate(page, ("met", "met", "met", "missing", "missing", "missing"))
    shoot_everywhere(me, "self-rate")

    page.click("#mr-self-judge")
    result = page.locator("#mr-self-result .mr-beside tbody tr")
    result.nth(5).wait_for()
    assert result.filter(has_text="Separates the memory").filter(has_text="you are higher").count() == 1
    assert page.locator("#mr-self-result .mr-answer mark").count() > 0
    page.locator("#mr-self-result").scroll_into_view_if_needed()
    shoot_everywhere(me, "self-result")
    page.locator("#mr-self-history .mr-gaps").scroll_into_view_if_needed()
    assert "too few answers to say" in page.inner_text("#mr-self-history")
    shoot_everywhere(me, "self-history")

    page.click("#mr-self-report")
    page.get_by_text("Your view and the judge’s").wait_for()
    assert "you said met" in page.inner_text("#mr-report")
    assert page.evaluate("window.hacked") is None
    assert (me.errors, me.foreign) == ([], [])


def test_a_verdict_is_contested_and_the_question_answered_again(page: Any, tiny_server: Server) -> None:
    me = Candidate(page, tiny_server)
    me.open()
    me.start()
    me.say(f"{ANSWER} {HOSTILE}")
    while not me.asks_for_own_questions:
        me.press("skip")
    page.click("#mr-end")
    page.wait_for_selector("#mr-to-report", state="visible")
    page.click("#mr-to-report")
    page.locator("#mr-report h1").wait_for()
    shoot_everywhere(me, "report")
    assert page.locator("#mr-report a[href='#mr-q1']").count() == 1
    first = page.inner_text("#mr-report h1")  # not what Gradio writes over it while it loads

    says = page.locator("#mr-report #mr-q1 button", has_text="I did say that")
    says.first.scroll_into_view_if_needed()
    shoot_everywhere(me, "report-criteria")
    says.first.click()
    page.locator("#mr-contest-answer .mr-answer").first.wait_for()
    page.click("#mr-contest-judge")
    page.get_by_text("Mark the words of your answer that show it first.").wait_for()
    # The words are marked with the mouse; what is marked stands in the field.
    page.evaluate(
        """() => {
            const text = document.querySelector('#mr-contest-answer .mr-answer').firstChild;
            const at = text.data.indexOf('I would page it');
            const range = document.createRange();
            range.setStart(text, at);
            range.setEnd(text, at + 15);
            const chosen = document.getSelection();
            chosen.removeAllRanges();
            chosen.addRange(range);
        }"""
    )
    page.wait_for_function("document.querySelector('#mr-contest-words textarea').value === 'I would page it'")
    shoot_everywhere(me, "contest")
    page.click("#mr-contest-judge")
    page.locator("#mr-report .mr-contests").wait_for()
    page.wait_for_selector("#mr-contest", state="hidden")
    assert "You marked “I would page it”" in page.inner_text("#mr-report")
    assert page.locator("#mr-report .mr-contests b", has_text="verdict").count() == 1
    page.locator("#mr-report .mr-contests").scroll_into_view_if_needed()
    shoot_everywhere(me, "contested")
    assert first.splitlines()[0] in page.inner_text("#mr-report")

    page.locator("#mr-report #mr-q1 button", has_text="Answer it again").click()
    page.wait_for_function("document.querySelector('#mr-side')?.innerText.includes('1 of 1')")
    me.wait_turn()
    me.say(ANSWER)
    page.click("#mr-end")
    page.wait_for_selector("#mr-to-report", state="visible")
    page.click("#mr-to-report")
    page.locator("#mr-report .mr-changed").wait_for()
    assert "Compared with" in page.inner_text("#mr-report .mr-changed")
    assert " before" in page.inner_text("#mr-report #mr-q1")
    shoot_everywhere(me, "again")
    assert page.evaluate("window.hacked") is None
    assert (me.errors, me.foreign) == ([], [])
