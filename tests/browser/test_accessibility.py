"""axe-core examines every tab of the page in its main states, light and dark, at desk and phone width."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from clocked_server import ClockedServer
from gradio_here import GRADIO_WARNINGS
from page_tour import tour
from real_page import Candidate
from real_server import Server
from round_world import ScriptedJudge, assessment_of

from interviewer.judge.protocol import AnswerToJudge
from interviewer.packs import BUILT_IN_PACK
from rubrics import Assessment

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    *GRADIO_WARNINGS,
]

# What is examined in each look: the dark differs in its colours alone, and contrast takes most of the time.
EXAMINED = {
    "light": {},
    "light-phone": {"rules": {"color-contrast": {"enabled": False}}},
    "dark": {"runOnly": ["color-contrast"]},
    "dark-phone": {"runOnly": ["color-contrast"]},
}
# What Gradio builds without a name gets one from keyboard.js, a moment later.
NAMED = "() => !document.querySelector('#mr-ready-date .calendar:not([aria-label])')"
AXE = """async (examined) => {
    const found = await axe.run({ preload: false, resultTypes: ["violations"], ...examined });
    return found.violations.flatMap(({ id, impact, nodes }) => nodes.map((node) =>
        `${impact} ${id}: ${node.target.join(" ")} ${node.html.slice(0, 120)}`));
}"""

# What Gradio says to screen readers alone stands in the page for a second.
LISTEN = """new MutationObserver(() => {
    for (const { textContent } of document.querySelectorAll(".sr-only[role=status]")) if (textContent) heard(textContent);
}).observe(document, { subtree: true, childList: true, characterData: true });"""


class EveryVerdict(ScriptedJudge):
    """Finds the criteria met, partly met and missing in turn, so that a report shows all of it."""

    async def assess(self, item: AnswerToJudge) -> Assessment:
        met, partial, missing = (assessment_of(item, credit) for credit in (0.9, 0.5, 0.0))
        turns = zip(met.criteria, partial.criteria, missing.criteria, strict=True)
        return replace(partial, criteria=tuple(three[place % 3] for place, three in enumerate(turns)))


@pytest.fixture
def server(chromium: Any, tmp_path: Path) -> Iterator[ClockedServer]:
    if shutil.which("bwrap") is None:
        pytest.skip("bubblewrap (bwrap) is not installed")
    running = ClockedServer(tmp_path, BUILT_IN_PACK, EveryVerdict())
    yield running
    running.close()


def test_no_state_of_the_page_has_a_violation(page: Any, server: ClockedServer) -> None:
    axe = pytest.importorskip("axe_playwright_python.base", reason="make install-dev").AXE_SCRIPT
    heard: set[str] = set()
    page.expose_function("heard", lambda text: heard.add(text))
    page.add_init_script(LISTEN)
    me = Candidate(page, cast(Server, server))
    found: dict[str, list[str]] = {}
    for stop in tour(me, server):
        if stop.same:
            continue
        for look in me.looks():
            if not page.evaluate("Boolean(window.axe)"):
                page.evaluate(axe)
            page.wait_for_function(NAMED)
            for violation in page.evaluate(AXE, EXAMINED[look]):
                found.setdefault(violation, []).append(f"{stop.name}-{look}")
    assert found == {}
    # Keys of a translation that is missing, such as common.complete, are no words.
    assert "Done" in heard
    assert not [text for text in heard if re.fullmatch(r"[\w.]+\.\w+", text)]
    assert (me.errors, me.foreign) == ([], [])
