"""The Coding tab: which problem is open, whose code stands in the editor, and what a run changes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
import pytest_asyncio
from tab_world import Services

from interviewer.errors import RunnerBusy, StoreFull
from interviewer.owners import LOCAL_OWNER
from interviewer.sandbox.code_runs import CodeRuns
from interviewer.sandbox.results import CaseResult, CodeResult, Growth
from interviewer.views import LineView, Spoken, Update
from ui.code_tab import CodeTab

PASSED = CaseResult("example-1", True, True, "passed", "", "1", "1", "1", "", 1.0, 1.0)
WRONG = replace(PASSED, passed=False, outcome="wrong", message="It is wrong.")


@pytest_asyncio.fixture
async def tab(services: Services, tmp_path: Path) -> CodeTab:
    """The tab of a service that runs no code."""
    service = services()
    service.code = CodeRuns(service.role.pack.problems, tmp_path, "off")
    with gr.Blocks(analytics_enabled=False):
        return CodeTab(service, gr.Tabs())


def brings(
    tab: CodeTab, monkeypatch: pytest.MonkeyPatch, result: CodeResult | Exception, growth: Growth | Exception
) -> list[tuple[str, str, bool]]:
    """Let every run bring these; the list takes what was run."""
    ran: list[tuple[str, str, bool]] = []

    async def run(problem_id: str, code: str, examples_only: bool = False) -> CodeResult:
        ran.append((problem_id, code, examples_only))
        if isinstance(result, Exception):
            raise result
        return result

    async def grow(problem_id: str, code: str) -> Growth:
        if isinstance(growth, Exception):
            raise growth
        return growth

    monkeypatch.setattr(tab.service.code, "run", run)
    monkeypatch.setattr(tab.service.code, "growth", grow)
    return ran


async def steps(tab: CodeTab, examples_only: bool) -> list[dict[Any, Any]]:
    return [
        item async for item in tab.execute("top_gap", "def top_gap(times): ...", examples_only=examples_only)
    ]


GROWTH = Growth("top_gap", (), None, (0.7, 1.5), None, "O(n log n)", "O(n)", "Not measured: too quick.")
BUSY = RunnerBusy("Too many runs wait; try again.")


@pytest.mark.parametrize(
    ("kind", "level", "topic", "found"),
    [
        ("", "", "", ["pick_pair", "row_softmax", "top_gap"]),
        ("ml-coding", "", "", ["row_softmax"]),
        ("algorithms", "IC1", "", ["top_gap"]),
        ("", "", "sorting", ["top_gap"]),
        ("ml-coding", "", "sorting", []),
    ],
)
async def test_the_filters_narrow_the_choice(
    tab: CodeTab, kind: str, level: str, topic: str, found: list[str]
) -> None:
    changed = tab.narrow(kind, level, topic, "top_gap")
    assert [value for _, value in changed.choices] == found
    assert changed.value == ("top_gap" if "top_gap" in found else None)
    assert ("loosen a filter" in changed.label) is not bool(found)


async def test_topics_follow_the_kind(tab: CodeTab) -> None:
    assert tab._follow_kind("ml-coding", "sorting").value == ""
    assert tab._follow_kind("algorithms", "sorting").value == "sorting"


@pytest.mark.parametrize(
    ("last", "opened"),
    [("top_gap", "top_gap"), ("", "pick_pair"), ("gone", "pick_pair"), (None, "pick_pair")],
)
async def test_the_last_problem_of_the_browser_is_opened_again(
    tab: CodeTab, last: str | None, opened: str
) -> None:
    changes = await tab.arrive("", last, None)
    assert changes[tab.open] == opened


async def test_what_is_open_stays(tab: CodeTab) -> None:
    assert tab.editor not in await tab.arrive("top_gap", "pick_pair", "x = 1")


async def test_the_editor_holds_the_draft_or_the_starter(tab: CodeTab) -> None:
    starter = tab.service.role.pack.problem("top_gap").starter
    for draft, held in (("x = 1", "x = 1"), (None, starter), ("  \n", starter)):
        assert (await tab.look("top_gap", draft))[tab.editor] == held
    assert await tab._start_over("top_gap") == starter


async def test_where_code_is_off_the_problem_is_read_and_nothing_runs(tab: CodeTab) -> None:
    changes = await tab.look("top_gap", None)
    assert "set it to auto" in changes[tab.running]
    assert "Largest gap between arrivals" in changes[tab.card]
    assert (changes[tab.run].interactive, changes[tab.submit].interactive) == (False, False)
    shown = [item async for item in tab._submit("top_gap", "x = 1")]
    assert "Running code is off" in shown[-1][tab.results]


async def test_a_problem_that_is_open_gives_nothing_away(tab: CodeTab) -> None:
    problem = tab.service.role.pack.problem("top_gap")
    shown = "".join(str(value) for value in (await tab.look("top_gap", None)).values())
    hidden = [problem.reference, problem.tests, *problem.wrong.values(), problem.info.complexity.time]
    assert not [text for text in hidden if text in shown]
    assert "There is no problem" in (await tab.look("nobody", None))[tab.note]


@pytest.mark.parametrize(("examples_only", "case"), [(True, PASSED), (True, WRONG), (False, WRONG)])
async def test_nothing_is_revealed_before_a_submission_passes(
    tab: CodeTab, monkeypatch: pytest.MonkeyPatch, examples_only: bool, case: CaseResult
) -> None:
    ran = brings(tab, monkeypatch, CodeResult("top_gap", case.passed, (case,), None, examples_only), GROWTH)
    first, last = await steps(tab, examples_only)
    assert ran == [("top_gap", "def top_gap(times): ...", examples_only)]
    assert first[tab.run].interactive is False
    assert "mr-busy" in first[tab.results]
    assert last[tab.run].interactive is True
    assert first[tab.after] == ""
    assert tab.after not in last


async def test_a_submission_that_passes_shows_what_is_behind_the_problem(
    tab: CodeTab, monkeypatch: pytest.MonkeyPatch
) -> None:
    brings(tab, monkeypatch, CodeResult("top_gap", True, (PASSED,), None), GROWTH)
    _, passed, grown = await steps(tab, examples_only=False)
    assert "All tests passed: 1 of 1." in passed[tab.results]
    assert "ordered = sorted(times)" in passed[tab.after]
    assert "It looks for the next arrival among all of them." in passed[tab.after]
    assert passed[tab.practise_row].visible is False, "no question of the pack asks this problem"
    assert "Not measured: too quick." in grown[tab.growth]
    assert grown[tab.submit].interactive is True


async def test_growth_that_fails_leaves_the_result(tab: CodeTab, monkeypatch: pytest.MonkeyPatch) -> None:
    brings(tab, monkeypatch, CodeResult("top_gap", True, (PASSED,), None), BUSY)
    grown = (await steps(tab, examples_only=False))[-1]
    assert tab.results not in grown
    assert "could not be measured: Too many runs wait" in grown[tab.growth]


async def test_a_run_that_is_refused_says_why(tab: CodeTab, monkeypatch: pytest.MonkeyPatch) -> None:
    brings(tab, monkeypatch, BUSY, GROWTH)
    refused = (await steps(tab, examples_only=False))[-1]
    assert "Too many runs wait" in refused[tab.results]
    assert refused[tab.submit].interactive is True


async def test_a_pack_without_problems_says_so(services: Services, tmp_path: Path) -> None:
    service = services()
    service.code = CodeRuns((), tmp_path, "off")
    with gr.Blocks(analytics_enabled=False):
        empty = CodeTab(service, gr.Tabs())
    assert "no coding problems" in empty.note.value


@pytest.mark.parametrize(
    ("kept", "words"),
    [
        ("Which line of yours <b>decides</b> that?", "kept with the open question"),
        (None, ""),
        (StoreFull("The disk is full; free some space."), "The disk is full"),
    ],
)
async def test_a_submission_becomes_part_of_an_interview_that_asks_for_it(
    tab: CodeTab, monkeypatch: pytest.MonkeyPatch, kept: str | Exception | None, words: str
) -> None:
    given: list[tuple[str, str, CodeResult]] = []

    async def spoken(text: str) -> AsyncIterator[Update]:
        yield Spoken(LineView(7, "interviewer", text, "reaction", 0, "bank", ""))

    async def keep(
        session_id: str, owner: str, code: str, result: CodeResult
    ) -> AsyncIterator[Update] | None:
        assert owner == LOCAL_OWNER
        given.append((session_id, code, result))
        if isinstance(kept, Exception):
            raise kept
        return None if kept is None else spoken(kept)

    result = CodeResult("top_gap", False, (WRONG,), None)
    brings(tab, monkeypatch, result, GROWTH)
    monkeypatch.setattr(tab.service, "keep_submission", keep)
    shown = [item async for item in tab._submit("top_gap", "x = 1", "session")][-1][tab.results]
    assert given == [("session", "x = 1", result)]
    assert "0 of 1 tests passed." in shown
    assert words in shown
    assert ("Which line of yours &lt;b&gt;decides" in shown) is isinstance(kept, str)
    assert ('role="alert"' in shown) is isinstance(kept, Exception)
    # Examples are practice, and without a session there is nothing to keep it with.
    assert [item async for item in tab.execute("top_gap", "x = 1", examples_only=True, session_id="session")]
    assert [item async for item in tab._submit("top_gap", "x = 1", "")]
    assert len(given) == 1


async def test_the_interview_leads_to_the_problem_and_leaves_open_code_alone(services: Services) -> None:
    service = services()
    service.code = CodeRuns(service.role.pack.problems, Path("nowhere"), "off")
    with gr.Blocks(analytics_enabled=False):
        tab = CodeTab(service, gr.Tabs())
    other = await tab._come_from("top_gap", "x = 1", "pick_pair")
    assert (other[tab.tabs].selected, other[tab.open], other[tab.editor]) == ("coding", "top_gap", "x = 1")
    same = await tab._come_from("top_gap", None, "top_gap")
    assert list(same) == [tab.tabs]
