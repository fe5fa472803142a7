"""Formulas in the chat and the report, drawn by the page's own server."""

from __future__ import annotations

from typing import Any

import pytest
from real_page import Candidate
from real_server import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FORMULAS = (r"1/\sqrt{d_k}", r"O(n^2)", r"\mathrm{softmax}(z)_i = \frac{e^{z_i}}{\sum_j e^{z_j}}")
ANSWER = rf"""The key-value cache grows linearly with the sequence length, and scores are scaled by ${FORMULAS[0]}$.
Full attention costs \({FORMULAS[1]}\), and its weights are
$$
{FORMULAS[2]}
$$
At $5 an hour that is $10 for two. A \(\foo\) stays readable, and `\(code\)` is
```python
price = "$a_1$"
```"""
SOURCES = (
    "nodes => nodes.map(node => node.querySelector('annotation').textContent.replaceAll(/\\s+/g, ' ').trim())"
)


def test_formulas_are_drawn_and_money_is_not(page: Any, tiny_server: Server) -> None:
    me = Candidate(page, tiny_server)
    me.open()
    me.start()
    me.say(ANSWER)
    said = page.locator("#mr-chat [data-testid=user]").last
    assert said.locator(".katex").evaluate_all(SOURCES)[:3] == list(FORMULAS)
    assert said.locator(".katex-display").count() == 1
    assert said.locator(".katex").count() == 4
    assert "At $5 an hour that is $10 for two." in said.inner_text()
    assert "\\foo" in said.inner_text()
    assert said.locator("pre").inner_text().strip() == 'price = "$a_1$"'
    me.shoot("formulas-chat")

    page.click("#mr-end")
    page.click("#mr-to-report")
    answer = page.locator(".mr-report .mr-answer").first
    answer.locator(".katex").first.wait_for()
    assert answer.locator(".katex").evaluate_all(SOURCES)[:3] == list(FORMULAS)
    assert answer.locator(".katex").count() == 4
    assert "At $5 an hour that is $10 for two." in answer.inner_text()
    answer.scroll_into_view_if_needed()
    me.shoot("formulas-report")
    assert me.errors == []
    assert me.foreign == []
