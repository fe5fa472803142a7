"""The page with the browser's text set half as large again: everything grows with it, and nothing is cut off."""

from __future__ import annotations

from typing import Any

import pytest
from real_page import AT_REST, DESK, PHONE, Candidate
from real_server import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WIDE = {"width": 2400, "height": 900}
SIZES = "() => ['#mr-start-button', '#mr-round input', '#mr-status p', '[role=tab]'].map(place => parseFloat(getComputedStyle(document.querySelector(place)).fontSize))"
# What reaches beyond the window and cannot be scrolled to, and text that its own box cuts off.
LOST = """() => {
    const width = document.documentElement.clientWidth;
    const scrolled = (node) => node && (/auto|scroll/.test(getComputedStyle(node).overflowX) || scrolled(node.parentElement));
    const shown = [...document.querySelectorAll('.gradio-container *')].filter((node) => node.innerText?.trim()
        && node.getBoundingClientRect().width > 1 && getComputedStyle(node).visibility !== 'hidden');
    const beyond = shown.filter((node) => node.getBoundingClientRect().right > width + 1
        && !node.closest('.tab-container') && !scrolled(node));
    const cut = shown.filter((node) => node.scrollWidth > node.clientWidth + 2 && node.clientWidth > 20
        && /hidden|clip/.test(getComputedStyle(node).overflowX) && !node.closest('.tab-container'));
    return [...beyond, ...cut].map((node) => `${node.tagName}#${node.id} ${node.innerText.slice(0, 40)}`);
}"""


def test_text_follows_the_browser_and_nothing_is_cut_off(page: Any, tiny_server: Server) -> None:
    me = Candidate(page, tiny_server)
    page.set_viewport_size(WIDE)
    me.open()
    page.wait_for_selector("#mr-start-button")
    usual = page.evaluate(SIZES)
    page.add_style_tag(content="html { font-size: 24px !important }")
    page.wait_for_function(AT_REST)
    assert page.evaluate(SIZES) == pytest.approx([1.5 * size for size in usual])

    names = [name.strip() for name in page.locator("[role=tab]").all_inner_texts()]
    assert len(names) > 10
    lost = {}
    for name in names:
        page.set_viewport_size(WIDE)
        me.open_tab(name)
        for size in (DESK, PHONE):
            page.set_viewport_size(size)
            page.wait_for_timeout(400)
            found = page.evaluate(LOST)
            if found or page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
                lost[f"{name} at {size['width']}"] = found
    assert lost == {}


def test_what_is_chosen_gives_way_to_what_is_typed(page: Any, tiny_server: Server) -> None:
    me = Candidate(page, tiny_server)
    me.open()
    me.open_tab("Follow-up lab")
    field = page.locator("#mr-lab-question input")
    for words, title in (("idle", "An idle GPU"), ("kv", "Size of a KV cache")):
        field.click()
        page.wait_for_timeout(100)
        page.keyboard.type(words)
        page.get_by_role("option", name=title).click()
        page.wait_for_function(
            "title => document.querySelector('#mr-lab-question input').value.startsWith(title)", arg=title
        )
