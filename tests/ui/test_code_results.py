"""What a run of code looks like on the page: figures, failures, and text of a candidate's process that stays text."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tab_world import HOSTILE

from interviewer.after_solving import AfterSolving, Mistake
from interviewer.sandbox.results import (
    CaseResult,
    CodeResult,
    Growth,
    GrowthPoint,
    Outcome,
    ProblemView,
    ShownExample,
)
from ui.code_results import after_card, code_results, growth_card, problem_card, running_line, stopwatch

POINTS = (GrowthPoint(4000, 1.0, 7), GrowthPoint(16000, 4.4, 7), GrowthPoint(64000, 19.0, 7))
GROWTH = Growth("p", POINTS, 1.06, (0.7, 1.5), True, "O(n log n)", "O(n)", "")


def case(name: str, outcome: Outcome = "passed", visible: bool = True) -> CaseResult:
    passed = outcome == "passed"
    message = "" if passed else f"This is why {name} failed."
    expected = "5" if visible else None
    return CaseResult(name, passed, visible, outcome, message, "[1, 2]", expected, "4", "", 12.4, 0.01)


def result(*cases: CaseResult, examples_only: bool = False) -> CodeResult:
    return CodeResult("p", all(item.passed for item in cases), cases, None, examples_only)


@pytest.mark.parametrize(
    ("cases", "examples_only", "words"),
    [
        ((case("a"), case("b")), False, "All tests passed: 2 of 2."),
        ((case("a"), case("b")), True, "2 of 2 examples passed."),
        ((case("a"), case("b", "wrong")), False, "1 of 2 tests passed."),
        ((case("a", "raised"),), True, "0 of 1 examples passed."),
        ((case("a", "too-slow"), case("b", "not-run")), False, "0 of 2 tests passed."),
    ],
)
def test_the_headline_counts(cases: tuple[CaseResult, ...], examples_only: bool, words: str) -> None:
    html = code_results(result(*cases, examples_only=examples_only))
    assert words in html
    assert "slowest 12 ms" in html
    assert "largest memory under 0.1 MB" in html
    solved = not examples_only and all(item.passed for item in cases)
    assert ("data-solved" in html) is solved, (
        "the timer stops at a submission that passed, and at nothing else"
    )


def test_every_failure_tells_what_a_person_needs() -> None:
    failed = [replace(case(f"case-{at}", "wrong"), stdout=f"printed {at}") for at in range(4)]
    html = code_results(result(case("fine"), *failed))
    for at in range(4):
        assert f"<b>case-{at}</b>" in html
        assert f"This is why case-{at} failed." in html
        assert f"<pre>printed {at}</pre>" in html
    for label in ("Input", "Expected", "Got", "Printed"):
        assert html.count(f"<dt>{label}</dt>") == 4
    assert html.count(" open><summary><b>case") == 2, "the first two are unfolded"
    assert "1 passed, with time and memory" in html


def test_a_hidden_test_keeps_its_answer_and_says_so() -> None:
    html = code_results(result(case("edge-empty", "wrong", visible=False)))
    assert "<dt>Expected</dt>" not in html
    assert "A hidden test does not show what it expects." in html


def test_what_was_not_run_is_no_failure_of_its_own() -> None:
    html = code_results(result(case("slow", "too-slow"), case("b", "not-run"), case("c", "not-run")))
    assert "2 tests were not run" in html
    assert "b, c" in html
    assert html.count("mr-v-contradicted") == 1


def test_code_that_does_not_load_says_why() -> None:
    html = code_results(CodeResult("p", False, (), "SyntaxError: '(' was never closed (line 2)"))
    assert "No test could be run." in html
    assert "was never closed (line 2)" in html


def test_an_unmeasured_figure_is_left_out() -> None:
    html = code_results(result(replace(case("a", "crashed"), time_ms=None, memory_mb=None, got=None)))
    assert "slowest" not in html
    assert "None" not in html


@pytest.mark.parametrize(
    ("growth", "has", "has_not"),
    [
        (GROWTH, ["n<sup>1.06</sup>", "That fits.", "O(n log n) time", "O(n) space", "19 ms"], ["does not"]),
        (
            replace(GROWTH, exponent=2.1, within=False),
            ["n<sup>2.1</sup>", "That does not fit."],
            ["That fits"],
        ),
        (
            replace(GROWTH, points=(), exponent=None, within=None, note="Not measured: too quick."),
            ["Not measured: too quick.", "O(n log n) time"],
            ["<sup>", "fits", "<table>"],
        ),
        (replace(GROWTH, note="Stopped at n = 64,000."), ["n<sup>1.06</sup>", "Stopped at n = 64,000."], []),
    ],
)
def test_growth_is_told_only_as_far_as_it_was_measured(
    growth: Growth, has: list[str], has_not: list[str]
) -> None:
    html = growth_card(growth)
    assert [words for words in has if words not in html] == []
    assert [words for words in has_not if words in html] == []


def view(**changes: object) -> ProblemView:
    found = ProblemView(
        "p",
        "A title",
        "ml-coding",
        "IC3",
        20,
        ("gemm",),
        ("torch",),
        "Return **it**.",
        "f",
        "def f(x):",
        "def f(x): ...",
        (ShownExample("[1]", "2", "Because."),),
        5.0,
        2048,
        True,
        "Code runs in bubblewrap sandboxes.",
    )
    return replace(found, **changes)  # type: ignore[arg-type]


def test_a_problem_is_shown_whole() -> None:
    html = problem_card(view())
    for words in (
        "A title",
        "ML coding · IC3 · 20 min · PyTorch",
        "<strong>it</strong>",
        "def f(x):",
        "Because.",
    ):
        assert words in html
    assert "f([1])\n→ 2" in html
    assert "5 s of processor time and 2,048 MB" in html
    assert 'data-problem="p"' in stopwatch("p", 20)


def test_where_code_is_not_run_it_is_said_calmly() -> None:
    assert "mr-notice" not in running_line(view())
    off = running_line(view(runs=False, running="Running code is off: install bubblewrap."))
    assert "Running code is off: install bubblewrap." in off
    assert "you can read the problems" in off


def test_hostile_text_stays_text() -> None:
    bad = CaseResult(HOSTILE, False, True, "wrong", HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, 1.0, 1.0)
    fine = replace(bad, passed=True, outcome="passed")
    after = AfterSolving(
        HOSTILE,
        (HOSTILE,),
        (Mistake(HOSTILE, HOSTILE, (HOSTILE,), HOSTILE),),
        ((HOSTILE, f'https://example.org/"{HOSTILE}'),),
        "q",
        (HOSTILE,),
    )
    pages = [
        code_results(result(bad, fine, replace(bad, outcome="not-run"))),
        code_results(CodeResult(HOSTILE, True, (fine,), None)),
        code_results(CodeResult("p", False, (), HOSTILE)),
        growth_card(replace(GROWTH, note=HOSTILE, stated_time=HOSTILE, stated_space=HOSTILE)),
        problem_card(
            view(
                title=HOSTILE,
                statement=HOSTILE,
                signature=HOSTILE,
                function=HOSTILE,
                topics=(HOSTILE,),
                examples=(ShownExample(HOSTILE, HOSTILE, HOSTILE),),
            )
        ),
        running_line(view(running=HOSTILE)),
        running_line(view(running=HOSTILE, runs=False)),
        stopwatch(HOSTILE, 5),
        after_card(after),
    ]
    for html in pages:
        assert "<img" not in html
        assert "<script" not in html
