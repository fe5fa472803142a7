"""What the journeys over several days share: a candidate on a clocked server's page, and looks at it that hide nothing."""

from __future__ import annotations

from typing import Any, cast

from clocked_server import ClockedServer
from real_page import Candidate
from real_server import Server

DAY_S = 24 * 3600

# What reaches beyond the window, where something clips it and nothing scrolls; words of a chart beyond its frame.
CUT_OFF = """() => {
    const seen = (selector) => [...document.querySelectorAll(selector)].filter(node => node.getClientRects().length);
    const wide = seen('.mr-table, .mr-chart, .mr-todo')
        .filter(node => node.getBoundingClientRect().right > window.innerWidth)
        .map(node => node.getAttribute('class'));
    const clipped = seen('.mr-chart text').filter(node => {
        const [inner, frame] = [node, node.closest('svg')].map(item => item.getBoundingClientRect());
        return inner.left < frame.left - 1 || inner.right > frame.right + 1
            || inner.top < frame.top - 1 || inner.bottom > frame.bottom + 1;
    }).map(node => node.textContent);
    return [...wide, ...clipped];
}"""


def visitor(page: Any, server: ClockedServer) -> Candidate:
    return Candidate(page, cast(Server, server))


def selected_tab(page: Any) -> str:
    return str(page.locator("[role=tab][aria-selected=true]").first.inner_text())


def end(me: Candidate) -> None:
    me.page.click("#mr-end")
    me.page.wait_for_selector("#mr-to-report", state="visible")


def shoot(me: Candidate, name: str, at: str | None = None) -> None:
    """In every look, scrolled to `at`; nothing is wider than the phone."""
    for look in me.looks(at):
        assert me.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name
        assert me.page.evaluate(CUT_OFF) == [], name
        me.shoot(f"{name}-{look}")
