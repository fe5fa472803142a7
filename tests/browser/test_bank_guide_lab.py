"""The tabs beside the interview: the bank, the guide and the follow-up lab, each used once."""

from __future__ import annotations

from typing import Any

import pytest
from real_page import Candidate
from real_server import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HOSTILE = '<img src="http://evil.example/x.png" onerror="window.hacked=1"><script>window.hacked=1</script>'
ANSWER = "The key-value cache grows linearly with the sequence length and with the batch size."
PHONE = {"width": 390, "height": 844}


def choose(page: Any, dropdown: str, option: str) -> None:
    page.click(f"#{dropdown} input")
    page.get_by_role("option", name=option, exact=True).click()
    page.get_by_role("option").first.wait_for(state="detached")


def shoot_at_both_widths(me: Candidate, name: str) -> None:
    me.shoot(name)
    me.page.set_viewport_size(PHONE)
    me.shoot(f"{name}-phone")
    assert me.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    me.page.set_viewport_size({"width": 1280, "height": 800})


def test_a_question_is_found_in_the_bank_and_practised(page: Any, tiny_server: Server) -> None:
    me = Candidate(page, tiny_server)
    me.open()
    me.start()
    me.open_tab("Bank")
    rows = page.locator("#mr-bank-list label:visible")
    page.get_by_text("4 questions", exact=True).wait_for()
    assert rows.count() == 4

    choose(page, "mr-bank-category", "Math")
    page.get_by_text("1 question", exact=True).wait_for()
    choose(page, "mr-bank-category", "Any")
    page.get_by_text("4 questions", exact=True).wait_for()
    page.fill(
        "#mr-bank-query textarea, #mr-bank-query input", "a machine fails and hours of training are lost"
    )
    page.keyboard.press("Enter")
    page.get_by_text("nearest to what you searched for first").wait_for()
    assert "Checkpoints of a long run" in rows.first.inner_text()

    rows.first.click()
    page.locator("#mr-bank-card h2", has_text="Checkpoints of a long run").wait_for()
    card = page.inner_text("#mr-bank-card")
    assert "A run on 1,024 GPUs loses hours whenever one fails." in card
    assert "asynchronously" not in page.content(), "no spoiler reaches the browser"
    shoot_at_both_widths(me, "bank")

    # A filter that leaves out what is open closes it, and nothing else is said.
    choose(page, "mr-bank-category", "Math")
    page.get_by_text("Choose a question to read it").wait_for()
    page.wait_for_timeout(500)
    assert "Error" not in page.inner_text("#mr-bank-found")
    choose(page, "mr-bank-category", "Any")
    page.get_by_text("4 questions, nearest").wait_for()
    rows.first.click()
    page.locator("#mr-bank-card h2", has_text="Checkpoints of a long run").wait_for()

    choose(page, "mr-bank-own-level", "IC5 · Principal")
    page.click("#mr-bank-practise")
    page.wait_for_function("document.querySelector('#mr-side')?.innerText.includes('1 of 1')")
    me.wait_turn()
    assert "IC5" in me.panel
    assert "loses hours whenever one fails" in me.heard[-1]
    assert len(me.heard) == 2, "the round that was open before is not in this conversation"
    page.click("#mr-end")
    page.wait_for_selector("#mr-to-report")

    # The round that was left waits, and is named after what it asks.
    me.open_tab("Past sessions")
    labels = page.locator("#mr-sessions label")
    labels.nth(1).wait_for()
    assert {"Checkpoints of a long run · IC5", "Systems · IC3"} == {
        label.split("—")[0].strip() for label in labels.all_inner_texts()
    }
    assert (me.errors, me.foreign) == ([], [])


def test_the_bank_is_narrowed_without_the_server(page: Any, server: Server) -> None:
    me = Candidate(page, server)
    me.open()
    me.open_tab("Bank")
    rows, found = page.locator("#mr-bank-list label:visible"), page.locator("#mr-bank-found")
    rows.first.wait_for()
    every = int(found.inner_text().split()[0])
    assert (rows.count(), every > 300) == (25, True)

    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    choose(page, "mr-bank-round", "Recruiter screen")
    page.wait_for_function(
        "every => parseInt(document.querySelector('#mr-bank-found').innerText) < every", arg=every
    )
    assert rows.count() < 25
    assert page.get_by_role("button", name="Show more").count() == 0
    choose(page, "mr-bank-level", "IC3 · Senior Machine Learning Engineer")
    page.locator("#mr-bank-list label:visible", has_text="IC1").wait_for(state="detached")
    assert 0 < rows.count() == rows.filter(has_text="IC3").count()
    assert asked == []

    choose(page, "mr-bank-category", "ML systems design")
    page.get_by_text("No question of the bank is like that. Set Round or Category to “Any”.").wait_for()
    assert not page.is_visible("#mr-bank-panes"), "nothing asks to choose from an empty list"
    choose(page, "mr-bank-category", "Any")
    assert page.is_visible("#mr-bank-panes")

    choose(page, "mr-bank-level", "Any")
    choose(page, "mr-bank-round", "Any")
    page.get_by_role("button", name=f"Show more ({every - 25} left)").click()
    assert rows.count() == 50
    assert page.evaluate("document.activeElement === document.querySelectorAll('#mr-bank-list input')[25]")
    page.keyboard.press("Space")
    page.locator("#mr-bank-card h2").wait_for()
    assert (me.errors, me.foreign) == ([], [])


def test_the_guide_is_asked(page: Any, tiny_server: Server) -> None:
    me = Candidate(page, tiny_server)
    me.open()
    me.open_tab("Guide")
    page.click("#mr-guide-ask")
    page.get_by_text("Write a question about the role").wait_for()
    page.fill("#mr-guide-question textarea, #mr-guide-question input", "How long does the process take?")
    page.keyboard.press("Enter")
    page.get_by_text("it takes about four weeks").wait_for()
    shown = page.inner_text("#mr-guide-answer")
    assert "guide/process.md" in shown
    assert "How long does the process take" in shown
    assert "No language model is connected" in shown
    shoot_at_both_widths(me, "guide")
    assert (me.errors, me.foreign) == ([], [])


def test_follow_ups_are_shown_and_one_is_answered(page: Any, tiny_server: Server) -> None:
    me = Candidate(page, tiny_server)
    me.open()
    me.open_tab("Follow-up lab")
    page.get_by_text("No qualified language model speaks here").wait_for()
    page.click("#mr-lab-propose")
    page.get_by_text("Choose a question of the bank, or write one").wait_for()
    choose(page, "mr-lab-question", "Size of a KV cache (IC3)")
    page.locator("#mr-lab-card h2").wait_for()
    page.fill("#mr-lab-answer textarea", f"{ANSWER} {HOSTILE}")
    page.click("#mr-lab-propose")
    cards = page.locator("#mr-lab-result .mr-follow-up")
    cards.first.wait_for()
    assert cards.count() == 5
    assert cards.filter(has_text="crosses into Math").count() == 1
    aims = cards.first.locator("details li")
    assert not aims.first.is_visible(), "the target is a spoiler"
    cards.first.locator("summary").first.click()
    assert aims.first.is_visible()
    shoot_at_both_widths(me, "lab")

    page.click("#mr-lab-check")
    page.get_by_text("Choose one of the follow-ups first.").wait_for()
    page.locator("#mr-lab-choice label").first.click()
    page.fill(
        "#mr-lab-reply textarea", f"I separate the memory of the weights from that of the cache. {HOSTILE}"
    )
    page.click("#mr-lab-check")
    page.get_by_text("What it aimed at", exact=True).wait_for()
    page.locator("#mr-lab-outcome").scroll_into_view_if_needed()
    shoot_at_both_widths(me, "lab-answered")
    assert page.evaluate("window.hacked") is None
    assert (me.errors, me.foreign) == ([], [])
